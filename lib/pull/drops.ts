/** Ordinals of records in a volume, from 0: the first that is dropped and the one after the last. */
export interface OrdinalRange {
  from: number
  to: number
}

/** Which records of an accepted volume are not part of the dataset any more, sorted and without overlaps. */
export type Drops = (volume: string) => readonly OrdinalRange[]

export const noDrops: Drops = () => []

/** Sorts and joins ranges; what is no range is left out. */
export function mergeRanges(ranges: readonly OrdinalRange[]): OrdinalRange[] {
  const merged: OrdinalRange[] = []
  for (const { from, to } of ranges.filter((range) => range.to > range.from).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

/** The part of the ranges that concerns the records from `first` on, `count` of them, counted from `first`. */
export function rangesWithin(ranges: readonly OrdinalRange[], first: number, count: number): OrdinalRange[] {
  const within: OrdinalRange[] = []
  for (const range of ranges) {
    const from = Math.max(0, range.from - first)
    const to = Math.min(count, range.to - first)
    if (to > from) within.push({ from, to })
  }
  return within
}

export function countOf(ranges: readonly OrdinalRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0)
}

const NEWLINE = 0x0a

/** JSON Lines without the dropped lines. `ranges` are sorted and counted from the first line. */
export function withoutDropped(raw: Buffer, ranges: readonly OrdinalRange[]): Buffer {
  const kept: Buffer[] = []
  let line = 0
  let at = 0
  const skipTo = (target: number): number => {
    for (; line < target && at < raw.length; line++) {
      const end = raw.indexOf(NEWLINE, at)
      at = end === -1 ? raw.length : end + 1
    }
    return at
  }
  for (const { from, to } of ranges) {
    const start = at
    kept.push(raw.subarray(start, skipTo(from)))
    skipTo(to)
  }
  kept.push(raw.subarray(at))
  return Buffer.concat(kept)
}
