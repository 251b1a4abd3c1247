import { decodeBatch } from '../volume/frame.js'
import type { Assembler } from './assemble.js'
import { arriving, type Arrived, type MissingParts } from './batches.js'
import { withoutDropped } from './drops.js'
import type { Fetcher } from './fetch.js'
import { wavesOf, type Plan, type PlannedBatch, type PlannedVolume } from './plan.js'
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
const RENDER_AHEAD = 8
/** Read from the store ahead of the writer, where that is all: what is held for long costs the collector a round of its own. */
const FETCH_AHEAD = 16

/** Writes the planned records, batch by batch in the dataset's order. */
export async function writeRecords(options: RecordsOptions): Promise<void> {
  const { plan, fetcher, spec, assembler, limit, missing, onBatch } = options
  const pool = new RenderPool(spec)
  const asStored = passesThrough(spec) && assembler.takesBatches
  const prepare = async (arrived: Arrived): Promise<Prepared> => {
    if (!arrived.block || (asStored && arrived.batch.whole)) return { arrived, rendered: null }
    return { arrived, rendered: await renderBatch(arrived.block, arrived.batch, spec, pool) }
  }
  const read = async (volumes: readonly PlannedVolume[]) => {
    fetcher.request(volumes)
    for await (const { arrived, rendered } of arriving(
      fetcher,
      volumes,
      asStored ? FETCH_AHEAD : RENDER_AHEAD,
      prepare
    )) {
      const { block, batch } = arrived
      if (!block) missing.add(arrived)
      else {
        await (rendered ? assembler.add(rendered) : assembler.addBatch(block, batch.drops, batch.records))
        onBatch(batch.wireBytes)
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

interface Prepared {
  arrived: Arrived
  /** Null where the block is missing, or is written as it is stored. */
  rendered: Rendered | null
}

/** Batches are stored as JSON Lines: one that is wanted whole is written as it is, without being parsed. */
async function renderBatch(block: Buffer, batch: PlannedBatch, spec: RenderSpec, pool: RenderPool): Promise<Rendered> {
  if (!spec.ends && batch.whole && passesThrough(spec)) {
    const { raw } = await decodeBatch(block)
    const data = batch.drops.length > 0 ? withoutDropped(raw, batch.drops) : raw
    return { data, records: batch.records, left: {} }
  }
  return pool.render({ bytes: block, encoded: true, drops: batch.drops, whole: batch.whole })
}
