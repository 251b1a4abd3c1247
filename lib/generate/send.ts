import { VdataError } from '../errors.js'
import type { OnEvent } from './events.js'
import type { Answered, Journal } from './journal/journal.js'
import { costOf, costOfUsage, type KnownPrice } from './money/prices.js'
import { inputTokens, type CountTokens } from './money/tokens.js'
import { backoff, sleep } from './pace/backoff.js'
import { Stopped, type Gate, type Need } from './pace/gate.js'
import { ProviderFailure, type Answer, type ChatRequest, type Provider } from './providers/interface.js'
import { stopsEverything } from './refused.js'
import { canonical } from '../record/canonical.js'
import { digest } from './recipe/random.js'
import type { Recipe } from './recipe/schema.js'
import { Dropped, type Ask, type Reply } from './steps/reply.js'

/** A request was tried as often as it may be in one run; the next run tries it again. */
export class Unanswered extends Error {
  readonly kind: ProviderFailure['kind']
  constructor(failure: ProviderFailure) {
    super(failure.message, { cause: failure })
    this.kind = failure.kind
  }
}

/** The answer is not in the journal, and nobody is to be asked. */
export class Missing extends Error {
  readonly id: string
  readonly request: ChatRequest
  constructor(id: string, request: ChatRequest) {
    super('not in the journal')
    this.id = id
    this.request = request
  }
}

export interface Counters {
  sent: number
  answered: number
  failed: number
}

export interface SenderOptions {
  recipe: Recipe
  provider: Provider
  /** The embedded provider has none: what it writes can be written again for nothing. */
  journal: Journal | undefined
  gate: Gate
  price: KnownPrice | undefined
  count: CountTokens
  /** Ends waits: nothing more is to be sent. */
  stopping: AbortSignal
  /** Breaks off what is in flight. */
  abandoned: AbortSignal
  onEvent: OnEvent
  /** A request came back, one way or another. */
  onSettled: () => void
}

// How often a request is deferred by rate limits before the run gives it up; each of these waits was asked for.
const MOST_DEFERRALS = 50
// What came as an answer and is none is asked for once more: a proxy's error page may be gone, and a second one is not.
const MOST_BAD_RESPONSES = 2

/** The hash by which the journal knows a request: everything that its answer depends on. */
export function requestId(provider: Provider, request: ChatRequest, sample: number): string {
  return digest('vdata/request/1', provider.name, provider.address, canonical(request), sample)
}

/** Asks through the journal: what is in it is not sent, and what is sent is in it before it is looked at. */
export class Sender {
  readonly counters: Counters = { sent: 0, answered: 0, failed: 0 }
  readonly #options: SenderOptions
  /** A server that counts more tokens than it was allowed to is expected to do so again. */
  #excess = 1
  readonly #inFlight = new Map<string, Promise<Answered>>()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get #journal(): Journal {
    const { journal } = this.#options
    if (!journal) throw new Error('requests are sent through a journal only')
    return journal
  }

  /** From the journal, else from the provider. Throws Dropped, Unanswered, Stopped, or an error that ends the run. */
  readonly ask: Ask = async (request, sample = 0) => {
    const { provider } = this.#options
    if (provider.name === 'template') return this.#embedded(request)
    const id = requestId(provider, request, sample)
    throwIfRefused(this.#journal, id)
    const stored = await this.#stored(id, request)
    if (stored) return stored
    // Two items may ask for the very same thing at the same time; it is paid once.
    let running = this.#inFlight.get(id)
    if (!running) {
      running = this.#send(id, request).finally(() => this.#inFlight.delete(id))
      this.#inFlight.set(id, running)
    }
    return { ...this.#reply(await running, request), fresh: true }
  }

  /** From the journal only. Throws Dropped or Missing. */
  readonly recall: Ask = async (request, sample = 0) => {
    const { provider } = this.#options
    if (provider.name === 'template') return this.#embedded(request)
    const id = requestId(provider, request, sample)
    throwIfRefused(this.#journal, id)
    const stored = await this.#stored(id, request)
    if (!stored) throw new Missing(id, request)
    return stored
  }

  /** The most that a request can need. */
  need(request: ChatRequest, batch = false): Need {
    const { count, price } = this.#options
    const { most } = inputTokens(request, count)
    const cost = price ? costOf(price, most, request.max_tokens, batch) : null
    return { tokens: most + request.max_tokens, cost: cost === null ? null : cost * this.#excess }
  }

  /** The answer that the journal has. One that can't be read is none: the process was killed before it could say so. */
  async #stored(id: string, request: ChatRequest): Promise<Reply | undefined> {
    const stored = await this.#journal.answer(id)
    try {
      return stored && this.#reply(stored, request)
    } catch (error) {
      if (error instanceof ProviderFailure) return undefined
      throw error
    }
  }

  #reply({ raw, at }: Answered, request: ChatRequest): Reply {
    return { answer: this.#options.provider.read(raw), at, request }
  }

  readonly #started = new Date().toISOString()

  async #embedded(request: ChatRequest): Promise<Reply> {
    const { raw } = await this.#options.provider.send(request, this.#options.abandoned)
    return this.#reply({ raw, at: this.#started }, request)
  }

  async #send(id: string, request: ChatRequest): Promise<Answered> {
    try {
      return await this.#insistently(id, request)
    } finally {
      this.#options.gate.letGo()
    }
  }

  /** Tries until there is an answer, or a reason not to try again. */
  async #insistently(id: string, request: ChatRequest): Promise<Answered> {
    const { recipe, gate, stopping, onEvent } = this.#options
    let deferrals = 0
    let failures = 0
    let bad = 0
    for (;;) {
      try {
        return await this.#once(id, request, deferrals + failures > 0)
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error
        await this.#refused(id, error)
        if (error.kind === 'rate_limited') deferrals++
        else failures++
        if (error.kind === 'bad_response') bad++
        if (deferrals >= MOST_DEFERRALS || failures >= recipe.attempts || bad >= MOST_BAD_RESPONSES)
          throw new Unanswered(error)
        const { first, longest } = recipe.backoff
        const jitter = backoff(deferrals + failures, first * 1000, longest * 1000)
        // Whoever is told when to come back doesn't come earlier, and not all at the same moment.
        const wait = error.retryAfter === undefined ? jitter : error.retryAfter + jitter / 4
        if (error.kind === 'rate_limited' || (error.kind === 'server' && error.retryAfter !== undefined)) {
          gate.overloaded(error.retryAfter ?? 0)
          onEvent({ event: 'waiting', seconds: wait / 1000, message: error.message })
        }
        onEvent({
          event: 'retry',
          kind: error.kind,
          message: error.message,
          attempt: deferrals + failures,
          wait: wait / 1000
        })
        // Before the first answer all others wait for this one.
        if (gate.proving) gate.pause(wait)
        else await sleep(wait, stopping)
      }
    }
  }

  /** One try: through the gate, onto the wire, into the journal. */
  async #once(id: string, request: ChatRequest, again: boolean): Promise<Answered> {
    const { provider, gate, abandoned, onSettled } = this.#options
    const journal = this.#journal
    const need = this.need(request)
    const permit = await (again ? gate.enterAgain(need) : gate.enter(need))
    // Until it is known better, a request that was let out cost what it can cost at most.
    let outcome: { tokens?: number; spent: number; answered: boolean } = { spent: need.cost ?? 0, answered: false }
    try {
      await journal.sent(id, need.cost)
      this.counters.sent++
      const sent = await provider.send(request, abandoned).catch(async (error: unknown) => {
        if (error instanceof ProviderFailure) {
          if (!error.billed) outcome = { tokens: 0, spent: 0, answered: false }
          this.#learn(error.limits)
          await journal.failed({ id, kind: error.kind, billed: error.billed })
        }
        throw error
      })
      this.#learn(sent.limits)
      const answered = await journal.answered(id, sent.raw, permit.arrived)
      const answer = await this.#read(id, sent.raw)
      outcome = await this.#paid(id, answer, need)
      this.counters.answered++
      return answered
    } finally {
      if (!outcome.answered) this.counters.failed++
      permit.done(outcome)
      onSettled()
    }
  }

  async #read(id: string, raw: string): Promise<Answer> {
    try {
      return this.#options.provider.read(raw)
    } catch (error) {
      if (error instanceof ProviderFailure) {
        await this.#journal.failed({ id, kind: error.kind, billed: error.billed, void: true })
      }
      throw error
    }
  }

  async #paid(
    id: string,
    { usage }: Answer,
    need: Need
  ): Promise<{ tokens?: number; spent: number; answered: boolean }> {
    const { price } = this.#options
    const cost = costOfUsage(price, usage)
    await this.#journal.paid({ id, cost, ...usage })
    if (cost !== null && need.cost !== null && need.cost > 0) this.#excess = Math.max(this.#excess, cost / need.cost)
    const known = usage.input !== null && usage.output !== null
    return { ...(known && { tokens: usage.input! + usage.output! }), spent: cost ?? need.cost ?? 0, answered: true }
  }

  #learn(limits: Parameters<Gate['learn']>[0]): void {
    const { gate, onEvent } = this.#options
    const before = gate.limits
    gate.learn(limits)
    const { requestsPerMinute, tokensPerMinute } = gate.limits
    if (before.requestsPerMinute !== requestsPerMinute || before.tokensPerMinute !== tokensPerMinute) {
      onEvent({ event: 'limits', requests_per_minute: requestsPerMinute, tokens_per_minute: tokensPerMinute })
    }
  }

  /** What a failure means beyond this try: for the request, or for the whole run. Throws when there is no next try. */
  async #refused(id: string, failure: ProviderFailure): Promise<void> {
    const { recipe, provider, abandoned } = this.#options
    const journal = this.#journal
    if (failure.kind === 'aborted') throw new Stopped()
    if (failure.kind === 'content_filter') {
      await journal.refuse(id, failure.kind, failure.message)
      throw new Dropped('content_filter', failure.message)
    }
    // The first refusal of a run is most likely the recipe's fault and would be that of every other request.
    if (failure.kind === 'bad_request' && this.counters.answered > 0) {
      await journal.refuse(id, failure.kind, failure.message)
      throw new Dropped('bad_request', failure.message)
    }
    const error = await stopsEverything(failure, recipe, provider, abandoned)
    if (error) throw error
  }
}

function throwIfRefused(journal: Journal, id: string): void {
  const refusal = journal.refusal(id)
  if (refusal) throw new Dropped(refusal.kind === 'content_filter' ? 'content_filter' : 'bad_request', refusal.message)
}

/** Whether an error means that the whole run has to end. */
export function endsRun(error: unknown): boolean {
  return (
    error instanceof VdataError ||
    !(error instanceof Dropped || error instanceof Unanswered || error instanceof Missing || error instanceof Stopped)
  )
}
