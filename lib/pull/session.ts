import { join } from 'node:path'
import process from 'node:process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import type Corestore from 'corestore'
import { cacheFolder, openCache } from '../dataset/cache-store.js'
import { parseLink } from '../dataset/link.js'
import { IndexMemory } from '../dataset/memory.js'
import { IndexReader } from '../dataset/reader.js'
import { DatasetSession, type SessionOptions } from '../dataset/session.js'
import { codeOf, VdataError } from '../errors.js'
import { closeStore, type Holder } from '../network/store.js'

export interface PullSessionOptions extends SessionOptions {
  /** Use what is on this computer, and open no socket. */
  offline?: boolean
}

/** A dataset opened for a pull: this computer's cache, the index, and the network unless it is not wanted. */
export interface PullSession {
  index: IndexReader
  store: Corestore
  fresh: boolean
  /** A folder of this pull alone, empty, for what is not a result yet. */
  scratch: string
  /** Connections to others. */
  peers(): number
  /** Nobody who is connected has what is missing: looks for others sooner. */
  lookAgain(): void
  close(): Promise<void>
}

/** Where the processes of statements have what does not fit into their memory: `<pid of who asked>.<random>`. */
export function engineFolder(home: string): string {
  return join(home, 'cache', 'engines')
}

/** Removes what processes left that were killed. */
async function removeDeadEngines(home: string): Promise<void> {
  const folder = engineFolder(home)
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @throws VdataError as DatasetSession, and NOT_HERE where the dataset is wanted offline and was never pulled. */
export async function openSession(options: PullSessionOptions): Promise<PullSession> {
  const { link, home, offline } = options
  const opened = offline ? await openOffline(options) : await openOnline(options)
  // Whoever holds the store is alone here: what lies in the folder was left by a process that was killed.
  const scratch = join(home, 'cache', 'scratch')
  try {
    parseLink(link)
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    await removeDeadEngines(home)
  } catch (error) {
    await opened.close()
    throw error
  }
  return {
    ...opened,
    scratch,
    async close() {
      await rm(scratch, { recursive: true, force: true })
      await opened.close()
    }
  }
}

async function openOnline(options: SessionOptions): Promise<Omit<PullSession, 'scratch'>> {
  const session = await DatasetSession.open(options)
  const { index, store, node, synced } = session
  return {
    index,
    store,
    fresh: synced.fresh,
    peers: () => node.connections.size,
    lookAgain: () => node.hurry(),
    close: () => session.close()
  }
}

async function openOffline(options: SessionOptions): Promise<Omit<PullSession, 'scratch'>> {
  const { home, link, purpose, signal, onEvent } = options
  const onWait = (holder: Holder | null) => onEvent?.({ event: 'waiting', holder })
  const store = await openCache(home, { purpose, signal, onWait })
  const close = () => closeStore(store, cacheFolder(home))
  try {
    const index = await IndexReader.open(store, parseLink(link).key)
    if (!index.complete) throw notHere(link)
    await index.verify(new IndexMemory(home))
    onEvent?.({ event: 'index', volumes: (await index.volumes()).length, fresh: false, length: index.core.length })
    return { index, store, fresh: false, peers: () => 0, lookAgain() {}, close }
  } catch (error) {
    await close()
    throw error
  }
}

function notHere(link: string): VdataError {
  const what = `${link.slice(0, 100)} was never pulled on this computer.`
  return new VdataError('network', 'NOT_HERE', what, 'Pull it once without --offline.')
}
