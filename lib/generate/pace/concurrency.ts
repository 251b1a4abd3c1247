const START = 16
const MOST = 256
/** One cut is enough for all the refusals of one moment. */
const CUT_APART = 1000

/**
 * How many requests may be in flight: doubled while all goes well, halved when the provider says it is too much, then one
 * more for each full round (AIMD, as TCP does it). A number set by hand is the most, and the start.
 */
export class Concurrency {
  readonly most: number
  #limit: number
  #slowStart = true
  #proven: boolean
  #lastCut = -Infinity

  constructor(byHand?: number) {
    this.most = byHand ?? MOST
    this.#limit = byHand ?? START
    // Until one request was answered there is no reason to send more: the key may be wrong, or the model unknown.
    this.#proven = byHand !== undefined
  }

  /** Whether a request was answered, or the number was set by hand. */
  get proven(): boolean {
    return this.#proven
  }

  get limit(): number {
    return this.#proven ? Math.max(1, Math.floor(this.#limit)) : 1
  }

  /** A request was answered while `inFlight` were out. */
  answered(inFlight: number): void {
    this.#proven = true
    // A limit that is not reached says nothing about what the provider bears.
    if (inFlight < this.#limit / 2) return
    this.#limit = Math.min(this.most, this.#limit + (this.#slowStart ? 1 : 1 / this.#limit))
  }

  /** The provider said that it is too much. */
  overloaded(now: number): void {
    if (now - this.#lastCut < CUT_APART) return
    this.#lastCut = now
    this.#slowStart = false
    this.#limit = Math.max(1, this.#limit / 2)
  }
}
