import type Corestore from 'corestore'
import { NetworkNode, type NodeOptions } from '../network/node.js'
import { closeStore, type Holder } from '../network/store.js'
import { cacheFolder, openCache } from './cache-store.js'
import { parseLink } from './link.js'
import { IndexMemory } from './memory.js'
import { IndexReader } from './reader.js'
import { syncIndex, type SyncResult } from './sync.js'

export type SessionEvent =
  | { event: 'waiting'; holder: Holder | null }
  | { event: 'connecting' }
  | ({ event: 'index'; volumes: number } & SyncResult)

export interface SessionOptions {
  home: string
  link: string
  network: NodeOptions
  /** What for, told to those who have to wait for the store. */
  purpose: string
  /** Milliseconds to look for somebody who has the index. */
  timeout?: number
  signal?: AbortSignal
  onEvent?: (event: SessionEvent) => void
  /** Sees the node before it meets anybody: for those who speak a protocol of their own on its connections. */
  onNode?: (node: NetworkNode) => void
}

/** A dataset opened by a reader: this computer's cache, a node in the dataset's topic, the index up to date. */
export class DatasetSession {
  readonly index: IndexReader
  /** The state that the link names: that of a release, or the index itself. */
  readonly state: IndexReader
  /** The release that the link names. */
  readonly release: string | undefined
  readonly synced: SyncResult
  readonly store: Corestore
  readonly node: NetworkNode
  private readonly directory: string

  private constructor(
    store: Corestore,
    node: NetworkNode,
    { index, state, release }: Pick<DatasetSession, 'index' | 'state' | 'release'>,
    synced: SyncResult,
    directory: string
  ) {
    this.store = store
    this.node = node
    this.index = index
    this.state = state
    this.release = release
    this.synced = synced
    this.directory = directory
  }

  /** @throws VdataError NO_PEERS, INDEX_BEHIND, INDEX_DIFFERS; NO_RELEASE, RELEASE_DIFFERS. */
  static async open(options: SessionOptions): Promise<DatasetSession> {
    const { home, purpose, signal, onEvent } = options
    const { key, release } = parseLink(options.link)
    const onWait = (holder: Holder | null) => onEvent?.({ event: 'waiting', holder })
    const store = await openCache(home, { purpose, signal, onWait })
    const node = new NetworkNode(store, options.network)
    options.onNode?.(node)
    try {
      const index = await IndexReader.open(store, key)
      node.join(index.core.discoveryKey, { server: false, client: true })
      onEvent?.({ event: 'connecting' })
      const memory = new IndexMemory(home)
      const synced = await syncIndex(index, node, { memory, timeout: options.timeout ?? 20_000, signal })
      const state = release ? await index.checkout(release) : index
      onEvent?.({ event: 'index', volumes: (await state.volumes()).length, ...synced })
      return new DatasetSession(store, node, { index, state, release }, synced, cacheFolder(home))
    } catch (error) {
      await node.close()
      await closeStore(store, cacheFolder(home))
      throw error
    }
  }

  async close(): Promise<void> {
    await this.node.close()
    await closeStore(this.store, this.directory)
  }
}
