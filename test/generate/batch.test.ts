import { readFile } from 'node:fs/promises'
import test from 'brittle'
import { linesOf, recipeFor, run } from '../helpers/generate.js'
import { ProviderServer } from '../helpers/provider-server.js'

test('a batch: submitted, left, collected by the next run, never submitted twice', async (t) => {
  const server = await ProviderServer.start(t)
  server.batches.behaviour.polls = 3
  const folder = await t.tmp()
  const recipe = recipeFor(server, 50, {
    batch: true,
    prices: { input: 2, output: 8, batch_input: 1, batch_output: 4 }
  })
  const submitted = await run(folder, recipe, { wait: false })
  t.is(submitted.ended?.failure, 'unfinished')
  t.is(submitted.records, 0)
  t.is(server.batches.all.length, 1)
  const waiting = await run(folder, recipe, { wait: false })
  t.is(waiting.ended?.code, 'BATCH_OPEN')
  const one = await run(folder, { ...recipe, batch: false })
  t.is(one.ended?.code, 'BATCH_OPEN', 'without --batch it is not paid a second time either')
  const collected = await run(folder, recipe, { wait: false })
  t.absent(collected.ended)
  t.is(collected.records, 50)
  t.is(server.batches.all.length, 1)
  t.is(server.requests, 0, 'no single request was sent')
  const { input, output } = server.billed
  t.ok(Math.abs(collected.spent! - (input * 1 + output * 4) / 1e6) < 1e-9, 'at the price of a batch')
  t.is((await linesOf(collected.files.output)).length, 50)
})

test('an expired batch: what it finished is used, the rest is submitted again', async (t) => {
  const server = await ProviderServer.start(t)
  server.batches.behaviour.expiresAfter = 20
  const folder = await t.tmp()
  const { records, ended } = await run(folder, recipeFor(server, 50, { batch: true }))
  t.absent(ended)
  t.is(records, 50)
  t.alike(
    server.batches.all.map(({ total }) => total),
    [50, 30, 10]
  )
  t.is(server.answered.size, 50)
  t.ok(
    [...server.answered.values()].every((times) => times === 1),
    'nothing was answered twice'
  )
})

test('a batch whose creation was not heard of is found again by its name', async (t) => {
  const server = await ProviderServer.start(t)
  server.batches.behaviour.loseCreation = true
  const folder = await t.tmp()
  const first = await run(folder, recipeFor(server, 10, { batch: true }))
  t.is(first.ended?.code, 'BATCH_UNREACHABLE')
  const second = await run(folder, recipeFor(server, 10, { batch: true }))
  t.is(second.records, 10)
  t.is(server.batches.all.length, 1)
})

test('steps that follow on one another take a batch each', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: ({ prompt, hash }) => (prompt.startsWith('Rate') ? '{"score": 8}' : `Answer ${hash.slice(0, 30)}`)
  })
  const { records } = await run(await t.tmp(), recipeFor(server, 10, { batch: true, evolve: ['deepen'], judge: {} }))
  t.is(records, 10)
  t.alike(
    server.batches.all.map(({ total }) => total),
    [10, 10, 10]
  )
})

test('a budget holds for batches: as much is submitted as fits', async (t) => {
  const server = await ProviderServer.start(t)
  const prices = { input: 2, output: 8, batch_input: 1, batch_output: 4 }
  const recipe = recipeFor(server, 50, { batch: true, prices, budget: 0.003 })
  const { ended, records, spent } = await run(await t.tmp(), recipe)
  t.is(ended?.failure, 'budget')
  t.ok(records > 0 && records < 50, `${records} records`)
  t.ok(spent! <= 0.003)
  t.ok(server.batches.all.length > 1, 'what was reserved and not used is spent on more')
})

test('stopping while a batch is on its way leaves it to the next run', async (t) => {
  const server = await ProviderServer.start(t)
  server.batches.behaviour.polls = 1000
  const folder = await t.tmp()
  const controller = new AbortController()
  const stopped = await run(folder, recipeFor(server, 5, { batch: true }), {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.event === 'batch' && event.id !== undefined) controller.abort()
    }
  })
  t.is(stopped.ended?.failure, 'interrupted')
  server.batches.all[0]!.polls = 1
  const { records, files } = await run(folder, recipeFor(server, 5, { batch: true }))
  t.is(records, 5)
  t.is(server.batches.all.length, 1)
  t.is((await readFile(files.journal, 'utf8')).match(/"type":"batch"/g)?.length, 1)
})
