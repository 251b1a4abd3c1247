import { once } from 'node:events'
import { VdataError } from '../errors.js'
import { within, type NetworkNode } from '../network/node.js'
import { formatLink } from './link.js'
import type { IndexMemory } from './memory.js'
import type { IndexReader } from './reader.js'

export interface SyncOptions {
  memory: IndexMemory
  /** Milliseconds to look for somebody who has the index. */
  timeout: number
  signal?: AbortSignal
}

export interface SyncResult {
  /** Whether a peer confirmed this state just now; false means the copy that was already here. */
  fresh: boolean
  /** Entries in the index. */
  length: number
}

/**
 * Brings this computer's copy of an index up to date: the whole log, then checked against what was seen before.
 * Where nobody can be reached but a copy is here, the copy is used, and `fresh` says so.
 *
 * @throws VdataError NO_PEERS where there is neither; INDEX_BEHIND or INDEX_DIFFERS where it was rolled back.
 */
export async function syncIndex(index: IndexReader, node: NetworkNode, options: SyncOptions): Promise<SyncResult> {
  const { core } = index
  const seen = await options.memory.recall(core.key)
  const deadline = Date.now() + options.timeout
  // A copy from a peer who lags is not a rolled-back index yet: somebody else may have the rest.
  const enough = () => core.peers.length > 0 && core.length >= (seen?.length ?? 1)
  const done = core.findingPeers()
  try {
    void node.searched(options.timeout).finally(done)
    while (!enough() && Date.now() < deadline) {
      options.signal?.throwIfAborted()
      await within(core.update({ wait: true }), Math.min(1000, deadline - Date.now()))
      if (!enough()) await nextChange(index, Math.min(250, deadline - Date.now()))
    }
    if (core.peers.length > 0) await within(core.update({ wait: true }), Math.max(0, deadline - Date.now()))
  } finally {
    done()
  }
  const fresh = core.peers.length > 0
  if (core.length === 0) throw noPeers(index)
  await downloadAll(index, options, fresh)
  await index.verify(options.memory)
  return { fresh, length: core.length }
}

async function downloadAll(index: IndexReader, options: SyncOptions, fresh: boolean): Promise<void> {
  const { core } = index
  if (index.complete) return
  if (!fresh) throw noPeers(index)
  const range = core.download({ start: 0, end: core.length })
  let received = core.contiguousLength
  const count = () => received++
  core.on('download', count)
  try {
    for (let before = -1; !(await within(range.done(), options.timeout)); before = received) {
      options.signal?.throwIfAborted()
      if (received === before) throw noPeers(index)
    }
  } finally {
    core.off('download', count)
    range.destroy()
  }
}

async function nextChange(index: IndexReader, timeout: number): Promise<void> {
  const stop = new AbortController()
  const change = Promise.race([
    once(index.core, 'append', { signal: stop.signal }),
    once(index.core, 'peer-add', { signal: stop.signal })
  ])
  await within(change, Math.max(0, timeout))
  stop.abort()
}

function noPeers(index: IndexReader): VdataError {
  return new VdataError(
    'network',
    'NO_PEERS',
    `Nobody who holds ${formatLink(index.core.key)} could be reached.`,
    'Check the link and your connection, or try later: some seeder or the moderator has to be online.'
  )
}
