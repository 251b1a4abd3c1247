import { decodeBatch } from '../volume/frame.js'
import type { Assembler } from './assemble.js'
import { arriving, type Arrived, type MissingParts } from './batches.js'
import { withoutDropped } from './drops.js'
import type { Fetcher } from './fetch.js'
import { wavesOf, type Plan, type PlannedVolume } from './plan.js'
import { RenderPool } from './render/pool.js'
import { passesThrough, type Rendered, type RenderSpec } from './render/render.js'

export interface RecordsOptions {
  plan: Plan
  fetcher: Fetcher
  spec: RenderSpec
  assembler: Assembler
  limit: number
  missing: MissingParts
  /** Is told the wire bytes of each batch that was read. */
  onBatch: (wireBytes: number) => void
}

/** Decoded and rendered ahead of the writer. */
const LOOKAHEAD = 8

/** Writes the planned records, batch by batch in the dataset's order. */
export async function writeRecords(options: RecordsOptions): Promise<void> {
  const { plan, fetcher, spec, assembler, limit } = options
  const pool = new RenderPool(spec)
  const read = async (volumes: readonly PlannedVolume[]) => {
    fetcher.request(volumes)
    for await (const each of arriving(fetcher, volumes, LOOKAHEAD, (arrived) => renderBatch(arrived, spec, pool))) {
      if (!each.rendered) options.missing.add(each.arrived)
      else {
        await assembler.add(each.rendered)
        options.onBatch(each.arrived.batch.wireBytes)
      }
      if (assembler.full) return
    }
  }
  try {
    if (limit === Infinity) return await read(plan.volumes)
    for (const wave of wavesOf(plan.volumes)) {
      await read(wave)
      if (assembler.full) return
    }
  } finally {
    await pool.close()
  }
}

/** Batches are stored as JSON Lines: one that is wanted whole is written as it is, without being parsed. */
async function renderBatch(
  arrived: Arrived,
  spec: RenderSpec,
  pool: RenderPool
): Promise<{ arrived: Arrived; rendered: Rendered | null }> {
  const { block, batch } = arrived
  if (!block) return { arrived, rendered: null }
  if (!spec.ends && batch.whole && passesThrough(spec)) {
    const { raw } = await decodeBatch(block)
    const data = batch.drops.length > 0 ? withoutDropped(raw, batch.drops) : raw
    return { arrived, rendered: { data, records: batch.records, left: {} } }
  }
  const job = { bytes: block, encoded: true, drops: batch.drops, whole: batch.whole }
  return { arrived, rendered: await pool.render(job) }
}
