import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import CoreStorage from 'hypercore-storage'
import { codeOf } from '../errors.js'
import { divertBlocks } from './diverted.js'
import { eraseCore, rewriteBlocks } from './internals-disk.js'

// Where the bytes of a store lie on disk, and how they are given back. Measured with hypercore-storage 3.3 on RocksDB: an
// empty store takes 4 MB and 1.1 times its write buffer, all of it allocated at once. Blocks go to files of their own
// ("blob files"), one each time the write buffer is full or is flushed, and such a file goes when the last block in it is
// cleared. Upstream's settings move old blocks together, so that what is cleared shares its file with what stays; with the
// settings here nothing moves, and whoever flushes after each volume gets all of its space back.

const KEEP_BLOBS_APART = { blobGarbageCollectionPolicy: 2 }

/** Storage for a store of volumes that come and go, with a write buffer of so many bytes. */
export function volumeStorage(directory: string, writeBuffer: number): CoreStorage {
  return new CoreStorage(directory, { writeBufferSize: writeBuffer, blobGarbageCollectionAgeCutOff: 0 })
}

/** What is left in the database of a store whose large blocks lie elsewhere: upstream's 64 MiB would be memory for nothing. */
const REST_BUFFER = 16 * 1024 * 1024

/** Where the large blocks of a store lie: beside it, because upstream moves what it does not know of in a store's folder. */
export function blockFolder(directory: string): string {
  return `${directory}.blocks`
}

/** Storage that takes large blocks as fast as they come, and gives their space back without moving others. */
export function blockStorage(directory: string): CoreStorage {
  const storage = new CoreStorage(directory, { writeBufferSize: REST_BUFFER })
  divertBlocks(storage, blockFolder(directory))
  return storage
}

/** Writes out what is buffered: the next blocks lie in a file apart. */
export async function flushStore(store: Corestore): Promise<void> {
  await store.storage.db.flush()
}

/** Removes cores, their blocks and all that knows of them, and gives the space back. Downloads of them must have ended. */
export async function eraseCores(store: Corestore, keys: readonly Buffer[]): Promise<void> {
  for (const key of keys) await eraseCore(store, store.get({ key }), { reclaim: false })
  await compactStore(store)
}

/** Whether a store knows of a core at all. */
export function hasCore(store: Corestore, key: Buffer): Promise<boolean> {
  return store.storage.hasCore(crypto.discoveryKey(key))
}

/** Gives back what was cleared. */
export async function compactStore(store: Corestore): Promise<void> {
  await store.storage.db.flush()
  await store.storage.compact(KEEP_BLOBS_APART)
}

/**
 * Writes what is here of a core to new files, so that the files go in which it lay together with what was cleared, once
 * nothing else is in them. Takes about twice `chunk` more bytes on disk while it runs.
 *
 * @param chunk bytes that are written before what they replace is given back
 */
export async function rewriteCore(store: Corestore, core: Hypercore, chunk: number): Promise<void> {
  await core.ready()
  const mean = Math.max(1, core.byteLength / Math.max(1, core.length))
  const step = Math.max(1, Math.floor(chunk / mean))
  for (let start = 0; start < core.length; start += step) {
    await rewriteBlocks(core, start, Math.min(core.length, start + step))
    await compactStore(store)
  }
}

/** Bytes that a folder takes on disk, as `du` counts them, and those of them that the database rewrites now and then. */
export async function diskUse(directory: string): Promise<{ bytes: number; tables: number }> {
  const use = { bytes: 0, tables: 0 }
  let entries
  try {
    entries = await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return use
    throw error
  }
  for (const entry of entries) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      const inside = await diskUse(path)
      use.bytes += inside.bytes
      use.tables += inside.tables
      continue
    }
    // A file may go while we look.
    const found = await stat(path).catch(() => null)
    if (!found) continue
    // Windows knows no blocks.
    const bytes = found.blocks === undefined ? found.size : found.blocks * 512
    use.bytes += bytes
    if (entry.name.endsWith('.sst')) use.tables += bytes
  }
  return use
}
