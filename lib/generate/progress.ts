import { BiasMeter } from '../bias/meter.js'
import { summarize, type BiasSummary } from '../bias/summary.js'
import type { OnEvent, Snapshot } from './events.js'
import type { Journal } from './journal/journal.js'
import type { Budget } from './money/budget.js'
import type { Gate } from './pace/gate.js'
import type { Counters } from './send.js'
import type { Content } from './steps/content.js'
import type { Reason } from './steps/reply.js'

const EVERY = 250
/** Texts from which bias is shown, and milliseconds between two looks at it. */
const FIRST_BIAS = 20
const BIAS_EVERY = 5_000
/** Rates are those of the last half minute. */
const RATE_WINDOW = 30_000

interface Point {
  at: number
  sent: number
  tokens: number
  spent: number
  done: number
}

export interface ProgressOptions {
  items: number
  gate: Gate
  budget: Budget
  journal: Journal | undefined
  /** Whether the price is known. */
  priced: boolean
  onEvent: OnEvent
}

/** Adds up how a run stands, and tells it four times a second at most. */
export class Progress {
  done = 0
  cached = 0
  readonly dropped: { [reason in Reason]?: number } = {}
  readonly #meter = new BiasMeter()
  #bias: { summary: BiasSummary; at: number; texts: number } | undefined
  readonly #options: ProgressOptions
  readonly #counters: Counters
  #points: Point[] = []
  #last = 0

  constructor(options: ProgressOptions, counters: Counters) {
    this.#options = options
    this.#counters = counters
    this.#points.push(this.#point(Date.now()))
  }

  drop(reason: Reason): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1
  }

  /** Takes a draft into the figures of bias. `item`: drafts of the same item are one piece of evidence. */
  measure(content: Content, item: number): void {
    this.#meter.add(content, {}, item)
  }

  /** Something changed. */
  tick(now = Date.now()): void {
    if (now - this.#last < EVERY) return
    this.#last = now
    this.#summarize(now)
    this.#points.push(this.#point(now))
    while (this.#points.length > 2 && this.#points[1]!.at < now - RATE_WINDOW) this.#points.shift()
    this.#options.onEvent({ event: 'progress', ...this.snapshot() })
  }

  snapshot(): Snapshot {
    const { items, gate, budget, journal, priced } = this.#options
    const first = this.#points[0]!
    const last = this.#point(Date.now())
    const minutes = Math.max(1 / 60, (last.at - first.at) / 60_000)
    const perMinute = (last.spent - first.spent) / minutes
    const doneRate = (last.done - first.done) / minutes
    const left = items - this.done
    const fresh = this.done - this.cached
    const newSpending = last.spent - (this.#start?.spent ?? 0)
    return {
      done: this.done,
      items,
      cached: this.cached,
      in_flight: gate.inFlight,
      concurrency: gate.concurrency,
      answered: this.#counters.answered,
      sent: this.#counters.sent,
      failed: this.#counters.failed,
      dropped: { ...this.dropped },
      requests_per_minute: Math.round((last.sent - first.sent) / minutes),
      tokens_per_minute: Math.round((last.tokens - first.tokens) / minutes),
      limit_requests: gate.limits.requestsPerMinute,
      limit_tokens: gate.limits.tokensPerMinute,
      waiting: Math.ceil(gate.paused / 1000),
      spent: priced ? budget.spent : null,
      possible: journal?.spending.possible ?? 0,
      expected: priced && fresh > 0 ? budget.spent + (newSpending / fresh) * left : null,
      per_minute: priced ? perMinute : null,
      seconds_left: doneRate > 0 ? Math.round((left / doneRate) * 60) : null,
      bias: this.#bias?.summary ?? null
    }
  }

  /** Intervals take some tenths of a second: they are computed when there is a quarter more to say, at most every few seconds. */
  #summarize(now: number): void {
    const { texts } = this.#meter
    if (texts < FIRST_BIAS || (this.#bias && (now - this.#bias.at < BIAS_EVERY || texts < this.#bias.texts * 1.25)))
      return
    this.#bias = { summary: summarize(this.#meter.report()), at: now, texts }
  }

  #start: Point | undefined

  #point(at: number): Point {
    const { budget, journal } = this.#options
    const spending = journal?.spending
    const point = {
      at,
      sent: this.#counters.sent,
      tokens: (spending?.inputTokens ?? 0) + (spending?.outputTokens ?? 0),
      spent: budget.spent,
      done: this.done
    }
    this.#start ??= point
    return point
  }
}
