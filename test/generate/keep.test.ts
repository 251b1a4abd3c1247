import { readFile } from 'node:fs/promises'
import test from 'brittle'
import { Seen } from '../../lib/generate/keep/duplicates.js'
import { NearDuplicates } from '../../lib/generate/keep/near-duplicates.js'
import { findPii } from '../../lib/generate/keep/pii.js'
import { opensWithRefusal } from '../../lib/check/checks/boilerplate.js'
import { linesOf, recipeFor, run } from '../helpers/generate.js'
import { answerTo, ProviderServer, type Fault } from '../helpers/provider-server.js'

const LONG = differentWords(60).join(' ')

test('every answer that is not kept is in the dropped file, with its reason', async (t) => {
  const texts: (string | Fault)[] = [
    { kind: 'empty' },
    "I'm sorry, but I can't help with that request.",
    'As an AI language model, I have no first day.',
    { kind: 'length' },
    { kind: 'content_filter' },
    LONG,
    `${LONG} once more`,
    'word '.repeat(300),
    'Call me at +49 30 1234567 or write to jo@mail-of-jo.org.'
  ]
  const server = await ProviderServer.start(t, {
    fault: ({ prompt }) => {
      const text = texts[Number(/subject (\d+)/.exec(prompt)![1])]
      return typeof text === 'string' ? { kind: 'text', text } : text
    }
  })
  const { files, dropped, records, flagged } = await run(
    await t.tmp(),
    recipeFor(server, 12, { keep: { max_words: 200 } })
  )
  t.alike(dropped, { empty: 1, refused: 2, truncated: 1, content_filter: 1, near_duplicate: 1, too_long: 1 })
  t.is(records, 5)
  t.alike(flagged, { email: 1, phone: 1 })
  const lost = await linesOf(files.dropped)
  t.is(lost.length, 7)
  t.ok(lost.every((line) => typeof line['reason'] === 'string' && line.prompt.startsWith('Tell me')))
  const near = lost.find((line) => line['reason'] === 'near_duplicate')!
  t.ok(String(near['answer']).startsWith('worda'))
  const kept = await linesOf(files.output)
  t.alike(kept.find(({ extra }) => extra?.['pii'])!.extra!['pii'], ['email', 'phone'])
  const card = await readFile(files.card, 'utf8')
  for (const text of ['| near_duplicate | 1 |', '| email | 1 |', '| Records | 5 |']) t.ok(card.includes(text), text)
})

test('what the recipe wants to keep is kept', async (t) => {
  const server = await ProviderServer.start(t, { answer: () => `I'm sorry, but I can't. ${LONG}` })
  const strict = await run(await t.tmp(), recipeFor(server, 5))
  t.alike(strict.dropped, { refused: 5 })
  const keep = { refusals: true, near_duplicates: true }
  t.is((await run(await t.tmp(), recipeFor(server, 5, { keep }))).records, 5)
})

test('short answers to different prompts are no duplicates', async (t) => {
  const server = await ProviderServer.start(t, { answer: () => 'Yes.' })
  t.is((await run(await t.tmp(), recipeFor(server, 5))).records, 5)
})

test('the dropped file of an earlier run does not stay behind', async (t) => {
  const server = await ProviderServer.start(t, { answer: () => "I'm sorry, I can't do that." })
  const folder = await t.tmp()
  const { files } = await run(folder, recipeFor(server, 3))
  t.is((await linesOf(files.dropped)).length, 3)
  await run(folder, recipeFor(server, 3, { keep: { refusals: true } }))
  t.is((await linesOf(files.dropped)).length, 0)
})

test('refusals are told by how they begin', (t) => {
  for (const text of [
    "I'm sorry, but I can't assist with that.",
    'I am sorry, but as an AI I have no opinion.',
    'Sorry, but I cannot write that.',
    'As an AI, I do not have feelings.',
    'I cannot provide instructions for this.',
    'Unfortunately, I am unable to help with that.',
    "I won't write that story.",
    '"I’m sorry, but I can’t help."'
  ]) {
    t.ok(opensWithRefusal(text), text)
  }
  for (const text of [
    "She said: I'm sorry, but I can't.",
    'I am sorry to hear that your day was bad. Here is what you can do.',
    "I can't believe how good this soup is!",
    'Sorry for the long story: it began in May.',
    "I'm sorry I was late, but the bus broke down.",
    'I will not forget that summer. I must admit that I cried.',
    'As a nurse, she was trusted.',
    'AI models are trained on text.'
  ]) {
    t.absent(opensWithRefusal(text), text)
  }
})

test('personal data: validated, and examples are no one’s', (t) => {
  const found = (text: string) => findPii(text).join(' ')
  t.is(found('mail jo.doe+x@some-firm.co.uk now'), 'email')
  t.is(found('mail user@example.com or a@b.test'), '')
  t.is(found('call (212) 867-5309 or +1 212 867 5309'), 'phone')
  t.is(found('call (212) 555-0123'), '')
  t.is(found('pay with 4111 1111 1111 1111'), 'card')
  t.is(found('pay with 4111 1111 1111 1112'), '')
  t.is(found('to DE89 3704 0044 0532 0130 00'), 'iban')
  t.is(found('to DE89 3704 0044 0532 0130 01'), '')
  t.is(found('SSN 123-45-6789'), 'ssn')
  t.is(found('at 8.8.8.8, 10.0.0.1, 192.0.2.7'), '')
  t.is(found('at 91.198.174.192'), 'ip')
  t.is(found('version 1.2.3.4'), '')
  t.is(found('key sk-9aXk2LmQ8vR4tYw7ZbN1cD6eFh3J'), 'secret')
  t.is(found('order 12345678, 2026-11-21, 10:30, chapter 3'), '')
  const started = process.cpuUsage().user
  findPii('a@'.repeat(200_000) + 'x'.repeat(500_000) + '1 '.repeat(200_000))
  t.ok(process.cpuUsage().user - started < 20e6, 'hostile text takes no endless time')
})

test('exact and near duplicates', (t) => {
  const seen = new Seen()
  const texts = Array.from({ length: 20_000 }, (_, index) => `text ${index}`)
  t.is(texts.filter((text) => seen.add(text)).length, 0)
  t.is(texts.filter((text) => seen.add(text)).length, 20_000)
  const near = new NearDuplicates(0.8)
  const different = Array.from(
    { length: 500 },
    (_, index) => answerTo({ hash: hashOf(index), prompt: String(index) }) + ` ${index} `.repeat(9)
  )
  t.is(different.filter((text) => near.add(text) !== undefined).length, 0)
  const words = differentWords(200)
  t.is(near.add(words.join(' ')), undefined)
  t.ok(near.add(words.with(100, 'changed').join(' '))! > 0.85)
  t.is(near.add(words.map((word, index) => (index % 4 === 0 ? 'x' : word)).join(' ')), undefined)
})

/** Words without digits: to the comparison, one number is as good as another. */
function differentWords(count: number): string[] {
  return Array.from({ length: count }, (_, index) => 'word' + index.toString(2).replace(/0/g, 'a').replace(/1/g, 'b'))
}

function hashOf(index: number): string {
  return Array.from({ length: 16 }, (_, part) =>
    ((index * 7919 + part * 104_729) % 65_536).toString(16).padStart(4, '0')
  ).join('')
}
