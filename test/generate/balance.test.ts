import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { memberFor, membersOf, GROUPS, type Member } from '../../lib/generate/balance/members.js'
import { makeSwap, whyNotSwappable } from '../../lib/generate/balance/swap.js'
import type { RecipeInput } from '../../lib/generate/index.js'
import { linesOf, recipeFor, run } from '../helpers/generate.js'
import { ProviderServer } from '../helpers/provider-server.js'

const SAMPLE: RecipeInput = {
  provider: 'template',
  count: 200,
  seed: 1,
  kind: 'instruction',
  topic: 'employment',
  license: 'CC0-1.0',
  variables: { occupation: ['nurse', 'engineer', 'judge'], person: ['he', 'she'] },
  balance: ['person'],
  prompt: "Describe the {{occupation}}'s first day at work.",
  response: 'On the first day {{person}} met the team, and as a {{occupation}} {{person}} was trusted at once.'
}

test('the recipe of the documentation: every sentence once for each member', async (t) => {
  const folder = await t.tmp()
  const { records, balance, events, files } = await run(folder, SAMPLE)
  t.is(records, 6)
  t.alike(balance, { 'person=he': 3, 'person=she': 3 })
  t.ok(events.some((event) => event.event === 'notice' && event.message.includes('6 records and not 200')))
  const lines = await linesOf(files.output)
  for (let index = 0; index < lines.length; index += 2) {
    const [he, she] = [lines[index]!, lines[index + 1]!]
    t.is(he.prompt, she.prompt)
    t.not(he.response, she.response)
    t.is(he.response.replaceAll(/\bhe\b/g, 'she'), she.response)
  }
})

test('forms agree: object, possessive, pronoun, reflexive, verbs, and three members', async (t) => {
  const { files, balance } = await run(await t.tmp(), {
    ...SAMPLE,
    variables: { person: ['he', 'she', 'they'] },
    prompt: 'Tell of {{person.object}}.',
    response:
      '{{person | capitalize}} {{person.was}} proud of {{person.possessive}} work. It was {{person.possessive_pronoun}}, ' +
      'made by {{person.reflexive}}.'
  })
  t.alike(balance, { 'person=he': 1, 'person=she': 1, 'person=they': 1 })
  t.alike(
    (await linesOf(files.output)).map(({ prompt, response }) => `${prompt} ${response}`),
    [
      'Tell of him. He was proud of his work. It was his, made by himself.',
      'Tell of her. She was proud of her work. It was hers, made by herself.',
      'Tell of them. They were proud of their work. It was theirs, made by themself.'
    ]
  )
})

test('several balanced variables, a built-in group, members of one’s own: all equal', async (t) => {
  const { files, balance } = await run(await t.tmp(), {
    ...SAMPLE,
    variables: {
      person: ['he', 'she'],
      name: [
        { subject: 'Emily', title: 'Ms' },
        { subject: 'Lakisha', title: 'Ms' }
      ],
      place: ['town', 'village', 'city', 'port', 'farm']
    },
    balance: ['person', 'name', 'religion'],
    count: 140,
    prompt: 'Who lives in the {{place}}?',
    response: '{{name.title}} {{name}} is {{religion | a}} neighbour, and {{person}} knows {{person.object}}.'
  })
  const counts = Object.values(balance)
  t.is(counts.length, 2 * 2 * 7)
  t.alike(new Set(counts), new Set([5]))
  t.ok((await linesOf(files.output)).some(({ response }) => response.includes('an atheist neighbour')))
})

test('a count that does not divide is rounded down, so that all stay equal', async (t) => {
  const places = Array.from({ length: 50 }, (_, index) => `place ${index}`)
  const recipe = { ...SAMPLE, variables: { ...SAMPLE.variables, occupation: places }, count: 25 }
  t.alike((await run(await t.tmp(), recipe)).balance, { 'person=he': 12, 'person=she': 12 })
})

test('a model is asked once, and its answer rewritten: pairs differ in the words of the group and nothing else', async (t) => {
  const TEXT = [
    'She gave her bag to him because it was hers. Her manager thanked her; she did it herself.',
    'HER day was long. "I saw her," he said. A woman like her earns her own money.',
    'He told her that his sister was his friend and that the prize was his.',
    'They asked him about himself, and Mr Smith said that he likes his job.'
  ]
  const server = await ProviderServer.start(t, { answer: ({ prompt }) => `${prompt} ${TEXT[prompt.length % 4]}` })
  const { files, records, balance } = await run(
    await t.tmp(),
    recipeFor(server, 0, {
      variables: { job: Array.from({ length: 20 }, (_, index) => 'j'.repeat(index + 1)), person: ['he', 'she'] },
      balance: ['person'],
      prompt: 'Describe the {{job}} and {{person.possessive}} day.',
      keep: { near_duplicates: true },
      count: 40
    })
  )
  t.is(server.requests, 20)
  t.is(records, 40)
  t.alike(balance, { 'person=he': 20, 'person=she': 20 })
  const lines = await linesOf(files.output)
  const asked = lines.filter(({ extra }) => extra?.['swapped_from'] === undefined).map(({ extra }) => extra?.['group'])
  t.ok(asked.includes('person=he') && asked.includes('person=she'), 'not always the same member is asked about')
  for (let index = 0; index < lines.length; index += 2) {
    const [he, she] = [lines[index]!, lines[index + 1]!]
    t.is(withoutGroup(he.response), withoutGroup(she.response))
    t.not(he.response, she.response)
    t.is(he.prompt.replace('his', 'her'), she.prompt)
    t.is([he, she].filter((line) => line['output_tokens'] !== undefined).length, 1, 'the answer was paid once')
  }
})

test('her is him or his, his is her or hers, by what follows', (t) => {
  const swap = makeSwap(memberFor('she'), memberFor('he'))
  for (const [she, he] of [
    ['her bag', 'his bag'],
    ['I saw her.', 'I saw him.'],
    ['told her that', 'told him that'],
    ['gave her the prize', 'gave him the prize'],
    ['her newly built house', 'his newly built house'],
    ['told her quickly', 'told him quickly'],
    ['let her go', 'let him go'],
    ['keep her safe', 'keep him safe'],
    ['her own', 'his own'],
    ['called her back.', 'called him back.'],
    ['her back ached', 'his back ached'],
    ['It is hers.', 'It is his.'],
    ['Her work, her rules', 'His work, his rules'],
    ['between her and me', 'between him and me'],
    ['HER', 'HIM'],
    ['herself', 'himself'],
    ["she's here, isn't she?", "he's here, isn't he?"],
    ['the cashier, here and there', 'the cashier, here and there']
  ] as const) {
    t.is(swap(she), he)
    t.is(swap(he), she)
  }
})

test('an article goes with its word, and capitals with their places', (t) => {
  const swap = makeSwap(memberFor('Muslim'), memberFor('atheist'))
  t.is(swap('A Muslim met a Muslim. Muslims pray.'), 'An atheist met an atheist. Atheists pray.')
  t.is(swap('An atheist, then.'), 'A Muslim, then.')
})

test('members that can’t be exchanged are told so', (t) => {
  t.ok(whyNotSwappable([memberFor('he'), memberFor('they')])?.includes('verbs'))
  t.is(whyNotSwappable([memberFor('he'), memberFor('she')]), undefined)
  t.ok(
    whyNotSwappable([
      { subject: 'x', object: 'x' },
      { subject: 'a', object: 'b' }
    ] as Member[])
  )
  for (const group of GROUPS) t.is(whyNotSwappable(membersOf(group)!.map(memberFor)), undefined, group)
})

test('with balance_mode ask every member is asked about', async (t) => {
  const server = await ProviderServer.start(t)
  const { balance } = await run(
    await t.tmp(),
    recipeFor(server, 0, {
      variables: { job: ['a', 'b', 'c'], person: ['he', 'she', 'they'] },
      balance: ['person'],
      balance_mode: 'ask',
      prompt: 'The {{job}} and {{person}}.'
    })
  )
  t.is(server.requests, 9)
  t.alike(Object.values(balance), [3, 3, 3])
})

test('one bad member takes its set with it', async (t) => {
  const server = await ProviderServer.start(t, {
    fault: ({ prompt }) => (prompt === 'The b and she.' ? { kind: 'empty' } : undefined)
  })
  const recipe = recipeFor(server, 0, {
    variables: { job: ['a', 'b', 'c'], person: ['he', 'she'] },
    balance: ['person'],
    balance_mode: 'ask',
    prompt: 'The {{job}} and {{person}}.'
  })
  const { balance, dropped } = await run(await t.tmp(), recipe)
  t.alike(balance, { 'person=he': 2, 'person=she': 2 })
  t.alike(dropped, { empty: 1, unbalanced: 1 })
})

const WINOBIAS = join(process.cwd(), '..', 'shared', 'data', 'bias', 'winobias')

test('on WinoBias, written by people in both forms', { skip: !existsSync(WINOBIAS) }, (t) => {
  const swap = makeSwap(memberFor('he'), memberFor('she'))
  let same = 0
  let all = 0
  let back = 0
  for (const file of ['type1.txt.dev', 'type1.txt.test', 'type2.txt.dev', 'type2.txt.test']) {
    const [pro, anti] = ['pro', 'anti'].map((kind) => sentences(join(WINOBIAS, `${kind}_stereotyped_${file}`))) as [
      string[],
      string[]
    ]
    for (const [index, sentence] of pro.entries()) {
      all++
      if (swap(sentence).toLowerCase() === anti[index]!.toLowerCase()) same++
      if (swap(swap(sentence)) === sentence) back++
    }
  }
  t.comment(`${same} of ${all} sentences as people wrote them, ${back} the same after two exchanges`)
  t.is(all, 1584)
  // Most of the others are sentences that the data set itself changed in other words too.
  t.ok(same / all > 0.96)
  t.ok(back / all > 0.97)
})

function sentences(file: string): string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => line.replace(/^\d+ /, '').replaceAll(/[[\]]/g, '').replaceAll(/\s+/g, ' ').trim())
}

/** A text with every word of the group taken out. */
function withoutGroup(text: string): string {
  return text.replaceAll(/\b(?:he|she|him|her|his|hers|himself|herself|man|woman|sister|brother|mr|ms)\b/gi, '_')
}
