/** Time that a request may take to reach the provider: until then it can't be said in which window it counts. */
const ARRIVAL = 2000

/** So many entries are kept while there is no limit. */
const MOST_UNLIMITED = 1000

interface Entry {
  amount: number
  launched: number
  done?: number
}

/**
 * A limit that holds in every window of `length` milliseconds, wherever it begins. A bucket that refills would let twice
 * the limit through in its first window. What is in flight counts until it is known when the provider saw it.
 */
export class Window {
  /** Infinity as long as no limit is known. */
  limit: number
  readonly #length: number
  readonly #atArrival: boolean
  #entries = new Set<Entry>()
  #used = 0
  #nextExpiry = Infinity

  /** `atArrival`: the provider counts when a request arrives (requests); else when its answer is known (tokens). */
  constructor(limit: number, length: number, atArrival: boolean) {
    this.limit = limit
    this.#length = length
    this.#atArrival = atArrival
  }

  /** 0 when `amount` may go now, else the milliseconds until that may be so; Infinity: not before something is done. */
  wait(amount: number, now: number): number {
    if (now >= this.#nextExpiry) this.#sweep(now)
    if (this.#used === 0 || this.#used + amount <= this.limit) return 0
    return Math.max(1, this.#nextExpiry - now)
  }

  /** Takes `amount`; the function that is returned says when it was done and what it came to. */
  take(amount: number, now: number): (done: number, actual: number) => void {
    // A limit is learnt from the first answers, and what was sent before it counts. After that nobody waits for one.
    if (this.limit === Infinity && this.#entries.size >= MOST_UNLIMITED) return () => undefined
    const entry: Entry = { amount, launched: now }
    this.#entries.add(entry)
    this.#used += amount
    this.#nextExpiry = Math.min(this.#nextExpiry, this.#expiry(entry))
    return (done, actual) => {
      this.#used += actual - entry.amount
      entry.amount = actual
      entry.done = done
      this.#nextExpiry = Math.min(this.#nextExpiry, this.#expiry(entry))
    }
  }

  #expiry({ launched, done = Infinity }: Entry): number {
    return (this.#atArrival ? Math.min(done, launched + ARRIVAL) : done) + this.#length
  }

  #sweep(now: number): void {
    let next = Infinity
    for (const entry of this.#entries) {
      const expiry = this.#expiry(entry)
      if (expiry > now) {
        next = Math.min(next, expiry)
        continue
      }
      this.#entries.delete(entry)
      this.#used -= entry.amount
    }
    // Not at every single expiry: with thousands of entries in a window that would be thousands of passes.
    this.#nextExpiry = Math.max(next, now + this.#length / 1000)
  }
}
