import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatKey } from '../dataset/link.js'
import type { PlannedVolume } from './plan.js'
import type { PullOptions } from './options.js'
import { withPlan } from './planned.js'

/** What a pull would fetch, and who has it. */
export interface Explanation {
  dataset: string
  index: { length: number; fresh: boolean }
  /** Of the plan, and of all that the dataset has. */
  batches: number
  totalBatches: number
  bytes: number
  totalBytes: number
  /** Records in the planned batches: an upper bound of those that are wanted. */
  records: number
  totalRecords: number
  /** Bytes of the plan that are on this computer already. */
  here: number
  /** The columns that a statement reads; all, without one. */
  columns: string[] | null
  /** Rows after which it stops looking, where it need not look at all. */
  stopsAt: number | null
  volumes: ExplainedVolume[]
}

export interface ExplainedVolume {
  volume: string
  contributor: string
  batches: number
  totalBatches: number
  bytes: number
  records: number
  here: number
  /** Keys of the nodes that are connected and have all of it. */
  holders: string[]
}

/** How long to wait for peers to say what they have, and how long after the last one that did. */
const PATIENCE_MS = 3_000
const SETTLED_MS = 300
const POLL_MS = 50
/** Volumes whose holders are asked for; there may be thousands. */
const ASKED = 64

/** Plans a pull and fetches nothing but the index. */
export async function explain(options: Omit<PullOptions, 'output' | 'format'>): Promise<Explanation> {
  return withPlan(options, async ({ session, state, plan, statement }) => {
    const volumes = await Promise.all(
      plan.volumes.map((planned, i) => explainVolume(session.store, planned, i < ASKED && !options.offline))
    )
    const analysis = statement?.analysis
    return {
      dataset: state.name,
      index: { length: state.length, fresh: session.fresh },
      batches: plan.batches,
      totalBatches: plan.totalBatches,
      bytes: plan.bytes,
      totalBytes: plan.totalBytes,
      records: plan.records,
      totalRecords: plan.totalRecords,
      here: volumes.reduce((sum, { here }) => sum + here, 0),
      columns: analysis ? [...analysis.columns] : null,
      stopsAt: analysis?.stopsAt ?? null,
      volumes
    }
  })
}

async function explainVolume(
  store: Corestore,
  { volume, batches }: PlannedVolume,
  ask: boolean
): Promise<ExplainedVolume> {
  const core = store.get({ key: volume.key })
  await core.ready()
  let here = 0
  let bytes = 0
  let records = 0
  for (const batch of batches) {
    bytes += batch.wireBytes
    records += batch.records
    if (await core.has(batch.index + 1)) here += batch.wireBytes
  }
  const holders = ask ? await holdersOf(core, volume.entry.length) : []
  await core.close()
  return {
    volume: volume.id,
    contributor: volume.entry.contributor,
    batches: batches.length,
    totalBatches: volume.entry.length - 1,
    bytes,
    records,
    here,
    holders
  }
}

async function holdersOf(core: Hypercore, length: number): Promise<string[]> {
  const whole = () => core.peers.filter((peer) => peer.remoteContiguousLength === length)
  const end = Date.now() + PATIENCE_MS
  let known = 0
  let settled = end
  while (Date.now() < Math.min(end, settled)) {
    const count = whole().length
    if (count !== known) settled = Date.now() + SETTLED_MS
    known = count
    await sleep(POLL_MS)
  }
  return whole().map((peer) => formatKey(peer.remotePublicKey))
}
