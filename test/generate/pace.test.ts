import test from 'brittle'
import { recipeFor, run } from '../helpers/generate.js'
import { ProviderServer } from '../helpers/provider-server.js'
import { backoff } from '../../lib/generate/pace/backoff.js'
import { Concurrency } from '../../lib/generate/pace/concurrency.js'
import { Window } from '../../lib/generate/pace/window.js'
import { readLimits, readRetryAfter } from '../../lib/generate/providers/http.js'

/** The most that any window of `length` milliseconds holds, wherever it begins. */
function mostInAnyWindow(entries: readonly { at: number; amount: number }[], length: number): number {
  let most = 0
  let sum = 0
  let from = 0
  for (const { at, amount } of entries) {
    sum += amount
    while (entries[from]!.at <= at - length) sum -= entries[from++]!.amount
    most = Math.max(most, sum)
  }
  return most
}

// A minute of the test is two seconds long.
const MINUTE = 2000

test('requests a minute stay under the limit in every window', async (t) => {
  const server = await ProviderServer.start(t, { latency: ({ hash }) => Number.parseInt(hash.slice(0, 2), 16) })
  const limit = 40
  const { records } = await run(
    await t.tmp(),
    recipeFor(server, 130, { requests_per_minute: limit, concurrency: 64 }),
    { window: MINUTE }
  )
  t.is(records, 130)
  const most = mostInAnyWindow(
    server.asked.map(({ at }) => ({ at, amount: 1 })),
    MINUTE
  )
  t.ok(most <= limit, `at most ${most} requests in ${MINUTE} ms`)
  t.ok(most > limit / 2, 'the limit is used')
})

test('tokens a minute stay under the limit in every window', async (t) => {
  const server = await ProviderServer.start(t, { latency: ({ hash }) => Number.parseInt(hash.slice(0, 2), 16) / 4 })
  const limit = 4000
  const recipe = recipeFor(server, 200, { tokens_per_minute: limit, concurrency: 64, max_tokens: 100 })
  const { records } = await run(await t.tmp(), recipe, { window: MINUTE })
  t.is(records, 200)
  const most = mostInAnyWindow(
    server.ledger.map(({ at, tokens }) => ({ at, amount: tokens })),
    MINUTE
  )
  t.ok(most <= limit, `at most ${most} tokens in ${MINUTE} ms`)
  t.ok(most > limit / 4, `the limit is used: ${most}`)
})

test('limits are read from the headers; those set by hand go over them', async (t) => {
  const headers = {
    'x-ratelimit-limit-requests': '30',
    'x-ratelimit-remaining-requests': '29',
    'x-ratelimit-reset-requests': '2s',
    'x-ratelimit-limit-tokens': '90000'
  }
  for (const [provider, byHand, limit] of [
    ['openai', undefined, 30],
    ['gemini', undefined, 30],
    ['openai', 50, 50]
  ] as const) {
    const server = await ProviderServer.start(t, { headers })
    const recipe = recipeFor(server, 70, { provider, requests_per_minute: byHand })
    const { events } = await run(await t.tmp(), recipe, { window: MINUTE })
    const seen = events.find((event) => event.event === 'limits')
    t.is(seen?.requests_per_minute, limit)
    t.is(seen?.tokens_per_minute, 90_000)
    const most = mostInAnyWindow(
      server.asked.map(({ at }) => ({ at, amount: 1 })),
      MINUTE
    )
    t.ok(most <= limit, `${provider}: at most ${most} of ${limit}`)
  }
})

test('a request that needs more tokens than the limit goes alone', async (t) => {
  const server = await ProviderServer.start(t)
  const { records } = await run(await t.tmp(), recipeFor(server, 3, { tokens_per_minute: 50 }), { window: 100 })
  t.is(records, 3)
  t.is(server.mostInFlight, 1)
})

test('a window holds wherever it begins', (t) => {
  const window = new Window(10, 1000, false)
  const settle = Array.from({ length: 10 }, () => window.take(1, 0))
  t.is(window.wait(1, 500), Infinity, 'what is in flight counts until it is done')
  for (const done of settle) done(600, 1)
  t.is(window.wait(1, 1000), 600)
  t.is(window.wait(1, 1600), 0)
  const entry = window.take(8, 1600)
  t.ok(window.wait(3, 1700) > 0)
  entry(1700, 2)
  t.is(window.wait(3, 1700), 0, 'what was not used is given back')
})

test('concurrency doubles, is halved by refusals, and grows by one a round then', (t) => {
  const adaptive = new Concurrency()
  t.is(adaptive.limit, 1, 'one until the first answer')
  adaptive.answered(1)
  t.is(adaptive.limit, 16)
  for (let i = 0; i < 16; i++) adaptive.answered(16)
  t.is(adaptive.limit, 32)
  adaptive.overloaded(5000)
  adaptive.overloaded(5100)
  t.is(adaptive.limit, 16, 'halved once for the refusals of one moment')
  for (let i = 0; i < 17; i++) adaptive.answered(16)
  t.is(adaptive.limit, 17)
  const byHand = new Concurrency(64)
  t.is(byHand.limit, 64)
  for (let i = 0; i < 1000; i++) byHand.answered(64)
  t.is(byHand.limit, 64)
})

test('a rate limit cuts the concurrency and defers the requests; none is dropped', async (t) => {
  let allowed = 5
  const server = await ProviderServer.start(t, {
    latency: 10,
    // A server that bears five at a time.
    fault: () => (server.inFlight > allowed ? { kind: 'status', status: 429 } : undefined)
  })
  const { records, events } = await run(await t.tmp(), recipeFor(server, 100, { concurrency: 16, attempts: 2 }))
  allowed = 0
  t.is(records, 100)
  t.ok(events.some((event) => event.event === 'retry' && event.kind === 'rate_limited'))
})

test('full jitter: between nothing and a bound that doubles', (t) => {
  t.is(
    backoff(1, 1000, 60_000, () => 1),
    1000
  )
  t.is(
    backoff(4, 1000, 60_000, () => 1),
    8000
  )
  t.is(
    backoff(20, 1000, 60_000, () => 1),
    60_000
  )
  t.is(
    backoff(4, 1000, 60_000, () => 0),
    0
  )
})

test('Retry-After and limit headers in all their forms', (t) => {
  const headers = (of: { [name: string]: string }) => (name: string) => of[name] ?? null
  t.is(readRetryAfter(headers({ 'retry-after': '7' })), 7000)
  t.is(readRetryAfter(headers({ 'retry-after': '0.5' })), 500)
  t.is(readRetryAfter(headers({ 'retry-after-ms': '250', 'retry-after': '9' })), 250)
  t.is(
    readRetryAfter(headers({ 'retry-after': 'Wed, 21 Oct 2026 07:28:10 GMT' }), Date.parse('2026-10-21T07:28:00Z')),
    10_000
  )
  t.is(readRetryAfter(headers({ 'retry-after': 'Wed, 21 Oct 2020 07:28:10 GMT' })), 0)
  t.is(readRetryAfter(headers({ 'retry-after': 'soon' })), undefined)
  t.is(readRetryAfter(headers({})), undefined)
  const limits = (limit: string, remaining: string, reset: string) =>
    readLimits(
      headers({
        'x-ratelimit-limit-requests': limit,
        'x-ratelimit-remaining-requests': remaining,
        'x-ratelimit-reset-requests': reset
      })
    ).requestsPerMinute
  t.is(limits('500', '499', '120ms'), 500)
  t.is(limits('14400', '14370', '2m59.56s'), undefined, 'a limit by the day is no pace')
  t.is(limits('0', '0', '1s'), undefined)
  t.is(limits('many', '1', '1s'), undefined)
})
