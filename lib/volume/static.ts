import type Corestore from 'corestore'
import Hypercore from 'hypercore'

/**
 * The manifest of a sealed volume: nobody can sign for it, and its prologue fixes tree hash and length, so the key that
 * is this manifest's hash names exactly one content.
 */
export function volumeManifest(treeHash: Buffer, length: number): Hypercore.Manifest {
  return { version: 1, hash: 'blake2b', quorum: 0, signers: [], prologue: { hash: treeHash, length } }
}

/** The key of the volume with this content. */
export function volumeKey(treeHash: Buffer, length: number): Buffer {
  return Hypercore.key(volumeManifest(treeHash, length))
}

/**
 * Whether a core with this key and manifest is a sealed volume of this length: its key is the hash of a volume's manifest,
 * which leaves no room for a signer or anything else. Such a core can be neither appended to nor replaced by anyone.
 */
export function isStaticManifest(manifest: Hypercore.Manifest | null, key: Buffer, length: number): boolean {
  const prologue = manifest?.prologue
  if (!prologue || prologue.length !== length) return false
  return manifest.signers.length === 0 && volumeKey(prologue.hash, length).equals(key)
}

/**
 * Turns a core into the volume with its content, in place: nothing is copied. The core's own name leads to the volume
 * from then on, except through objects of this process that opened it before: close them, and append to none of them.
 */
export async function toVolume(store: Corestore, core: Hypercore): Promise<Hypercore> {
  const key = volumeKey(await core.treeHash(core.length), core.length)
  const { length, byteLength } = core
  const volume = await store.staticify(core, { active: false })
  const complete =
    volume.key.equals(key) &&
    volume.length === length &&
    volume.byteLength === byteLength &&
    !volume.writable &&
    isStaticManifest(volume.manifest, key, length) &&
    (await volume.has(0, length))
  if (complete) return volume
  await volume.close()
  throw new Error('hypercore sealed something else than it was given')
}
