import { Concurrency } from './concurrency.js'
import { Window } from './window.js'
import type { Budget } from '../money/budget.js'
import type { Limits } from '../providers/interface.js'

export interface GateOptions {
  concurrency?: number
  /** Limits set by hand go over those that headers tell. */
  limits: Limits
  /** What holds until headers say otherwise. */
  defaults: Limits
  budget: Budget
  /** Milliseconds in which `requestsPerMinute` and `tokensPerMinute` count; a minute but in tests. */
  window?: number
}

/** What a request is expected to need at most. */
export interface Need {
  tokens: number
  /** Dollars; null where the price is not known. */
  cost: number | null
}

/** Leave to send one request. */
export interface Permit {
  /** Gives it back. `tokens`: what was used, where that is known. `spent`: dollars that are gone. */
  done(outcome: { tokens?: number; spent: number; answered: boolean }): void
}

/** Thrown to whoever waits at a gate that was closed. */
export class Stopped extends Error {}

interface Waiting {
  need: Need
  granted: (permit: Permit) => void
  refused: (error: unknown) => void
}

/** The one place through which every request goes out: concurrency, limits by the minute, waits, and money. */
export class Gate {
  readonly #options: GateOptions
  readonly #concurrency: Concurrency
  readonly #window: number
  #requests: Window[] = []
  #tokens: Window[] = []
  #limits: Limits = {}
  #inFlight = 0
  #queue: Waiting[] = []
  #pausedUntil = 0
  #closed: unknown
  #timer: NodeJS.Timeout | undefined

  constructor(options: GateOptions) {
    this.#options = options
    this.#concurrency = new Concurrency(options.concurrency)
    this.#window = options.window ?? 60_000
    this.learn({})
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get concurrency(): number {
    return this.#concurrency.limit
  }

  /** The most that may ever be in flight. */
  get most(): number {
    return this.#concurrency.most
  }

  get limits(): Limits {
    return this.#limits
  }

  /** Milliseconds for which nothing goes out because the provider asked for it. */
  get paused(): number {
    return Math.max(0, this.#pausedUntil - Date.now())
  }

  /** Waits its turn. Throws Stopped, or what `close` was given, or BudgetReached. */
  enter(need: Need): Promise<Permit> {
    return new Promise((granted, refused) => {
      this.#queue.push({ need, granted, refused })
      this.#next()
    })
  }

  /** Takes limits from a provider's headers. Those that were set by hand stay. */
  learn(seen: Limits): void {
    const { limits: byHand, defaults } = this.#options
    const requests =
      byHand.requestsPerMinute ?? seen.requestsPerMinute ?? this.#limits.requestsPerMinute ?? defaults.requestsPerMinute
    const tokens =
      byHand.tokensPerMinute ?? seen.tokensPerMinute ?? this.#limits.tokensPerMinute ?? defaults.tokensPerMinute
    if (requests !== this.#limits.requestsPerMinute && requests !== undefined) {
      // Also a quarter of it in any sixth of a minute: providers enforce their limits over shorter periods too.
      this.#requests = [
        new Window(requests, this.#window, true),
        new Window(Math.ceil(requests / 4), this.#window / 6, true)
      ]
    }
    if (tokens !== this.#limits.tokensPerMinute && tokens !== undefined)
      this.#tokens = [new Window(tokens, this.#window, false)]
    this.#limits = { requestsPerMinute: requests, tokensPerMinute: tokens }
  }

  /** The provider said that it is too much; `wait` milliseconds nothing goes out. */
  overloaded(wait = 0): void {
    const now = Date.now()
    this.#concurrency.overloaded(now)
    this.#pausedUntil = Math.max(this.#pausedUntil, now + wait)
  }

  /** Nothing more goes out. Whoever waits gets `why`, or Stopped. */
  close(why: unknown = new Stopped()): void {
    this.#closed ??= why
    clearTimeout(this.#timer)
    for (const { refused } of this.#queue.splice(0)) refused(this.#closed)
  }

  #next(): void {
    clearTimeout(this.#timer)
    if (this.#closed !== undefined) return this.close()
    let sent = 0
    for (const waiting of this.#queue) {
      if (this.#inFlight >= this.#concurrency.limit) break
      const now = Date.now()
      const wait = this.#wait(waiting.need, now)
      if (wait > 0) {
        if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.#next(), Math.min(wait, 60_000))
        break
      }
      const fits = this.#options.budget.fits(waiting.need.cost)
      if (!fits) {
        // What is in flight may turn out cheaper than it could have been.
        if (this.#inFlight === 0) this.#closed = this.#options.budget.reached()
        break
      }
      sent++
      waiting.granted(this.#permit(waiting.need, now))
    }
    this.#queue.splice(0, sent)
    if (this.#closed !== undefined) this.close()
  }

  #wait({ tokens }: Need, now: number): number {
    const waits = [
      this.#pausedUntil - now,
      ...this.#requests.map((window) => window.wait(1, now)),
      ...this.#tokens.map((window) => window.wait(tokens, now))
    ]
    return Math.max(0, ...waits)
  }

  #permit({ tokens, cost }: Need, now: number): Permit {
    this.#inFlight++
    this.#options.budget.reserve(cost)
    const requests = this.#requests.map((window) => window.take(1, now))
    const reserved = this.#tokens.map((window) => window.take(tokens, now))
    return {
      done: ({ tokens: used, spent, answered }) => {
        const at = Date.now()
        for (const settle of requests) settle(at, 1)
        for (const settle of reserved) settle(at, used ?? tokens)
        if (answered) this.#concurrency.answered(this.#inFlight)
        this.#inFlight--
        this.#options.budget.settle(cost, spent)
        this.#next()
      }
    }
  }
}
