import { ROW_BYTES, writeRow } from '../../check/bands/row.js'
import { MAX_ROWS, RunTable } from '../../check/bands/run-table.js'
import { MinHash } from '../../check/minhash/minhash.js'

/** Of shorter answers nothing can be said: "Yes." is no copy of another "Yes." */
const MIN_WORDS = 20

/** Finds texts that are nearly the same as one before, as the checks find them: by MinHash over their words' 5-grams. */
export class NearDuplicates {
  readonly #similarity: number
  readonly #hasher = new MinHash()
  readonly #table = new RunTable(MAX_ROWS)
  #texts = 0

  /** `similarity`: the estimated Jaccard similarity from which a text is a near-duplicate. */
  constructor(similarity: number) {
    this.#similarity = similarity
  }

  /** The similarity to an earlier text when it is high enough; else remembers this one. */
  add(text: string): number | undefined {
    if (this.#hasher.load(text) < MIN_WORDS) return undefined
    // Only what is like another text is looked for: a number of its own stands in for the id of its content.
    const id = Buffer.alloc(8)
    id.writeBigUInt64LE(BigInt(++this.#texts))
    const row = new Uint8Array(ROW_BYTES)
    writeRow(row, 0, id, this.#hasher)
    const match = this.#table.find(row, 0, this.#similarity)
    if (!match) this.#table.keep(row, 0, this.#texts)
    return match?.similarity
  }
}
