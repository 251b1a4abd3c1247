import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import Corestore from 'corestore'
import type CoreStorage from 'hypercore-storage'
import { messageOf, VdataError } from '../errors.js'
import { closeBlocks } from './diverted.js'
import { forbidForks, keepServed } from './internals.js'
import { blockStorage, volumeStorage } from './space.js'

export interface StoreOptions {
  /** Secret from which the store's own cores are derived; without one the store makes its own. */
  primaryKey?: Buffer
  /** What this process does with the store, for those who have to wait: "pull", "index serve". */
  purpose: string
  signal?: AbortSignal
  /** Called once when another process holds the store: this one waits until it lets go. */
  onWait?(holder: Holder | null): void
  /** Fail at once where another process holds the store. */
  wait?: boolean
  /** Offers peers nothing by itself, and opens a core only while a peer asks for it: for stores of many cores. */
  passive?: boolean
  /** Bytes of the write buffer of a store of volumes that come and go: see space.ts. */
  writeBuffer?: number
  /** Large blocks lie in files of their own, always or never: see space.ts. */
  blockFiles?: boolean
}

/** Who holds a store. */
export interface Holder {
  pid: number
  purpose: string
}

const RETRY = 200

/**
 * Opens a Corestore for this process alone, with forks forbidden. Where another process holds it, waits.
 *
 * @throws VdataError STORE_BUSY (without `wait`), or when the signal aborts.
 */
export async function openStore(directory: string, options: StoreOptions): Promise<Corestore> {
  await mkdir(directory, { recursive: true })
  const note = `${directory}.holder`
  for (let told = false; ;) {
    options.signal?.throwIfAborted()
    const store = new Corestore(storageOf(directory, options), {
      manifestVersion: 1,
      active: !options.passive,
      ...(options.primaryKey && { primaryKey: options.primaryKey, unsafe: true })
    })
    // Before anything can replicate: see internals.ts.
    forbidForks(store)
    keepServed(store)
    try {
      await store.ready()
      await writeFile(note, JSON.stringify({ pid: process.pid, purpose: options.purpose }))
      return store
    } catch (error) {
      await store.close().catch(noop)
      // Upstream leaves the files of a store open, and locked, whose opening failed.
      await store.storage.close().catch(noop)
      // Upstream gives this error no code.
      if (!/could not be locked|lock file/i.test(messageOf(error))) throw mapStoreError(directory, error)
    }
    const holder = await readHolder(note)
    if (options.wait === false) throw busy(directory, holder)
    if (!told) options.onWait?.(holder)
    told = true
    await sleep(RETRY, undefined, { signal: options.signal })
  }
}

function storageOf(directory: string, { writeBuffer, blockFiles }: StoreOptions): string | CoreStorage {
  if (writeBuffer !== undefined) return volumeStorage(directory, writeBuffer)
  return blockFiles ? blockStorage(directory) : directory
}

export async function closeStore(store: Corestore, directory: string): Promise<void> {
  await rm(`${directory}.holder`, { force: true })
  await store.close()
  await closeBlocks(store.storage)
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    const { pid, purpose } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>
    return typeof pid === 'number' && typeof purpose === 'string' ? { pid, purpose: purpose.slice(0, 64) } : null
  } catch {
    return null
  }
}

function busy(directory: string, holder: Holder | null): VdataError {
  const who = holder ? `vdata ${holder.purpose} (process ${holder.pid})` : 'another process'
  return new VdataError('error', 'STORE_BUSY', `${directory} is in use by ${who}.`, 'Wait until it ends, or stop it.')
}

function mapStoreError(directory: string, error: unknown): unknown {
  const message = messageOf(error)
  if (/moved unsafely|device file/i.test(message)) {
    return new VdataError(
      'config',
      'STORE_COPIED',
      `${directory} was copied from elsewhere, and a copied store could contradict the original.`,
      'Move the folder instead of copying it, or remove it: what others published will be fetched again.',
      { cause: error }
    )
  }
  if (/Another corestore/.test(message)) {
    return new VdataError(
      'config',
      'STORE_OF_OTHER',
      `${directory} belongs to another identity than this one.`,
      'Restore the identity.json that it was made with.',
      { cause: error }
    )
  }
  return error
}

function noop(): void {}
