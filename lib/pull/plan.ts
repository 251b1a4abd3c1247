import type { ListedVolume } from '../dataset/reader.js'
import type { Where } from '../record/where.js'
import { countRanges, partsOf } from '../dataset/drops.js'
import type { RecordRange } from '../dataset/entries.js'
import { allMatch, mayMatch, type Zone } from '../volume/zonemap.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'

/** What is wanted of a dataset. */
export interface Selection {
  /** All of these must hold; none means everything. */
  where: Where[]
  /** Most records that are wanted. */
  limit: number
}

export interface PlannedBatch {
  /** From 0; block `index + 1` of the volume. */
  index: number
  records: number
  wireBytes: number
  /** Every record in it is wanted, so that none need be looked at. */
  whole: boolean
  /** Records that are left out, counted from the batch's first: they were dropped. */
  dropped: RecordRange[]
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
  /** Records in the planned batches: an upper bound of those that match. */
  records: number
}

/**
 * Decides from the zone maps which batches can hold a wanted record. A batch is left out only when it certainly holds
 * none, or when the batches before it certainly hold enough; so the answer is the same as if everything was fetched.
 */
export function planPull(
  volumes: ListedVolume[],
  { where, limit }: Selection,
  dropped: ReadonlyMap<string, RecordRange[]> = new Map()
): Plan {
  const plan: Plan = { volumes: [], batches: 0, bytes: 0, totalBytes: 0, records: 0 }
  let certain = 0
  for (const volume of volumes) {
    plan.totalBytes += volume.entry.bytes
    if (certain >= limit) continue
    const batches: PlannedBatch[] = []
    const parts = new Map(partsOf(volume.entry, dropped.get(volume.id) ?? []).map((part) => [part.index, part.ranges]))
    for (const [index, zone] of zonesOf(volume).entries()) {
      if (certain >= limit) break
      if (!mayMatch(zone, where)) continue
      const own = parts.get(index) ?? []
      const records = zone.records - countRanges(own)
      if (records === 0) continue
      const whole = allMatch(zone, where)
      if (whole) certain += records
      batches.push({ index, whole, records, wireBytes: zone.wireBytes, dropped: own })
      plan.bytes += zone.wireBytes
      plan.records += records
    }
    if (batches.length > 0) plan.volumes.push({ volume, batches })
    plan.batches += batches.length
  }
  return plan
}

function zonesOf({ entry }: ListedVolume): readonly Zone[] {
  return decodeZoneMap(entry.zone_map)
}

/** Merges sorted batch indexes into runs, so that each is one range on the wire: [from, to). */
export function runsOf(batches: PlannedBatch[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = []
  for (const { index } of batches) {
    const last = runs.at(-1)
    if (last?.to === index) last.to++
    else runs.push({ from: index, to: index + 1 })
  }
  return runs
}
