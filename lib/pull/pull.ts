import type { Writable } from 'node:stream'
import { leftOut } from '../dataset/drops.js'
import { DatasetSession, type SessionEvent } from '../dataset/session.js'
import type { NetworkNode, NodeOptions } from '../network/node.js'
import { VolumeReader } from '../volume/reader.js'
import { Fetcher } from './fetch.js'
import { fileSink, streamSink, type Sink } from './output.js'
import { planPull, type Plan, type PlannedVolume, type Selection } from './plan.js'
import { renderer, type OutputFormat } from './render.js'

export type PullEvent =
  | SessionEvent
  | { event: 'plan'; batches: number; bytes: number; skipped: number; records: number }
  | { event: 'progress'; received: number; read: number; total: number; records: number; peers: number }

export interface PullOptions extends Selection {
  home: string
  link: string
  /** A file's path, or a stream. */
  output: string | Writable
  format: OutputFormat
  network: NodeOptions
  /** Milliseconds to look for somebody who has the index, and without a block until the pull gives up. */
  timeout?: number
  stall?: number
  signal?: AbortSignal
  onEvent?: (event: PullEvent) => void
}

export interface PullResult {
  dataset: string
  link: string
  records: number
  /** Bytes that came over the network now, that were here already, and that the query did not need. */
  fetched: number
  cached: number
  skipped: number
  batches: number
  volumes: number
  /** Records of the release that were purged after it: nobody gets them any more. */
  purged: number
  index: { length: number; fresh: boolean }
}

/** Decoded and parsed ahead of the writer. */
const LOOKAHEAD = 8
const PROGRESS_MS = 100

/**
 * Gets a dataset, or what is wanted of it, into one file. Every block is verified against its volume's key, and every
 * volume is one that the index lists. The order is that of acceptance, whatever arrives first.
 *
 * @throws VdataError NO_PEERS, STALLED (what arrived is kept), INDEX_BEHIND, INDEX_DIFFERS, or a volume's fault.
 */
export async function pull(options: PullOptions): Promise<PullResult> {
  const { signal, onEvent } = options
  const session = await DatasetSession.open({ ...options, purpose: 'pull' })
  try {
    const { index, state, synced } = session
    const listed = await state.volumes()
    const { ranges, purgedSince } = await leftOut(listed, state, index)
    const plan = planPull(listed, options, ranges)
    const { batches, bytes, records, totalBytes } = plan
    onEvent?.({ event: 'plan', batches, bytes, records, skipped: totalBytes - bytes })
    const fetcher = new Fetcher(session.store, { stall: options.stall ?? 30_000, signal })
    try {
      fetcher.start(plan.volumes)
      const written = await write(options, plan, fetcher, session.node)
      return {
        dataset: (await state.dataset()).name,
        link: options.link,
        records: written,
        fetched: fetcher.received,
        cached: Math.max(0, bytes - fetcher.received),
        skipped: totalBytes - bytes,
        batches,
        volumes: plan.volumes.length,
        purged: purgedSince,
        index: synced
      }
    } finally {
      await fetcher.close()
    }
  } finally {
    await session.close()
  }
}

async function write(options: PullOptions, plan: Plan, fetcher: Fetcher, node: NetworkNode): Promise<number> {
  const sink = typeof options.output === 'string' ? await fileSink(options.output) : streamSink(options.output)
  try {
    const records = await writeVolumes(options, plan, fetcher, node, sink)
    await sink.commit()
    return records
  } catch (error) {
    await sink.discard()
    // What broke off the wait for a block is the cause, not that the wait was broken off.
    throw fetcher.signal.aborted ? fetcher.signal.reason : error
  }
}

async function writeVolumes(
  options: PullOptions,
  plan: Plan,
  fetcher: Fetcher,
  node: NetworkNode,
  sink: Sink
): Promise<number> {
  const render = renderer(options.format, options.where)
  const total = plan.bytes
  let records = 0
  let read = 0
  let told = 0
  const tell = (least: number) => {
    if (Date.now() - told < least) return
    told = Date.now()
    const { received } = fetcher
    options.onEvent?.({ event: 'progress', received, read, total, records, peers: node.connections.size })
  }
  fetcher.on('block', () => tell(PROGRESS_MS))
  await sink.write(render.head)
  for (const planned of plan.volumes) {
    for await (const { batch, whole, dropped } of readPlanned(planned, fetcher)) {
      const part = render.batch(batch.raw, batch.records, whole, options.limit - records, dropped)
      await sink.write(part.data)
      records += part.records
      read += batch.wireBytes
      tell(PROGRESS_MS)
      if (records >= options.limit) break
    }
    if (records >= options.limit) break
  }
  tell(0)
  return records
}

async function* readPlanned(planned: PlannedVolume, fetcher: Fetcher) {
  const core = await fetcher.known(planned)
  const plans = new Map(planned.batches.map((batch) => [batch.index, batch]))
  // The fetcher knows when nothing comes any more; a time limit of each block would only guess.
  const reader = new VolumeReader(core, { signal: fetcher.signal, timeout: 0 })
  try {
    for await (const batch of reader.batches({ indexes: plans.keys(), lookahead: LOOKAHEAD })) {
      const { whole, dropped } = plans.get(batch.index)!
      yield { batch, whole, dropped }
    }
  } finally {
    await reader.close()
  }
}
