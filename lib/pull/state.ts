import b4a from 'b4a'
import { leftOut } from '../dataset/drops.js'
import type { DatasetEntry } from '../dataset/entries.js'
import type { IndexReader, ListedVolume } from '../dataset/reader.js'
import { VdataError } from '../errors.js'
import { mergeRanges, type Drops } from './drops.js'
import type { SideRows } from './sql/columns.js'

/** Which state of an index: that many entries, with this tree hash (hexadecimal). */
export interface IndexState {
  length: number
  hash: string
}

/** What a dataset consists of in one state of its index. */
export interface DatasetState extends IndexState {
  name: string
  title: string
  description: string
  licenses: string[]
  /** How its moderator says that it can be supported. */
  donation: DatasetEntry['donation']
  /** The index's key, z-base-32. */
  index: string
  release: string | undefined
  /** When the release was named; without one, when the dataset was made. RFC 3339. */
  published: string
  volumes: ListedVolume[]
  drops: Drops
  /** Records that this state had and that were purged since: nobody can have them any more. */
  purgedSince: number
  /** Names of contributors, as far as the index has them. */
  names: Map<string, string>
  sides: SideRows
}

/**
 * Reads the dataset's state: as a release names it, as `at` says, or as it is now.
 *
 * @throws VdataError NO_RELEASE, RELEASE_DIFFERS, STATE_MISSING, STATE_DIFFERS, NOT_A_DATASET.
 */
export async function readState(index: IndexReader, release?: string, at?: IndexState): Promise<DatasetState> {
  const reader = at ? await stateAt(index, at) : release === undefined ? index : await index.checkout(release)
  const length = at?.length ?? reader.bee.version
  const hash = b4a.toString(await index.core.treeHash(length), 'hex')
  const named = release === undefined ? null : await index.release(release)
  const { name, title, description, licenses, donation, created_at } = await reader.dataset()
  const volumes = await reader.volumes()
  const { ranges, purgedSince } = await leftOut(volumes, reader, index)
  // The index counts both ends of a range in.
  const dropped = new Map(
    [...ranges].map(([id, own]) => [id, mergeRanges(own.map(({ from, to }) => ({ from, to: to + 1 })))])
  )
  const sides = await readSides(reader, volumes)
  const names = new Map(sides.contributors.map(([id, called]) => [String(id), String(called ?? '')]))
  return {
    name,
    title,
    description,
    licenses,
    donation,
    index: index.id,
    release,
    published: named?.at ?? created_at,
    length,
    hash,
    volumes,
    drops: (id) => dropped.get(id) ?? [],
    purgedSince,
    names,
    sides
  }
}

async function stateAt(index: IndexReader, { length, hash }: IndexState): Promise<IndexReader> {
  if (index.core.length < length) {
    throw new VdataError(
      'network',
      'STATE_MISSING',
      `The dataset's index has ${index.core.length} entries here, and the wanted state has ${length}.`,
      'Try again when somebody is online who has the newer index.'
    )
  }
  if (b4a.toString(await index.core.treeHash(length), 'hex') !== hash) {
    throw new VdataError(
      'verification',
      'STATE_DIFFERS',
      'The dataset’s index does not have the state that is wanted.',
      'The file that names it is of another dataset, or the index was rewritten: ask its moderator.'
    )
  }
  return index.at(length)
}

async function readSides(reader: IndexReader, volumes: ListedVolume[]): Promise<SideRows> {
  const given = new Map<string, { volumes: number; records: number }>()
  for (const { entry } of volumes) {
    const sum = given.get(entry.contributor) ?? { volumes: 0, records: 0 }
    given.set(entry.contributor, { volumes: sum.volumes + 1, records: sum.records + entry.records })
  }
  const contributors: SideRows['contributors'] = []
  for (const [id, sum] of given) {
    const entry = await reader.contributor(id)
    contributors.push([id, entry?.name ?? null, entry?.standing ?? null, sum.volumes, sum.records])
  }
  const releases = await reader.releases()
  return {
    volumes: volumes.map(({ id, entry }) => [
      id,
      entry.contributor,
      entry.license,
      entry.records,
      entry.bytes,
      entry.raw_bytes,
      entry.accepted_at
    ]),
    contributors,
    releases: releases.map(({ name, entry }) => [
      name,
      entry.length,
      entry.records,
      entry.volumes,
      entry.notes,
      entry.at
    ])
  }
}
