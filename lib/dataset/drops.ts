import { decodeZoneMap } from '../volume/zonemap-codec.js'
import type { Amount, Drop, RecordRange, VolumeEntry } from './entries.js'
import type { IndexReader, ListedVolume } from './reader.js'

// What is not in the dataset any more, as ordinals of records: from 0 through a volume, both ends of a range included.

/** Sorted, without overlaps, neighbours joined. */
export function mergeRanges(ranges: readonly RecordRange[]): RecordRange[] {
  const merged: RecordRange[] = []
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

export function countRanges(ranges: readonly RecordRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
}

/** The records of `ranges` that are not in `without`. Both are merged ranges. */
export function subtractRanges(ranges: readonly RecordRange[], without: readonly RecordRange[]): RecordRange[] {
  const rest: RecordRange[] = []
  for (const range of ranges) {
    let { from } = range
    for (const hole of without) {
      if (hole.to < from || hole.from > range.to) continue
      if (hole.from > from) rest.push({ from, to: hole.from - 1 })
      from = hole.to + 1
    }
    if (from <= range.to) rest.push({ from, to: range.to })
  }
  return rest
}

/** The records that are in both. Both are merged ranges. */
export function intersectRanges(ranges: readonly RecordRange[], others: readonly RecordRange[]): RecordRange[] {
  return subtractRanges(ranges, subtractRanges(ranges, others))
}

/** The records that drops took out, of all of them or of those with one scope. */
export function droppedRanges(drops: readonly Drop[], scope?: Drop['scope']): RecordRange[] {
  return mergeRanges(drops.flatMap((drop) => (scope === undefined || drop.scope === scope ? drop.ranges : [])))
}

/** A batch of a volume and which of its records are meant, counted from the batch's first. */
export interface BatchPart {
  /** From 0; block `index + 1` of the volume. */
  index: number
  /** Ordinal in the volume of the batch's first record. */
  first: number
  records: number
  ranges: RecordRange[]
}

/** The batches that hold any of these records, in order. `ranges` are merged. */
export function partsOf({ zone_map: zoneMap }: VolumeEntry, ranges: readonly RecordRange[]): BatchPart[] {
  const parts: BatchPart[] = []
  let first = 0
  let next = 0
  for (const [index, { records }] of decodeZoneMap(zoneMap).entries()) {
    const end = first + records
    while (next < ranges.length && ranges[next]!.to < first) next++
    const own: RecordRange[] = []
    for (let i = next; i < ranges.length && ranges[i]!.from < end; i++) {
      const { from, to } = ranges[i]!
      own.push({ from: Math.max(from, first) - first, to: Math.min(to, end - 1) - first })
    }
    if (own.length > 0) parts.push({ index, first, records, ranges: own })
    first = end
  }
  return parts
}

/**
 * Blocks of a volume that nobody may serve any more: all of their records were purged. A purge always takes out whole
 * blocks (see prepareDrop), because a block cannot be served in part.
 *
 * @returns block numbers, in order
 */
export function purgedBlocks(volume: VolumeEntry, drops: readonly Drop[]): number[] {
  const purged = droppedRanges(drops, 'purge')
  if (purged.length === 0) return []
  return partsOf(volume, purged)
    .filter(({ records, ranges }) => countRanges(ranges) === records)
    .map(({ index }) => index + 1)
}

/**
 * What a state with the first `known` of these drops has had taken out of it since by purges. What was only hidden
 * since stays in it.
 */
export function purgedSince(drops: readonly Drop[], known: number): Amount[] {
  return drops.slice(known).flatMap((drop) => {
    if (drop.scope !== 'purge') return []
    return [drop, ...drop.hidden.filter((part) => part.drop >= known)]
  })
}

/** What a reader of a dataset leaves out. */
export interface LeftOut {
  /** By volume: the records that are not in the state that is read; merged ranges. A volume without any is not there. */
  ranges: Map<string, RecordRange[]>
  /** Records that a release has but that were purged after it, and so cannot be had any more. */
  purgedSince: number
}

/**
 * Which records of the volumes are to be left out. A release keeps what was hidden after it; what was purged after it is
 * left out of it too, for everyone, whatever happens to be on somebody's disk.
 *
 * @param state the index as it is read: of now, or of a release
 * @param now the index of now
 */
export async function leftOut(
  volumes: readonly ListedVolume[],
  state: IndexReader,
  now: IndexReader
): Promise<LeftOut> {
  const ranges = new Map<string, RecordRange[]>()
  let purgedSince = 0
  for (const { id } of volumes) {
    const own = droppedRanges(await state.drops(id))
    const all = state === now ? own : mergeRanges([...own, ...droppedRanges(await now.drops(id), 'purge')])
    purgedSince += countRanges(all) - countRanges(own)
    if (all.length > 0) ranges.set(id, all)
  }
  return { ranges, purgedSince }
}
