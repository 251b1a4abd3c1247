import { z } from 'zod'
import { RunTable } from '../bands/run-table.js'
import { defineCheck, type Finding } from '../types.js'

/** Where two records count as almost the same: the estimated Jaccard similarity of their word 5-grams. */
export const similarityOption = z.number().min(0.5).max(1).default(0.75)

const options = z.strictObject({ similarity: similarityOption })

/**
 * The same or almost the same content within one volume or file. The first record of its kind is kept, and later ones are
 * reported. Records are looked at one by one in their threads, and compared with each other in one place: see DuplicateFinder.
 */
export const duplicates = defineCheck({
  name: 'duplicates',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { exact_duplicate: 'refuse', near_duplicate: 'warn' },
  options,
  prepare: () => () => {}
})

/** Compares the records of a run with each other, in their order. */
export class DuplicateFinder {
  readonly #table = new RunTable()
  readonly #least: number

  constructor(similarity: number) {
    this.#least = similarity
  }

  /** What is to be said of the next record, whose row is one of `rows`. Records that are like an earlier one are not kept. */
  next(rows: Uint8Array, row: number, record: number): Finding | undefined {
    const match = this.#table.find(rows, row, this.#least)
    if (!match) {
      this.#table.keep(rows, row, record)
      return undefined
    }
    return match.exact
      ? { code: 'exact_duplicate', detail: `record ${match.record}` }
      : { code: 'near_duplicate', detail: `record ${match.record}, ${percent(match.similarity)}` }
  }
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
