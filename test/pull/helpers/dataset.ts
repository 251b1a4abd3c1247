// A dataset that is whole in a home's cache, so that it can be pulled offline.
import { join } from 'node:path'
import type Corestore from 'corestore'
import { IndexWriter } from '../../../lib/dataset/writer.js'
import { formatKey, formatLink } from '../../../lib/dataset/link.js'
import type { ListedVolume } from '../../../lib/dataset/reader.js'
import { closeStore } from '../../../lib/network/store.js'
import { cacheFolder, openCache } from '../../../lib/dataset/cache-store.js'
import type { TrainingRecord } from '../../../lib/record/types.js'
import { inspectVolume } from '../../../lib/volume/inspect.js'
import { sealVolume } from '../../../lib/volume/seal.js'
import { uncheckedEntry } from '../../helpers/volume-entry.js'
import { draftOf, INFO } from '../../volume/helpers/data.js'

export interface CachedDataset {
  home: string
  link: string
  volumes: ListedVolume[]
}

export const CONTRIBUTOR = 'y'.repeat(52)
const AT = '2026-01-31T12:00:0'

/** @param volumes for each volume its batches, each a list of records */
export async function cachedDataset(home: string, volumes: TrainingRecord[][][]): Promise<CachedDataset> {
  return changeDataset(home, async (index, store) => {
    await index.describe({
      version: 1,
      name: 'test',
      title: 'A test',
      description: '',
      licenses: [],
      kinds: ['instruction', 'chat', 'preference', 'text'],
      thresholds: {},
      moderators: [],
      created_at: `${AT}0Z`
    })
    await addVolumes(home, index, store, volumes)
  })
}

/** Adds volumes to a dataset of `cachedDataset`. */
export function growDataset(home: string, volumes: TrainingRecord[][][]): Promise<CachedDataset> {
  return changeDataset(home, (index, store) => addVolumes(home, index, store, volumes))
}

/** Changes the dataset as its moderator does. */
export async function changeDataset(
  home: string,
  change: (index: IndexWriter, store: Corestore) => Promise<void>
): Promise<CachedDataset> {
  const store = await openCache(home, { purpose: 'test' })
  try {
    const index = await IndexWriter.openNamed(store, 'index')
    await change(index, store)
    return { home, link: formatLink(index.core.key), volumes: await index.volumes() }
  } finally {
    await closeStore(store, cacheFolder(home))
  }
}

async function addVolumes(
  home: string,
  index: IndexWriter,
  store: Corestore,
  volumes: TrainingRecord[][][]
): Promise<void> {
  const before = (await index.volumes()).length
  for (const [nth, batches] of volumes.entries()) {
    const draft = await draftOf(join(home, `${nth}.spool`), batches)
    const sealed = await sealVolume({ store, draft, info: INFO })
    const core = store.get({ key: sealed.key })
    const by = { contributor: CONTRIBUTOR, at: `${AT}${before + nth}Z` }
    await index.accept(formatKey(sealed.key), uncheckedEntry(sealed, await inspectVolume(core), by))
    await core.close()
  }
}
