import { setMaxListeners } from 'node:events'
import { VdataError } from '../errors.js'
import type { OnEvent } from './events.js'
import { inspect } from './keep/keep.js'
import type { Progress } from './progress.js'
import type { Item, Plan } from './recipe/plan.js'
import { neverAnswered } from './refused.js'
import { endsRun, Unanswered, type Sender } from './send.js'
import type { Gate } from './pace/gate.js'
import { Stopped } from './pace/gate.js'
import { produce } from './steps/produce.js'
import { Dropped, type Ask } from './steps/reply.js'

export interface RunOptions {
  plan: Plan
  sender: Sender
  gate: Gate
  progress: Progress
  /** The user's wish to stop: nothing more is sent, what is in flight is waited for. */
  signal: AbortSignal
  stopping: AbortController
  abandoned: AbortController
  /** Earlier runs had answers from this provider: one request that fails says nothing about it. */
  known: boolean
  onEvent: OnEvent
}

/** How many items in a row may stay without an answer before the rest of a run is left for later. */
const MOST_UNANSWERED = 20
/** The same before the first answer of a run, with a provider that answered in earlier ones. */
const MOST_BEFORE_FIRST = 3

/**
 * Runs every item of a plan through, as many at once as the gate lets out. Answers end up in the journal; here they are
 * only counted. Returns the error that ended the run early, if one did.
 */
export async function runItems(options: RunOptions): Promise<VdataError | undefined> {
  const { plan, sender, gate, progress, signal, stopping, abandoned, onEvent } = options
  let ended: VdataError | undefined
  let unansweredInARow = 0
  const stop = () => {
    if (stopping.signal.aborted) return
    onEvent({ event: 'stopping', in_flight: gate.inFlight })
    gate.close()
    stopping.abort(new Stopped())
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  // Every waiting request listens to it.
  setMaxListeners(0, stopping.signal, abandoned.signal)
  try {
    // Twice as many as may be in flight, so that those that wait for their turn after a failure hold nobody up.
    await inParallel(plan.list(), gate.most * 2, work, () => stopping.signal.aborted)
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return ended

  async function work(item: Item): Promise<void> {
    let fresh = false
    const ask: Ask = async (request, sample) => {
      const reply = await sender.ask(request, sample)
      fresh ||= reply.fresh === true
      return reply
    }
    try {
      for (const set of await produce(plan, item, ask)) {
        for (const draft of set) inspect(plan.recipe, draft)
        for (const { content } of set) progress.measure(content, item.index)
      }
    } catch (error) {
      if (error instanceof Dropped) progress.drop(error.reason)
      else return failed(error)
    }
    if (fresh) unansweredInARow = 0
    else progress.cached++
    progress.done++
    progress.tick()
  }

  function failed(error: unknown): void {
    if (error instanceof Unanswered) {
      unansweredInARow++
      const unreachable = error.kind === 'connection' || error.kind === 'timeout'
      const most =
        sender.counters.answered > 0 ? MOST_UNANSWERED : options.known && !unreachable ? MOST_BEFORE_FIRST : 1
      if (unansweredInARow < most) return
      if (most === MOST_UNANSWERED) end(stillFailing(error))
      else end(neverAnswered(error.kind, error.message, plan.recipe.base_url ?? plan.recipe.provider))
    } else if (endsRun(error)) {
      end(
        error instanceof VdataError
          ? error
          : new VdataError('error', 'GENERATE_FAILED', String(error), '', { cause: error })
      )
    }
  }

  function end(error: VdataError): void {
    if (ended) return
    ended = error
    gate.close(error)
    stopping.abort(error)
    // What is in flight within a budget is paid for and waited for; with a refused key there is nothing to wait for.
    if (error.failure === 'config' || error.failure === 'error') abandoned.abort()
  }
}

function stillFailing(error: Unanswered): VdataError {
  return new VdataError(
    'unfinished',
    'PROVIDER_FAILING',
    `${MOST_UNANSWERED} requests in a row were not answered: ${error.message}.`,
    'Run the same command again later; what was answered is kept.'
  )
}

/** Runs `work` over a sequence, `width` at a time, until it ends or `stopped` says so. */
async function inParallel<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
  stopped: () => boolean
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const worker = async () => {
    while (!stopped()) {
      const next = iterator.next()
      if (next.done) return
      await work(next.value)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
}
