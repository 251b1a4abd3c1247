import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { BLOCKS } from './interval.js'
import { SENTIMENT_BINS, type Layout, type Table } from './layout.js'
import type { Tally } from './meter.js'

// The sums of a volume's texts as an index keeps them: they add up over volumes, so that a dataset's figures come from its
// index alone. To be small they are coarser than those of a meter: a quarter of the blocks, sentiment in steps of 0.05, and
// nothing of co-occurrence, whose weights are no whole numbers.

export const VOLUME_BLOCKS = BLOCKS / 4
const STEP = 5
const KEPT: readonly Table[] = ['tokens', 'spoken', 'pairs', 'pronouns']
const DECODED_MAX = 16 * 1024 * 1024

/** @returns base64 of the raw deflate of varints: the totals, `seen`, and the tables, each with the places that are not 0 */
export function encodeTally(tally: Tally, layout: Layout): string {
  const out = new Varints()
  for (const total of [tally.texts, tally.characters, tally.words, tally.sentences]) out.push(total)
  out.pushSparse(tally.seen)
  for (const table of KEPT) {
    const rows = new Map<number, Float64Array>()
    tally.tables[table].forEach((row, key) => {
      if (row === undefined) return
      const coarse = table === 'spoken' ? coarseKey(key) : key
      const own = rows.get(coarse) ?? new Float64Array(VOLUME_BLOCKS)
      rows.set(coarse, own)
      for (let block = 0; block < BLOCKS; block++) own[block % VOLUME_BLOCKS]! += row[block]!
    })
    if (rows.size > layout.keys(table)) throw new RangeError('more rows than keys')
    out.push(rows.size)
    let last = 0
    for (const [key, row] of [...rows].sort(([a], [b]) => a - b)) {
      out.push(key - last)
      out.pushSparse(row)
      last = key
    }
  }
  return deflateRawSync(out.bytes, { level: 9 }).toString('base64')
}

/** Adds what `encodeTally` wrote to a tally. @throws Error for anything that is no such text of this layout */
export function addEncoded(into: Tally, layout: Layout, text: string): void {
  const input = new Reader(inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: DECODED_MAX }))
  for (const name of ['texts', 'characters', 'words', 'sentences'] as const) into[name] += input.next()
  input.sparse(layout.size, (place, amount) => (into.seen[place]! += amount))
  for (const table of KEPT) {
    const most = layout.keys(table)
    let key = 0
    for (let rows = input.next(most); rows > 0; rows--) {
      key += input.next(most)
      if (key >= most) throw new RangeError('a key that the lexicon does not have')
      const row = (into.tables[table][key] ??= new Float64Array(BLOCKS))
      input.sparse(VOLUME_BLOCKS, (block, amount) => (row[block]! += amount))
    }
  }
}

/** The key of the same group in the nearest of the coarse bins. */
function coarseKey(key: number): number {
  const bin = key % SENTIMENT_BINS
  return key - bin + Math.round(bin / STEP) * STEP
}

class Varints {
  private readonly parts: number[] = []

  push(value: number): void {
    let rest = Math.round(value)
    while (rest >= 128) {
      this.parts.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    this.parts.push(rest)
  }

  /** How many are not 0, and of each the distance from the one before and the value. */
  pushSparse(values: Float64Array): void {
    const used: number[] = []
    values.forEach((value, place) => {
      if (Math.round(value) > 0) used.push(place)
    })
    this.push(used.length)
    used.forEach((place, n) => {
      this.push(place - (used[n - 1] ?? 0))
      this.push(values[place]!)
    })
  }

  get bytes(): Buffer {
    return Buffer.from(this.parts)
  }
}

class Reader {
  private readonly bytes: Buffer
  private at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  next(most = Number.MAX_SAFE_INTEGER): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++]
      if (byte === undefined || scale > 2 ** 49) throw new RangeError('the text ends early')
      value += (byte % 128) * scale
      if (byte < 128) break
    }
    if (value > most) throw new RangeError('an amount that cannot be')
    return value
  }

  sparse(size: number, each: (place: number, amount: number) => void): void {
    let place = 0
    for (let left = this.next(size); left > 0; left--) {
      place += this.next(size)
      if (place >= size) throw new RangeError('a place that the layout does not have')
      each(place, this.next())
    }
  }
}
