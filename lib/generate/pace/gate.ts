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
  /** The answer is here and safe: another request may be in flight in its place. */
  arrived(): void
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
  readonly #requests: readonly [Window, Window]
  readonly #tokens: Window
  #limits: Limits = {}
  #inFlight = 0
  /** Requests of which the cost is not known yet. */
  #unsettled = 0
  #held = false
  #queue: Waiting[] = []
  #pausedUntil = 0
  #closed: unknown
  #timer: NodeJS.Timeout | undefined

  constructor(options: GateOptions) {
    this.#options = options
    this.#concurrency = new Concurrency(options.concurrency)
    const window = options.window ?? 60_000
    this.#requests = [new Window(Infinity, window, true), new Window(Infinity, window / 6, true)]
    this.#tokens = new Window(Infinity, window, false)
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

  /** As enter, for a request that failed: it goes before those that were not tried yet. */
  enterAgain(need: Need): Promise<Permit> {
    this.#held = false
    return new Promise((granted, refused) => {
      this.#queue.unshift({ need, granted, refused })
      this.#next()
    })
  }

  /** Whether not one request was answered yet: then there is one at a time, and it is the same one until it is answered. */
  get proving(): boolean {
    return !this.#concurrency.proven
  }

  /** Nothing goes out for so many milliseconds. */
  pause(wait: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, Date.now() + wait)
  }

  /** A request that failed while `proving` is not tried again: others may go. */
  letGo(): void {
    if (!this.#held) return
    this.#held = false
    this.#next()
  }

  /** Takes limits from a provider's headers. Those that were set by hand stay. */
  learn(seen: Limits): void {
    const { limits: byHand, defaults } = this.#options
    const requests =
      byHand.requestsPerMinute ?? seen.requestsPerMinute ?? this.#limits.requestsPerMinute ?? defaults.requestsPerMinute
    const tokens =
      byHand.tokensPerMinute ?? seen.tokensPerMinute ?? this.#limits.tokensPerMinute ?? defaults.tokensPerMinute
    const [minute, sixth] = this.#requests
    minute.limit = requests ?? Infinity
    // Also a quarter of it in any sixth of a minute: providers enforce their limits over shorter periods too.
    sixth.limit = Math.ceil((requests ?? Infinity) / 4)
    this.#tokens.limit = tokens ?? Infinity
    this.#limits = { requestsPerMinute: requests, tokensPerMinute: tokens }
  }

  /** The provider said that it is too much; `wait` milliseconds nothing goes out. */
  overloaded(wait = 0): void {
    this.#concurrency.overloaded(Date.now())
    this.pause(wait)
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
    if (this.#held) return
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
        // What is not settled may turn out cheaper than it could have been.
        if (this.#unsettled === 0) this.#closed = this.#options.budget.reached()
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
      this.#tokens.wait(tokens, now)
    ]
    return Math.max(0, ...waits)
  }

  #permit({ tokens, cost }: Need, now: number): Permit {
    this.#inFlight++
    this.#unsettled++
    this.#options.budget.reserve(cost)
    const requests = this.#requests.map((window) => window.take(1, now))
    const settleTokens = this.#tokens.take(tokens, now)
    let out = true
    const land = () => {
      if (out) this.#inFlight--
      out = false
    }
    return {
      arrived: () => {
        this.#concurrency.answered(this.#inFlight)
        land()
        this.#next()
      },
      done: ({ tokens: used, spent, answered }) => {
        const at = Date.now()
        for (const settle of requests) settle(at, 1)
        settleTokens(at, used ?? tokens)
        if (!answered) this.#held = this.proving
        land()
        this.#unsettled--
        this.#options.budget.settle(cost, spent)
        this.#next()
      }
    }
  }
}
