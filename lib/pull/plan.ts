import type { ListedVolume } from '../dataset/reader.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import { countOf, noDrops, rangesWithin, type Drops, type OrdinalRange } from './drops.js'
import { allHold, mayHold, type Filter } from './filter.js'

/** What is wanted of a dataset. */
export interface PlanOptions {
  /** Whether a batch can hold what is wanted. */
  filter: Filter
  /** Most records that are wanted, of those that meet the filter for certain. */
  limit?: number
  drops?: Drops
}

export interface PlannedBatch {
  /** From 0; block `index + 1` of the volume. */
  index: number
  records: number
  wireBytes: number
  rawBytes: number
  /** Every record in it is wanted, so that none need be looked at. */
  whole: boolean
  /** Records of it that the moderator dropped, counted from its first. */
  drops: OrdinalRange[]
}

export interface PlannedVolume {
  volume: ListedVolume
  batches: PlannedBatch[]
}

export interface Plan {
  volumes: PlannedVolume[]
  batches: number
  /** Bytes on the wire of what is planned, and of all that the dataset has. */
  bytes: number
  totalBytes: number
  /** Records in the planned batches, without dropped ones: an upper bound of those that match. And of the dataset. */
  records: number
  totalRecords: number
  totalBatches: number
}

/**
 * Decides from the zone maps which batches can hold a wanted record. A batch is left out only when it certainly holds
 * none, or when the batches before it certainly hold enough; so the answer is the same as if everything was fetched.
 */
export function planPull(volumes: readonly ListedVolume[], options: PlanOptions): Plan {
  const { filter, limit = Infinity, drops = noDrops } = options
  const plan: Plan = {
    volumes: [],
    batches: 0,
    bytes: 0,
    totalBytes: 0,
    records: 0,
    totalRecords: 0,
    totalBatches: 0
  }
  let certain = 0
  for (const volume of volumes) {
    plan.totalBytes += volume.entry.bytes
    plan.totalRecords += volume.entry.records
    plan.totalBatches += Math.max(0, volume.entry.length - 1)
    if (certain >= limit) continue
    const dropped = drops(volume.id)
    const batches: PlannedBatch[] = []
    let first = 0
    for (const [index, zone] of decodeZoneMap(volume.entry.zone_map).entries()) {
      if (certain >= limit) break
      const own = rangesWithin(dropped, first, zone.records)
      first += zone.records
      const records = zone.records - countOf(own)
      if (records === 0 || !mayHold(filter, { volume, zone })) continue
      const whole = allHold(filter, { volume, zone })
      if (whole) certain += records
      batches.push({ index, whole, records, wireBytes: zone.wireBytes, rawBytes: zone.rawBytes, drops: own })
      plan.bytes += zone.wireBytes
      plan.records += records
    }
    if (batches.length > 0) plan.volumes.push({ volume, batches })
    plan.batches += batches.length
  }
  return plan
}

/**
 * Divides a plan into parts that are fetched one after the other, each twice as large as the one before: where few
 * records are wanted and nobody knows where they are, little is fetched in vain.
 */
export function* wavesOf(volumes: readonly PlannedVolume[]): Generator<PlannedVolume[]> {
  let wave: PlannedVolume[] = []
  let size = 1
  let room = size
  for (const { volume, batches } of volumes) {
    for (let from = 0; from < batches.length;) {
      const some = batches.slice(from, from + room)
      from += some.length
      room -= some.length
      wave.push({ volume, batches: some })
      if (room > 0) continue
      yield wave
      wave = []
      room = size *= 2
    }
  }
  if (wave.length > 0) yield wave
}

/** Merges sorted batch indexes into runs, so that each is one range on the wire: [from, to). */
export function runsOf(batches: readonly PlannedBatch[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = []
  for (const { index } of batches) {
    const last = runs.at(-1)
    if (last?.to === index) last.to++
    else runs.push({ from: index, to: index + 1 })
  }
  return runs
}
