import type { CheckInput } from './engine.js'

interface Chosen {
  readonly rank: number
  readonly record: number
  readonly input: CheckInput
}

/**
 * The records that slow checks look at: those with the smallest ids. An id is a hash, so they are a fair sample, and everyone who
 * checks the same records chooses the same ones.
 */
export class SlowSample {
  readonly #size: number
  /** The smallest rank first. */
  readonly #chosen: Chosen[] = []

  constructor(size: number) {
    this.#size = size
  }

  /** @param row begins with the record's id; all zero for what is no record */
  offer(row: Uint8Array, record: number, input: CheckInput): void {
    // 48 bits of the id: more than enough to rank by, and exact in a number.
    let rank = 0
    for (let i = 0; i < 6; i++) rank = rank * 256 + row[i]!
    const last = this.#chosen.at(-1)
    if (rank === 0 || (this.#chosen.length === this.#size && (!last || rank >= last.rank))) return
    if (this.#chosen.length === this.#size) this.#chosen.pop()
    const at = this.#chosen.findIndex((other) => other.rank > rank)
    this.#chosen.splice(at === -1 ? this.#chosen.length : at, 0, { rank, record, input })
  }

  /** In the order in which they came. */
  records(): Chosen[] {
    return [...this.#chosen].sort((a, b) => a.record - b.record)
  }
}
