import type { IndexSnapshot, Part } from './dataset-index.js'
import { KEYS, keysOf, sameId, similarity } from './row.js'
import { Segment } from './segment.js'

/** A record of the dataset that is like the one that was asked for. */
export interface DatasetMatch {
  readonly volume: string
  /** Its ordinal in the volume. */
  readonly record: number
  /** 1 for the same content; else the estimated Jaccard similarity. */
  readonly similarity: number
  readonly exact: boolean
}

/** Of rows with the same key, so many are compared. It bounds the work that equal records cause. */
const PER_KEY = 16

interface OpenSegment {
  readonly segment: Segment
  readonly parts: readonly Part[]
  /** The row that each part begins with. */
  readonly starts: readonly number[]
}

/** Looks records up in a dataset's index. Reads block, so it belongs into a thread of its own. */
export class Lookup {
  readonly #segments: OpenSegment[]
  readonly #high = new Uint32Array(KEYS)
  readonly #low = new Uint8Array(KEYS)

  constructor(snapshot: Pick<IndexSnapshot, 'segments'>) {
    this.#segments = snapshot.segments.map((data) => {
      let next = 0
      const starts = data.parts.map(({ rows }) => (next += rows) - rows)
      return { segment: new Segment(data), parts: data.parts, starts }
    })
  }

  /** The dataset's most similar record; of equals, the first that is found. @param least below it, nothing is similar */
  find(rows: Uint8Array, row: number, least: number): DatasetMatch | undefined {
    let best: DatasetMatch | undefined
    const keys = keysOf(rows, row, this.#high, this.#low)
    for (let key = 0; key < keys; key++) {
      for (const opened of this.#segments) {
        const { segment } = opened
        for (const number of segment.rowsWith(this.#high[key]!, this.#low[key]!, PER_KEY)) {
          const place = placeOf(opened, number)
          if (!place || (best && best.volume === place.volume && best.record === place.record)) continue
          const other = segment.row(number)
          if (key === 0) {
            if (sameId(rows, row, other, 0)) return { ...place, similarity: 1, exact: true }
            continue
          }
          const score = similarity(rows, row, other, 0)
          if (score >= least && score > (best?.similarity ?? 0)) best = { ...place, similarity: score, exact: false }
        }
      }
    }
    return best
  }

  close(): void {
    for (const { segment } of this.#segments) segment.close()
  }
}

function placeOf({ parts, starts }: OpenSegment, row: number): { volume: string; record: number } | undefined {
  let from = 0
  let to = starts.length
  while (to - from > 1) {
    const middle = (from + to) >>> 1
    if (starts[middle]! <= row) from = middle
    else to = middle
  }
  const part = parts[from]!
  return part.removed ? undefined : { volume: part.volume, record: part.first + row - starts[from]! }
}
