import test, { type Assert } from 'brittle'
import { VdataError } from '../../lib/errors.js'
import type { RecipeInput } from '../../lib/generate/index.js'
import { linesOf, recipeFor, run, type Ran } from '../helpers/generate.js'
import { ProviderServer, type Fault } from '../helpers/provider-server.js'

/** Ten prompts; the server does `fault` to the first `times` requests of the prompt about subject 3. */
async function tenPrompts(
  t: Assert,
  fault: Fault | ((number: number) => Fault),
  times: number,
  more: Partial<RecipeInput> = {}
): Promise<{ server: ProviderServer; result: Ran; requests: number }> {
  let done = 0
  const server = await ProviderServer.start(t, {
    fault: ({ prompt }) => {
      if (!prompt.includes('subject 3.') || done >= times) return undefined
      return typeof fault === 'function' ? fault(done++) : (done++, fault)
    }
  })
  const result = await run(await t.tmp(), recipeFor(server, 10, { attempts: 4, ...more }))
  return { server, result, requests: server.requests }
}

for (const provider of ['openai', 'gemini'] as const) {
  const more = { provider }

  test(`${provider}: 429 with Retry-After in seconds is waited for and asked once more`, async (t) => {
    const headers = { 'retry-after': '1' }
    const { server, result, requests } = await tenPrompts(t, { kind: 'status', status: 429, headers }, 1, more)
    t.is(requests, 11)
    t.is(result.records, 10)
    const [first, second] = server.asked.filter(({ prompt }) => prompt.includes('subject 3.')).map(({ at }) => at)
    t.ok(second! - first! >= 1000, `waited ${second! - first!} ms`)
    const between = server.asked.filter(({ at }) => at > first! + 100 && at < first! + 1000)
    t.is(between.length, 0, 'nothing else was sent in that second')
  })

  test(`${provider}: 429 with Retry-After as a date`, async (t) => {
    const until = Math.ceil(Date.now() / 1000) * 1000 + 2000
    const headers = { 'retry-after': new Date(until).toUTCString() }
    const { server, result, requests } = await tenPrompts(t, { kind: 'status', status: 429, headers }, 1, more)
    t.is(requests, 11)
    t.is(result.records, 10)
    const again = server.asked.findLast(({ prompt }) => prompt.includes('subject 3.'))!
    t.ok(again.at >= until, `sent again ${again.at - until} ms after that moment`)
  })

  for (const status of [500, 503]) {
    test(`${provider}: ${status} twice is asked three times`, async (t) => {
      const { result, requests } = await tenPrompts(t, { kind: 'status', status }, 2, more)
      t.is(requests, 12)
      t.is(result.records, 10)
    })
  }

  test(`${provider}: a server that always fails for one prompt is asked as often as the recipe says`, async (t) => {
    const { result, requests } = await tenPrompts(t, { kind: 'status', status: 500 }, 99, { ...more, concurrency: 2 })
    t.is(requests, 9 + 4)
    t.is(result.records, 9)
    t.is(result.unanswered, 1)
    t.is(result.ended?.failure, 'unfinished')
  })

  for (const kind of ['reset', 'half'] as const) {
    test(`${provider}: ${kind === 'reset' ? 'a reset connection' : 'half a response'} is asked again`, async (t) => {
      const { result, requests } = await tenPrompts(t, { kind }, 1, more)
      t.is(requests, 11)
      t.is(result.records, 10)
    })
  }

  test(`${provider}: a stall is given up after the timeout and asked again`, async (t) => {
    const { result, requests } = await tenPrompts(t, { kind: 'stall' }, 1, { ...more, timeout: 3 })
    t.is(requests, 11)
    t.is(result.records, 10)
    t.ok(result.events.some((event) => event.event === 'retry' && event.kind === 'timeout'))
  })

  test(`${provider}: a wrong content type is asked once more`, async (t) => {
    const once = await tenPrompts(t, { kind: 'html' }, 1, { ...more, concurrency: 2 })
    t.is(once.requests, 11)
    t.is(once.result.records, 10)
    const always = await tenPrompts(t, { kind: 'html' }, 99, { ...more, concurrency: 2 })
    t.is(always.requests, 11)
    t.is(always.result.unanswered, 1)
    const first = await tenPrompts(t, { kind: 'html' }, 99, { ...more, concurrency: 1 })
    t.is(first.result.unanswered, 1)
  })

  test(`${provider}: a server that is no provider at all is asked twice`, async (t) => {
    const server = await ProviderServer.start(t, { fault: () => ({ kind: 'html' }) })
    const { ended } = await run(await t.tmp(), recipeFor(server, 10, more))
    t.is(server.requests, 2)
    t.is(ended?.code, 'BAD_RESPONSE')
    t.ok(ended?.message.includes('text/html'))
  })

  test(`${provider}: absent usage is kept as unknown`, async (t) => {
    const { result, requests } = await tenPrompts(t, { kind: 'no_usage' }, 1, more)
    t.is(requests, 10)
    const records = await linesOf(result.files.output)
    t.is(records.filter((record) => record['output_tokens'] === undefined).length, 1)
    t.is(result.unpriced, 10, 'no price is known for a server of this kind')
  })

  test(`${provider}: an empty choice is paid, dropped and not asked again`, async (t) => {
    for (const kind of ['no_choice', 'empty'] as const) {
      const { result, requests } = await tenPrompts(t, { kind }, 1, more)
      t.is(requests, 10)
      t.alike(result.dropped, { empty: 1 })
      t.is(result.records, 9)
    }
  })

  test(`${provider}: a content filter is never asked again, not in the next run either`, async (t) => {
    const server = await ProviderServer.start(t, {
      fault: ({ prompt }) => (prompt.includes('subject 3.') ? { kind: 'content_filter' } : undefined)
    })
    const folder = await t.tmp()
    for (const _ of [1, 2]) {
      const { dropped, records } = await run(folder, recipeFor(server, 10, more))
      t.alike(dropped, { content_filter: 1 })
      t.is(records, 9)
      t.is(server.requests, 10)
    }
  })

  test(`${provider}: a cut-off answer is asked for once more with twice the room`, async (t) => {
    const once = await tenPrompts(t, { kind: 'length' }, 1, more)
    t.is(once.requests, 11)
    t.is(once.result.records, 10)
    const rooms = once.server.asked
      .filter(({ prompt }) => prompt.includes('subject 3.'))
      .map(({ body }) => roomOf(body))
    t.alike(rooms, [200, 400])
    const always = await tenPrompts(t, { kind: 'length' }, 99, more)
    t.is(always.requests, 11)
    t.alike(always.result.dropped, { truncated: 1 })
  })

  test(`${provider}: a refused key ends the run after one request, with a sentence about the key`, async (t) => {
    for (const status of [401, 403]) {
      const server = await ProviderServer.start(t, {
        fault: () => ({ kind: 'status', status, message: 'Incorrect API key' })
      })
      const { ended, records } = await run(await t.tmp(), recipeFor(server, 10, more))
      t.is(server.requests, 1)
      t.is(ended?.failure, 'config')
      t.ok(/key/.test(ended?.advice ?? ''))
      t.is(records, 0)
    }
  })

  test(`${provider}: an unknown model ends the run after one request, with the models that there are`, async (t) => {
    const server = await ProviderServer.start(t, {
      models: ['alpha-1', 'beta-2'],
      fault: () => ({
        kind: 'status',
        status: 404,
        message: 'The model `test-model` does not exist',
        code: 'model_not_found'
      })
    })
    const { ended } = await run(await t.tmp(), recipeFor(server, 10, more))
    t.is(server.requests, 1)
    t.is(ended?.code, 'MODEL_NOT_FOUND')
    t.is(ended?.advice, 'It offers alpha-1, beta-2.')
  })

  test(`${provider}: a request that is refused as such ends a run that has not had an answer`, async (t) => {
    const server = await ProviderServer.start(t, {
      fault: () => ({ kind: 'status', status: 400, message: 'no such parameter' })
    })
    const { ended } = await run(await t.tmp(), recipeFor(server, 10, more))
    t.is(server.requests, 1)
    t.is(ended?.code, 'REQUEST_REFUSED')
    const later = await tenPrompts(t, { kind: 'status', status: 400, message: 'too long' }, 1, {
      ...more,
      concurrency: 1,
      seed: 4
    })
    t.is(later.requests, 10)
    t.alike(later.result.dropped, { bad_request: 1 })
  })

  test(`${provider}: no server is an error of its own`, async (t) => {
    const server = await ProviderServer.start(t)
    const recipe = recipeFor(server, 10, { ...more, attempts: 3 })
    await server.stop()
    const { ended } = await run(await t.tmp(), recipe)
    t.ok(ended instanceof VdataError)
    t.is(ended?.failure, 'network')
    t.ok(ended?.message.includes('ECONNREFUSED'))
  })
}

test('openai: money that is gone is no rate limit', async (t) => {
  const server = await ProviderServer.start(t, {
    fault: () => ({
      kind: 'status',
      status: 429,
      message: 'You exceeded your current quota',
      code: 'insufficient_quota'
    })
  })
  const { ended } = await run(await t.tmp(), recipeFor(server, 10))
  t.is(server.requests, 1)
  t.is(ended?.code, 'QUOTA_EXCEEDED')
})

test('openai: half a response that looks whole is void, and asked again', async (t) => {
  let broken = true
  const server = await ProviderServer.start(t, { answer: () => 'An answer.' })
  const folder = await t.tmp()
  const recipe = recipeFor(server, 1)
  const { files } = await run(folder, recipe)
  t.is(server.requests, 1)
  // The process was killed after it wrote an answer that is none, and before it wrote that it is none.
  const { readFile, writeFile } = await import('node:fs/promises')
  const journal = await readFile(files.journal, 'utf8')
  const spoilt = journal
    .split('\n')
    .map((line) => (line.includes('"answer"') && broken ? ((broken = false), spoil(line)) : line))
  await writeFile(files.journal, spoilt.join('\n'))
  const again = await run(folder, recipe)
  t.is(server.requests, 2)
  t.is(again.records, 1)
})

function spoil(line: string): string {
  const entry = JSON.parse(line) as { raw: string }
  return JSON.stringify({ ...entry, raw: entry.raw.slice(0, 20) })
}

function roomOf(body: { [key: string]: unknown }): unknown {
  return body['max_tokens'] ?? (body['generationConfig'] as { maxOutputTokens?: number }).maxOutputTokens
}
