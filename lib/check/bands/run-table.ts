import { KEYS, keysOf, ROW_BYTES, sameId, similarity } from './row.js'

/** A record like the one that was asked for: which, and how like. */
export interface Match {
  readonly record: number
  /** 1 for the same content; else the estimated Jaccard similarity. */
  readonly similarity: number
  readonly exact: boolean
}

/** Of rows with the same key, so many are kept and compared. It bounds the work that equal records cause. */
const PER_KEY = 8
const FILL = 0.6
const ROWS_A_CHUNK = 4096

/** Rows can't be numbered with more than 24 bits. */
export const MAX_ROWS = 2 ** 24 - 2

/** So many records are kept, in 100 MB: a volume of very many must not take all memory. */
export const MAX_KEPT = 250_000

/** Finds records that are like one of the first of a run, in memory: about 400 bytes a record. */
export class RunTable {
  readonly #most: number
  readonly #chunks: Uint8Array[] = []
  /** The record of each row. */
  readonly #records: number[] = []
  // A slot: the upper 32 bits of a key; then its lower 8 bits, and in 24 bits the row's number plus 1. 0 is an empty slot.
  #slots = new Uint32Array(2 * 1024)
  #used = 0
  readonly #high = new Uint32Array(KEYS)
  readonly #low = new Uint8Array(KEYS)

  /** @param most records that are kept, at most `MAX_ROWS` */
  constructor(most = MAX_KEPT) {
    this.#most = most
  }

  /**
   * The most similar record that was kept before; of equals, the first.
   * @param least matches below this similarity are none
   */
  find(rows: Uint8Array, row: number, least: number): Match | undefined {
    let best: Match | undefined
    const count = keysOf(rows, row, this.#high, this.#low)
    for (let key = 0; key < count; key++) {
      for (const candidate of this.#candidates(this.#high[key]!, this.#low[key]!)) {
        const chunk = this.#chunks[Math.floor(candidate / ROWS_A_CHUNK)]!
        const at = candidate % ROWS_A_CHUNK
        const record = this.#records[candidate]!
        if (key === 0) {
          if (sameId(rows, row, chunk, at)) return { record, similarity: 1, exact: true }
          continue
        }
        if (best?.record === record) continue
        const score = similarity(rows, row, chunk, at)
        if (
          score >= least &&
          (!best || score > best.similarity || (score === best.similarity && record < best.record))
        ) {
          best = { record, similarity: score, exact: false }
        }
      }
    }
    return best
  }

  /** Keeps a record, for later ones to be compared with. Does nothing once it is full. */
  keep(rows: Uint8Array, row: number, record: number): void {
    const number = this.#records.length
    if (number >= this.#most) return
    const count = keysOf(rows, row, this.#high, this.#low)
    if (count === 0) return
    const at = number % ROWS_A_CHUNK
    if (at === 0) this.#chunks.push(new Uint8Array(ROWS_A_CHUNK * ROW_BYTES))
    this.#chunks.at(-1)!.set(rows.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES), at * ROW_BYTES)
    this.#records.push(record)
    if (this.#used + count > (this.#slots.length / 2) * FILL) this.#grow()
    for (let key = 0; key < count; key++) this.#insert(this.#high[key]!, this.#low[key]!, number)
  }

  *#candidates(high: number, low: number): Generator<number> {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    for (let slot = high & mask; ; slot = (slot + 1) & mask) {
      const rest = slots[slot * 2 + 1]!
      if (rest === 0) return
      if (slots[slot * 2] === high && rest >>> 24 === low) yield (rest & 0xffffff) - 1
    }
  }

  #insert(high: number, low: number, number: number): void {
    const slots = this.#slots
    const mask = slots.length / 2 - 1
    let same = 0
    let slot = high & mask
    for (; slots[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
      if (slots[slot * 2] === high && slots[slot * 2 + 1]! >>> 24 === low && ++same === PER_KEY) return
    }
    slots[slot * 2] = high
    slots[slot * 2 + 1] = ((low << 24) | (number + 1)) >>> 0
    this.#used++
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    const mask = this.#slots.length / 2 - 1
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue
      let slot = old[i]! & mask
      while (this.#slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask
      this.#slots[slot * 2] = old[i]!
      this.#slots[slot * 2 + 1] = old[i + 1]!
    }
  }
}
