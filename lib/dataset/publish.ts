import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { copyStatic } from '../network/internals.js'
import { volumeManifest } from '../volume/static.js'

/** Copies a whole volume from a quarantine into a store that is served to everyone. */
export async function publishVolume(volume: Hypercore, store: Corestore): Promise<void> {
  const target = store.get({ manifest: volumeManifest(await volume.treeHash(), volume.length) })
  await target.ready()
  try {
    if (target.contiguousLength < volume.length) await copyStatic(volume, target)
  } finally {
    await target.close()
  }
}
