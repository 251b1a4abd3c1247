import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { linesOf, recipeFor, run } from '../helpers/generate.js'
import { ProviderServer } from '../helpers/provider-server.js'

const NUMBERS = (count: number, word: string) => Array.from({ length: count }, (_, index) => `${word} ${index}`)

test('one changed value of a finished recipe of 1,000 requests: only the requests with it are sent', async (t) => {
  const server = await ProviderServer.start(t)
  const folder = await t.tmp()
  const recipe = recipeFor(server, 0, {
    variables: { a: NUMBERS(10, 'river'), b: NUMBERS(10, 'town'), c: NUMBERS(10, 'year') },
    prompt: 'The {{a}} in {{b}}, {{c}}.',
    temperature: { min: 0.2, max: 1.2 },
    top_p: { choices: [0.8, 0.9, 1] },
    examples: {
      pool: Array.from({ length: 20 }, (_, index) => ({ prompt: `p${index}`, response: `r${index}` })),
      count: 3
    },
    count: 1000
  })
  t.is((await run(folder, recipe)).records, 1000)
  t.is(server.requests, 1000)

  const variables = { ...recipe.variables!, b: [...NUMBERS(3, 'town'), 'village 3', ...NUMBERS(10, 'town').slice(4)] }
  const changed = await run(folder, { ...recipe, variables })
  t.is(server.requests, 1100)
  t.ok(server.asked.slice(1000).every(({ prompt }) => prompt.includes('village 3')))
  t.is(changed.records, 1000)
  t.is(changed.cached, 900)

  await run(folder, recipe)
  t.is(server.requests, 1100, 'back again, nothing is asked')
})

test('more of the same recipe pays for the new part only', async (t) => {
  const server = await ProviderServer.start(t)
  const folder = await t.tmp()
  const recipe = recipeFor(server, 500)
  await run(folder, { ...recipe, count: 60 })
  const first = await linesOf(join(folder, 'out.jsonl'))
  const { recipe: hash } = await run(folder, { ...recipe, count: 90, concurrency: 3, timeout: 30, confirm_over: 3 })
  t.is(server.requests, 90)
  const both = await linesOf(join(folder, 'out.jsonl'))
  t.alike(both.slice(0, 60), first, 'the first ones are the same, with their time and provenance')
  t.is(both.at(-1)!['recipe'], hash)
})

test('prompts that are asked for more often than there are combinations get other answers', async (t) => {
  const server = await ProviderServer.start(t)
  const folder = await t.tmp()
  const result = await run(folder, {
    ...recipeFor(server, 4),
    count: 12,
    keep: { duplicates: true, near_duplicates: true }
  })
  t.is(server.requests, 12, 'three answers to each of four prompts')
  t.is(result.records, 12)
  t.is(
    (
      await run(folder, {
        ...recipeFor(server, 4),
        count: 12,
        samples: 3,
        keep: { duplicates: true, near_duplicates: true }
      })
    ).cached,
    12
  )
})

test('the same recipe and seed give the same requests in the same order; another seed does not', async (t) => {
  const server = await ProviderServer.start(t)
  const recipe = recipeFor(server, 200, {
    count: 40,
    concurrency: 1,
    temperature: { mean: 1, deviation: 0.3 },
    send_seed: true
  })
  await run(await t.tmp(), recipe)
  await run(await t.tmp(), recipe)
  await run(await t.tmp(), { ...recipe, seed: 7 })
  const hashes = server.asked.map(({ hash }) => hash)
  t.alike(hashes.slice(40, 80), hashes.slice(0, 40))
  t.unlike(hashes.slice(80), hashes.slice(0, 40))
})

test('a torn last line is cut off, a damaged one skipped; the rest is used', async (t) => {
  const server = await ProviderServer.start(t)
  const folder = await t.tmp()
  const recipe = recipeFor(server, 20)
  const { files } = await run(folder, recipe)
  const lines = (await readFile(files.journal, 'utf8')).trimEnd().split('\n')
  const answer = lines.findIndex((line) => line.includes('"type":"answer"'))
  lines[answer] = lines[answer]!.slice(0, 40)
  await writeFile(files.journal, lines.join('\n') + '\n')
  await appendFile(files.journal, '{"type":"answer","id":"0000')
  const again = await run(folder, recipe)
  t.is(server.requests, 21)
  t.is(again.records, 20)
  t.ok((await readFile(files.journal, 'utf8')).endsWith('}\n'))
})

test('fresh puts the journal aside and pays again', async (t) => {
  const server = await ProviderServer.start(t)
  const folder = await t.tmp()
  const recipe = recipeFor(server, 10)
  const { files } = await run(folder, recipe)
  const before = await readFile(files.journal, 'utf8')
  await run(folder, recipe, { fresh: true })
  t.is(server.requests, 20)
  t.is(await readFile(`${files.journal}.1`, 'utf8'), before)
})

test('two runs for one output: the second is told so', async (t) => {
  const folder = await t.tmp()
  const server = await ProviderServer.start(t)
  await writeFile(join(folder, 'out.jsonl.lock'), `${process.ppid}\n`)
  await t.exception(() => run(folder, recipeFor(server, 3)), new RegExp(`Process ${process.ppid} is generating`))
  await writeFile(join(folder, 'out.jsonl.lock'), '999999999\n')
  t.is((await run(folder, recipeFor(server, 3))).records, 3, 'the lock of a dead process is no lock')
})

test('a file that is not ours is not written over', async (t) => {
  const folder = await t.tmp()
  const server = await ProviderServer.start(t)
  for (const content of ['my diary\n', '{"kind":"instruction","prompt":"a","response":"b"}\n']) {
    await writeFile(join(folder, 'out.jsonl'), content)
    await t.exception(() => run(folder, recipeFor(server, 3)), /was not generated by vdata/)
    t.is(await readFile(join(folder, 'out.jsonl'), 'utf8'), content)
  }
  t.is(server.requests, 0)
})

test('stopped: nothing more is sent, what is in flight is waited for and written', async (t) => {
  const server = await ProviderServer.start(t, { latency: 30 })
  const controller = new AbortController()
  const result = await run(await t.tmp(), recipeFor(server, 400, { concurrency: 8 }), {
    signal: controller.signal,
    onEvent: () => {
      if (server.requests >= 40) controller.abort()
    }
  })
  t.is(result.ended?.failure, 'interrupted')
  t.ok(server.requests < 400)
  t.is(result.records, server.requests, 'every request that was sent is a record')
  t.is(server.inFlight, 0)
})

test('a journal that can no longer be written to says so to everyone who appends', async (t) => {
  const { Appender } = await import('../../lib/generate/journal/appender.js')
  const appender = await Appender.open(join(await t.tmp(), 'file'), 0)
  const one = await appender.append('one')
  await one.synced()
  t.is(one.offset, 0)
  t.is((await appender.append('two')).offset, 4)
  t.is(await appender.read(4, 3), 'two')
  await appender.close()
  await t.exception(() => appender.append('three'), /closed/)
})
