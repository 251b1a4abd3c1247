import { ROW_BYTES } from './row.js'
import { MAX_KEPT, RunTable } from './run-table.js'

/** The rows that a dataset got lately, in memory: whether a volume that was compared before has any of them. */
export class RecentRows {
  #table = new RunTable()
  /** Rows since the beginning, and the first of them that is still here. */
  #count = 0
  #first = 0

  /** How many rows came so far: a moment to ask about later. */
  get moment(): number {
    return this.#count
  }

  add(rows: Uint8Array): void {
    const count = rows.length / ROW_BYTES
    if (this.#count + count - this.#first > MAX_KEPT) {
      this.#table = new RunTable()
      this.#first = this.#count
    }
    for (let row = 0; row < count; row++) this.#table.keep(rows, row, this.#count + row)
    this.#count += count
    // Of more than there is room for, the last ones are not there.
    if (count > MAX_KEPT) this.#first = this.#count
  }

  /** Something came that is not known: of no moment until now can be said what came after it. */
  forget(): void {
    this.#count++
    this.#first = this.#count
  }

  /**
   * Whether one of the rows is like one that came after a moment, and like none before it that is more alike.
   * @param least the similarity from which it is
   * @returns true also where that is no longer known
   */
  mayHave(rows: Uint8Array, moment: number, least: number): boolean {
    if (moment === this.#count) return false
    if (moment < this.#first) return true
    for (let row = 0; row * ROW_BYTES < rows.length; row++) {
      const match = this.#table.find(rows, row, least)
      if (match && match.record >= moment) return true
    }
    return false
  }
}
