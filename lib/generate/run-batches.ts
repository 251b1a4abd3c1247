import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { VdataError } from '../errors.js'
import type { OnEvent } from './events.js'
import type { Journal, OpenBatch } from './journal/journal.js'
import type { Budget } from './money/budget.js'
import { costOfUsage, type KnownPrice } from './money/prices.js'
import { sleep } from './pace/backoff.js'
import { ProviderFailure, type ChatRequest, type Provider } from './providers/interface.js'
import { batchLine, type BatchClient, type BatchState } from './providers/openai-batch.js'
import type { Plan } from './recipe/plan.js'
import { stopsEverything } from './refused.js'
import { Missing, requestId, type Sender } from './send.js'
import { produce } from './steps/produce.js'
import { Dropped, type Ask } from './steps/reply.js'

export interface BatchOptions {
  plan: Plan
  provider: Provider
  client: BatchClient
  baseUrl: string | undefined
  journal: Journal
  sender: Sender
  budget: Budget
  price: KnownPrice | undefined
  /** Wait for batches that are not done; else leave them for the next run. */
  wait: boolean
  /** The file that is uploaded is put here for a while. */
  scratch: string
  signal: AbortSignal
  onEvent: OnEvent
}

// OpenAI takes 50,000 requests and 200 MB a batch.
const MOST_REQUESTS = 20_000
const MOST_BYTES = 100 * 1024 * 1024
const LOOK_FIRST = 1000
const LOOK_LONGEST = 60_000
const TRIES = 6

/**
 * Collects what earlier batches gave, then submits what is missing as a batch, until nothing is missing: an item with
 * several steps takes a batch for each. Returns the error that ended it early, if one did.
 */
export async function runBatches(options: BatchOptions): Promise<VdataError | undefined> {
  for (;;) {
    const before = options.journal.answers + options.journal.refusals
    const collected = options.journal.batches.length > 0
    const waiting = await collectBatches(options)
    if (waiting) return waiting
    if (collected && options.journal.answers + options.journal.refusals === before) return nothingCame()
    // What batches reserve and cost is in the journal only.
    options.budget.spentIs(options.journal.committed)
    const missing = await gather(options)
    if (missing === 'none') return undefined
    if (missing === 'budget') return options.budget.reached()
    await submit(options, missing)
    if (!options.wait) return leftOpen(options.journal.batches)
  }
}

/** Takes over what batches gave that were submitted before. Returns an error when one of them has to be waited for. */
export async function collectBatches(options: BatchOptions): Promise<VdataError | undefined> {
  for (const batch of options.journal.batches) {
    const state = await whenOver(options, batch)
    if (state === 'open') return leftOpen(options.journal.batches)
    if (state === 'interrupted') {
      return new VdataError(
        'interrupted',
        'INTERRUPTED',
        'Stopped on your wish; the batch goes on.',
        'Run the same command again to collect it.'
      )
    }
    if (state?.status === 'failed') await closeFailed(options, batch, state)
    if (state) for (const file of state.files) await takeResults(options, file)
    await options.journal.batch({ type: 'collected', name: batch.name })
  }
  return undefined
}

/** Waits until a batch is over; undefined when it was never submitted. */
async function whenOver(
  options: BatchOptions,
  batch: OpenBatch
): Promise<BatchState | 'open' | 'interrupted' | undefined> {
  const { client, journal, signal, onEvent } = options
  const found = await tried(options, () =>
    batch.id === undefined ? client.find(batch.name, signal) : client.state(batch.id, signal)
  )
  if (!found) return undefined
  let state: BatchState = found
  if (batch.id === undefined) await journal.batch({ type: 'submitted', name: batch.name, batch: state.id })
  for (let wait = LOOK_FIRST; ; wait = Math.min(LOOK_LONGEST, wait * 1.5)) {
    const { id, status, completed, total }: BatchState = state
    onEvent({ event: 'batch', id, status, completed, total })
    if (state.over) return state
    if (!options.wait) return 'open'
    const stopped = await sleep(wait, signal).then(
      () => false,
      () => true
    )
    if (stopped) return 'interrupted'
    state = await tried(options, () => client.state(id, signal))
  }
}

async function closeFailed(options: BatchOptions, { name }: OpenBatch, { id, problem }: BatchState): Promise<never> {
  await options.journal.batch({ type: 'collected', name })
  throw new VdataError(
    'config',
    'BATCH_REFUSED',
    `The batch ${id} was refused: ${problem ?? 'no reason was given'}.`,
    'Change what it names in the recipe.'
  )
}

async function takeResults(options: BatchOptions, file: string): Promise<void> {
  const { client, journal, provider, price, signal } = options
  for await (const { id, raw, refusal } of client.results(file, signal)) {
    // Not ours, or here since the last time that this file was read.
    if (!/^[0-9a-f]{64}$/.test(id) || journal.has(id)) continue
    if (raw !== undefined) {
      await journal.answered(id, raw)
      const usage = usageIn(provider, raw)
      if (usage) await journal.paid({ id, cost: costOfUsage(price, usage, true), ...usage })
      else await journal.failed({ id, kind: 'bad_response', billed: true, void: true })
    } else if (refusal && refusal.status >= 400 && refusal.status < 500 && refusal.status !== 429) {
      const kind = refusal.code === 'content_filter' ? 'content_filter' : 'bad_request'
      await journal.refuse(id, kind, `${refusal.status} ${refusal.message}`.slice(0, 500))
    }
  }
}

function usageIn(provider: Provider, raw: string) {
  try {
    return provider.read(raw).usage
  } catch (error) {
    if (error instanceof ProviderFailure) return undefined
    throw error
  }
}

interface Chunk {
  requests: { id: string; request: ChatRequest }[]
  /** Dollars that it can cost at most. */
  cost: number | null
}

/** The next requests that have no answer: as many as a batch, and the budget, holds. */
async function gather({ plan, provider, sender, budget, baseUrl }: BatchOptions): Promise<Chunk | 'none' | 'budget'> {
  const requests = new Map<string, ChatRequest>()
  let bytes = 0
  let cost: number | null = null
  let full = false
  let overBudget = false
  const ask: Ask = async (request, sample = 0) => {
    try {
      return await sender.recall(request, sample)
    } catch (error) {
      const id = error instanceof Missing ? requestId(provider, request, sample) : undefined
      if (id !== undefined && !requests.has(id)) {
        const need = sender.need(request, true)
        bytes += Buffer.byteLength(batchLine(id, request, { baseUrl })) + 1
        overBudget = !budget.fits((cost ?? 0) + (need.cost ?? 0))
        full = requests.size >= MOST_REQUESTS || bytes > MOST_BYTES || overBudget
        if (!full) {
          requests.set(id, request)
          cost = need.cost === null ? cost : (cost ?? 0) + need.cost
        }
      }
      throw error
    }
  }
  for (const item of plan.list()) {
    if (full) break
    try {
      await produce(plan, item, ask)
    } catch (error) {
      if (!(error instanceof Missing || error instanceof Dropped)) throw error
    }
  }
  if (requests.size === 0) return overBudget ? 'budget' : 'none'
  return { requests: [...requests].map(([id, request]) => ({ id, request })), cost }
}

async function submit(options: BatchOptions, { requests, cost }: Chunk): Promise<void> {
  const { client, journal, scratch, baseUrl, signal, onEvent } = options
  const name = randomUUID()
  // Before the provider hears of it: should the process end in between, the next run looks for a batch of this name.
  await journal.batch({ type: 'batch', name, reserved: cost, count: requests.length })
  try {
    await using handle = await open(scratch, 'w', 0o600)
    for (const { id, request } of requests) await handle.appendFile(`${batchLine(id, request, { baseUrl })}\n`)
    await handle.close()
    const state = await client.submit(scratch, name, signal).catch(async (error: unknown) => {
      if (!(error instanceof ProviderFailure)) throw error
      // The connection may have broken after the batch was made. Only a refusal says that it was not.
      if (!error.billed) await journal.batch({ type: 'collected', name })
      return ended(options, error)
    })
    await journal.batch({ type: 'submitted', name, batch: state.id })
    onEvent({ event: 'batch', id: state.id, status: state.status, completed: 0, total: requests.length })
  } finally {
    await rm(scratch, { force: true })
  }
}

/** Asks again for what only reads, a few times. */
async function tried<T>(options: BatchOptions, read: () => Promise<T>): Promise<T> {
  const { backoff } = options.plan.recipe
  for (let number = 1; ; number++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error
      const passing = ['rate_limited', 'server', 'connection', 'timeout'].includes(error.kind)
      if (!passing || number === TRIES) return ended(options, error)
      await sleep(error.retryAfter ?? backoff.first * 1000 * number, options.signal)
    }
  }
}

async function ended({ plan, provider, signal }: BatchOptions, failure: ProviderFailure): Promise<never> {
  const error = await stopsEverything(failure, plan.recipe, provider, signal)
  throw (
    error ??
    new VdataError(
      'unfinished',
      'BATCH_UNREACHABLE',
      `The batch could not be submitted or looked at: ${failure.message}.`,
      'Run the same command again; no request is submitted twice.',
      { cause: failure }
    )
  )
}

function leftOpen(batches: readonly OpenBatch[]): VdataError {
  const names = batches.map(({ id, name }) => id ?? name).join(', ')
  return new VdataError(
    'unfinished',
    'BATCH_OPEN',
    `The batch ${names} is not done yet.`,
    'Run the same command again, within a day or so, to collect it.'
  )
}

function nothingCame(): VdataError {
  return new VdataError(
    'unfinished',
    'BATCH_EMPTY',
    'The last batch brought no answer.',
    'Run the same command again later, or without --batch.'
  )
}
