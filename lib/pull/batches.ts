import type { ListedVolume } from '../dataset/reader.js'
import { inOrder } from '../volume/order.js'
import type { Fetcher } from './fetch.js'
import type { PlannedBatch, PlannedVolume } from './plan.js'

/** A block that is here, or null where nobody who has it could be reached. */
export interface Arrived {
  volume: ListedVolume
  batch: PlannedBatch
  block: Buffer | null
}

/**
 * Runs `task` on the planned batches as their blocks arrive, a few at a time, and yields what becomes of them in the
 * order of the plan, whatever arrives first.
 */
export function arriving<R>(
  fetcher: Fetcher,
  volumes: readonly PlannedVolume[],
  ahead: number,
  task: (arrived: Arrived) => Promise<R>
): AsyncGenerator<R> {
  return inOrder(flat(volumes), ahead, async ({ planned, batch }) => {
    const block = await fetcher.block(planned, batch.index + 1)
    return task({ volume: planned.volume, batch, block })
  })
}

function* flat(volumes: readonly PlannedVolume[]): Generator<{ planned: PlannedVolume; batch: PlannedBatch }> {
  for (const planned of volumes) for (const batch of planned.batches) yield { planned, batch }
}

/** What could not be fetched, by volume. */
export interface MissingPart {
  volume: string
  batches: number
  /** Records in these batches, dropped ones aside. */
  records: number
  /** When somebody was last seen with it, RFC 3339; null where that never was. */
  last_seen: string | null
}

/** Counts what is missing. */
export class MissingParts {
  private readonly parts = new Map<string, { batches: number; records: number }>()

  add({ volume, batch }: Arrived): void {
    const { batches, records } = this.parts.get(volume.id) ?? { batches: 0, records: 0 }
    this.parts.set(volume.id, { batches: batches + 1, records: records + batch.records })
  }

  get any(): boolean {
    return this.parts.size > 0
  }

  /** @param seen when each volume was last seen with somebody: before this fetch, and in it */
  list(...seen: ReadonlyMap<string, number | null>[]): MissingPart[] {
    return [...this.parts].map(([volume, { batches, records }]) => {
      const at = seen.map((times) => times.get(volume)).findLast((time) => typeof time === 'number')
      return { volume, batches, records, last_seen: at == null ? null : new Date(at).toISOString() }
    })
  }
}
