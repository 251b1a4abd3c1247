import type Corestore from 'corestore'
import { NetworkNode, within, type NodeOptions } from '../network/node.js'
import type { DatasetEntry } from './entries.js'
import { parseLink } from './link.js'
import { IndexReader } from './reader.js'

export interface LookUpOptions {
  link: string
  network: NodeOptions
  /** Milliseconds to look for somebody who has the index. */
  timeout?: number
  signal?: AbortSignal
}

/**
 * A dataset's own entry, and of its index no more than that: null where nobody who has it can be found soon. It is good for
 * advice only: whether the index was rolled back is not looked at.
 */
export async function lookUpDataset(store: Corestore, options: LookUpOptions): Promise<DatasetEntry | null> {
  const { link, network, timeout = 5_000, signal } = options
  const index = await IndexReader.open(store, parseLink(link).key)
  const node = new NetworkNode(store, network)
  const stop = () => void node.close()
  signal?.addEventListener('abort', stop, { once: true })
  const { core } = index
  const until = Date.now() + timeout
  const left = () => Math.max(0, until - Date.now())
  try {
    node.join(core.discoveryKey, { server: false, client: true })
    await node.searched(timeout)
    // Whoever was found may still be shaking hands.
    if (node.connections.size > 0) await within(core.update({ wait: true }), Math.min(left(), 2_000))
    if (core.length === 0) return null
    let entry: DatasetEntry | null = null
    await within(
      index.dataset().then((found) => (entry = found)),
      Math.max(left(), 1_000)
    )
    return entry
  } finally {
    signal?.removeEventListener('abort', stop)
    await node.close()
    await index.close()
  }
}
