import test from 'brittle'
import { recipeFor, run, linesOf } from '../helpers/generate.js'
import { ProviderServer, type Fault } from '../helpers/provider-server.js'

const PRICES = { input: 3, output: 15 }
const MOST_TOKENS = 200

/** What the server would put on the bill, in dollars. */
function bill({ billed }: ProviderServer): number {
  return (billed.input * PRICES.input + billed.output * PRICES.output) / 1_000_000
}

/** Every tenth answer without usage, every ninth request fails in one way or another. */
function fault(_: unknown, number: number): Fault | undefined {
  if (number % 10 === 3) return { kind: 'no_usage' }
  if (number % 36 === 7) return { kind: 'status', status: 500 }
  if (number % 36 === 16) return { kind: 'half' }
  if (number % 36 === 25) return { kind: 'reset' }
  if (number % 36 === 34) return { kind: 'status', status: 429 }
  return undefined
}

function randomAnswer({ hash }: { hash: string }): string {
  const length = 1 + (Number.parseInt(hash.slice(0, 6), 16) % MOST_TOKENS)
  return Array.from({ length }, (_, index) => `${hash.slice(index % 60, (index % 60) + 4)}${index}`).join(' ')
}

test('a budget is never exceeded, with 64 in flight, random lengths, missing usage and retries', async (t) => {
  const server = await ProviderServer.start(t, { latency: 250, fault, answer: randomAnswer })
  const folder = await t.tmp()
  const recipe = recipeFor(server, 600, {
    count: 600,
    concurrency: 64,
    max_tokens: MOST_TOKENS,
    prices: PRICES,
    budget_warn: 0.1,
    keep: { near_duplicates: true }
  })
  let spentBefore = 0
  for (const budget of [0.2, 0.5]) {
    const result = await run(folder, { ...recipe, budget })
    t.is(result.ended?.code, 'BUDGET_REACHED')
    t.is(result.ended?.failure, 'budget')
    t.ok(bill(server) <= budget, `the server would bill $${bill(server).toFixed(4)} of $${budget}`)
    t.ok(result.spent! <= budget + 1e-9, `counted $${result.spent!.toFixed(4)}`)
    t.ok(result.spent! >= bill(server) - 1e-9, 'the count is never below the bill')
    t.ok(result.spent! > budget * 0.9, 'the budget is used')
    t.ok(result.spent! > spentBefore)
    t.ok(server.mostInFlight > 48, `${server.mostInFlight} were in flight`)
    const records = await linesOf(result.files.output)
    t.is(records.length, server.answered.size - unjournaled(server, records), 'what was bought is in the output')
    t.ok(result.events.some(({ event }) => event === 'budget_warning'))
    spentBefore = result.spent!
  }
  const whole = await run(folder, { ...recipe, budget: 100 })
  t.is(whole.records, 600)
  t.absent(whole.ended)
})

/** Distinct requests of which the only answer was cut off on its way, so that the client never had it. */
function unjournaled(server: ProviderServer, records: { prompt: string }[]): number {
  const kept = new Set(records.map(({ prompt }) => prompt))
  const lost = server.asked.filter(({ hash, prompt }) => server.answered.has(hash) && !kept.has(prompt))
  return new Set(lost.map(({ hash }) => hash)).size
}

test('a killed process may have bought what was in flight: it counts', async (t) => {
  const server = await ProviderServer.start(t, { answer: randomAnswer })
  const folder = await t.tmp()
  const recipe = recipeFor(server, 20, { prices: PRICES, max_tokens: MOST_TOKENS, budget: 100 })
  const { files, spent } = await run(folder, recipe)
  const { appendFile } = await import('node:fs/promises')
  await appendFile(files.journal, `${JSON.stringify({ type: 'sent', id: 'a'.repeat(64), reserved: 7 })}\n{"type":"answ`)
  const again = await run(folder, recipe)
  t.ok(Math.abs(again.spent! - spent! - 7) < 1e-9)
})

test('without a price there is no budget', async (t) => {
  const server = await ProviderServer.start(t)
  await t.exception(
    async () => run(await t.tmp(), recipeFor(server, 5, { budget: 1 })),
    /price of test-model is not known/
  )
  t.is(server.requests, 0)
})

test('an unknown price is unknown and not zero', async (t) => {
  const server = await ProviderServer.start(t)
  const { spent, estimate, events } = await run(await t.tmp(), recipeFor(server, 5))
  t.is(spent, null)
  t.is(estimate.cost, null)
  t.is(estimate.energy, undefined)
  t.ok(events.every((event) => event.event !== 'progress' || event.spent === null))
})

test('the estimate covers what the run takes', async (t) => {
  const server = await ProviderServer.start(t, { answer: randomAnswer })
  const recipe = recipeFor(server, 50, { prices: PRICES, max_tokens: MOST_TOKENS, judge: { threshold: 0 } })
  const dry = await run(await t.tmp(), recipe, { dryRun: true })
  t.is(server.requests, 0)
  const { estimate } = dry
  t.is(estimate.requests, 100)
  await run(await t.tmp(), { ...recipe, judge: undefined })
  t.ok(bill(server) <= estimate.cost!.high)
  t.is(estimate.price?.source, 'the recipe')
})
