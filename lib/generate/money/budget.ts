import { VdataError } from '../../errors.js'

/** Dollars are binary fractions here: this much rounding is no overshoot. */
const ROUNDING = 1e-9

/** A sum that is never exceeded: what is spent, plus the most that everything in flight can come to. */
export class Budget {
  readonly limit: number | undefined
  #spent: number
  #reserved = 0

  /** `spent`: dollars that earlier runs for the same output used up. */
  constructor(limit: number | undefined, spent: number) {
    this.limit = limit
    this.#spent = spent
  }

  /** Dollars that are gone, counting what may have been billed. */
  get spent(): number {
    return this.#spent
  }

  /** Tells what is gone by now, where it was not settled here. */
  spentIs(spent: number): void {
    this.#spent = spent
  }

  fits(cost: number | null): boolean {
    return this.limit === undefined || this.#spent + this.#reserved + (cost ?? 0) <= this.limit + ROUNDING
  }

  reserve(cost: number | null): void {
    this.#reserved += cost ?? 0
  }

  /** Exchanges what was reserved for what was spent. */
  settle(cost: number | null, spent: number): void {
    this.#reserved -= cost ?? 0
    this.#spent += spent
  }

  reached(): VdataError {
    return new VdataError(
      'budget',
      'BUDGET_REACHED',
      `The budget of $${this.limit} is reached: $${this.#spent.toFixed(4)} are spent, and the next request could exceed it.`,
      'What was bought is in the output. Run the same command with a higher --budget to go on.'
    )
  }
}
