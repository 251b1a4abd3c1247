import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import {
  loadRecipe,
  parseRecipe,
  previewRecipe,
  RecipeError,
  starterRecipe,
  type RecipeInput
} from '../../lib/generate/index.js'
import { permutation } from '../../lib/generate/recipe/random.js'
import { linesOf, run } from '../helpers/generate.js'

const GOOD = { prompt: 'Say {{word}}.', response: 'It is {{word}}.', variables: { word: ['a', 'b'] } }
const MODEL = { provider: 'openai', model: 'm', prompt: 'Say it.' }

/** What is wrong, the path that the error names, and a word of what it expects. */
const WRONG: [recipe: object, path: string, expected: string][] = [
  [{}, 'prompt', 'a text'],
  [{ ...GOOD, prompt: '' }, 'prompt', 'not empty'],
  [{ ...GOOD, prompt: 7 }, 'prompt', 'a text'],
  [{ ...GOOD, provider: 'opnai' }, 'provider', '"openai"'],
  [{ ...GOOD, kind: 'story' }, 'kind', '"preference"'],
  [{ ...GOOD, count: 0 }, 'count', 'at least 1'],
  [{ ...GOOD, count: 1.5 }, 'count', 'whole number'],
  [{ ...GOOD, seed: -1 }, 'seed', 'at least 0'],
  [{ ...GOOD, promt: 'x' }, 'promt', 'prompt, perhaps'],
  [{ ...GOOD, maxTokens: 5 }, 'maxTokens', 'max_tokens, perhaps'],
  [{ ...GOOD, variables: { word: [] } }, 'variables.word', 'something in it'],
  [{ ...GOOD, variables: { word: 'a' } }, 'variables.word', 'a list'],
  [{ ...GOOD, variables: { word: ['a', null] } }, 'variables.word[1]', 'a text'],
  [{ ...GOOD, variables: { word: ['a', 'a'] } }, 'variables.word[1]', 'each value once'],
  [{ ...GOOD, variables: { 'my word': ['a'] } }, 'variables["my word"]', 'letters'],
  [{ ...GOOD, variables: { ...GOOD.variables, topic: ['x'] } }, 'variables.topic', 'another name'],
  [{ ...GOOD, prompt: 'Say {{wrod}}.' }, 'prompt', 'word'],
  [{ ...GOOD, prompt: 'Say {{word' }, 'prompt', 'Liquid'],
  [{ ...GOOD, prompt: '{% if word %}x' }, 'prompt', 'Liquid'],
  [{ ...GOOD, prompt: '{% include "/etc/passwd" %}' }, 'prompt', 'Liquid'],
  [{ ...GOOD, prompt: '{{ "now" | date: "%s" }}' }, 'prompt', 'Liquid'],
  [{ ...GOOD, response: undefined }, 'response', 'no model writes it'],
  [{ ...GOOD, model: 'gpt-4o' }, 'model', 'a model'],
  [{ ...GOOD, balance: ['person'] }, 'balance[0]', 'a variable of this recipe'],
  [{ ...GOOD, balance: ['word'], variables: { word: ['a'] } }, 'variables.word', 'at least two'],
  [{ ...GOOD, balance: ['word', 'word'] }, 'balance[1]', 'each variable once'],
  [{ ...GOOD, balance: ['gender'] }, 'balance[0]', '{{gender}}'],
  [{ ...GOOD, balance: ['word'], count: 1 }, 'count', 'at least 2'],
  [{ ...GOOD, balance: ['word'], variables: { word: ['a', 3] } }, 'variables.word[1]', 'forms of a member'],
  [{ ...GOOD, variables: { word: [{ object: 'him' }, 'a'] } }, 'variables.word[0]', 'subject'],
  [{ ...GOOD, variables: { word: [{ subject: 'he', objct: 'x' }] } }, 'variables.word[0].objct', 'no such key'],
  [{ ...GOOD, language: 'englisch language' }, 'language', 'BCP 47'],
  [{ ...GOOD, license: 'do what you want!' }, 'license', 'SPDX'],
  [{ ...GOOD, kind: 'preference' }, 'chosen', 'preference'],
  [{ ...GOOD, data: 'nowhere.jsonl' }, 'nowhere.jsonl', ''],
  [{ ...MODEL, model: undefined }, 'model', 'openai offers'],
  [{ ...MODEL, base_url: 'localhost:11434' }, 'base_url', 'http://'],
  [{ ...MODEL, response: 'x' }, 'response', 'the model writes it'],
  [{ ...MODEL, temperature: 3 }, 'temperature', 'at most 2'],
  [{ ...MODEL, temperature: { min: 1, max: 0.5 } }, 'temperature', 'min must not be above max'],
  [{ ...MODEL, temperature: { from: 0, to: 1 } }, 'temperature.min', 'a number'],
  [{ ...MODEL, stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'at most 4'],
  [{ ...MODEL, schema: { type: 'strin' } }, 'schema', 'a JSON Schema'],
  [{ ...MODEL, fields: { prompt: 'q' } }, 'fields', 'a schema'],
  [{ ...MODEL, schema: { type: 'object' }, verbalized: {} }, 'schema', 'its own schema'],
  [{ ...MODEL, provider: 'gemini', batch: true }, 'batch', 'provider openai'],
  [{ ...MODEL, kind: 'preference' }, 'rejected', 'judge'],
  [{ ...MODEL, turns: 3 }, 'turns', 'kind chat'],
  [{ ...MODEL, judge: { threshold: 11 } }, 'judge.threshold', 'scale, 10'],
  [{ ...MODEL, verbalized: { answers: 3, keep: 4 } }, 'verbalized.keep', 'at most the 3'],
  [{ ...MODEL, budget: 1, budget_warn: 2 }, 'budget_warn', 'budget, 1'],
  [{ ...MODEL, keep: { min_words: 9, max_words: 3 } }, 'keep.min_words', 'max_words, 3'],
  [{ ...MODEL, evolve: ['widen'] }, 'evolve[0]', '"broaden"'],
  [{ ...MODEL, evolve: [{ prompt: 'Rewrite {{instrution}}' }] }, 'evolve[0].prompt', 'instruction'],
  [
    { ...MODEL, prompt: '{{person}}', variables: { person: ['he', 'they'] }, balance: ['person'] },
    'balance[0]',
    'balance_mode'
  ],
  [{ ...MODEL, options: { max_tokens: 9 } }, 'options.max_tokens', 'beside options'],
  [{ ...MODEL, base_url: 'http://user:pass@127.0.0.1/v1' }, 'base_url', 'environment'],
  [{ ...MODEL, topics: [] }, 'topics', 'something in it'],
  [{ ...MODEL, requests_per_minute: '60' }, 'requests_per_minute', 'a number'],
  [{ ...MODEL, prices: { input: 1 } }, 'prices.output', 'a number'],
  [{ ...MODEL, examples: { pool: [{ prompt: 'a' }] } }, 'examples.pool[0].response', 'a text']
]

test(`${WRONG.length} wrong recipes: each is refused with the path, what was found and what was expected`, async (t) => {
  for (const [recipe, path, expected] of WRONG) {
    const error = await problemOf(recipe)
    const text = error?.message ?? 'no error'
    const own = error instanceof RecipeError ? error.problems.find((problem) => problem.path === path) : undefined
    const fine = own
      ? own.expected.includes(expected) && own.found !== '' && text.includes(own.found)
      : text.includes(path)
    t.ok(fine, `${path}: ${text}`)
    t.is((error as RecipeError | undefined)?.failure, 'usage')
  }
})

test('what is not JSON is told with its line and column', (t) => {
  for (const [source, where] of [
    ['{\n  "prompt": "a",\n}', 'line 3, column 1'],
    ['{"prompt": "a" "b"}', 'line 1, column 16'],
    ['', 'line 1, column 1'],
    ['[1]', 'an object']
  ] as const) {
    let message = ''
    try {
      parseRecipe(source)
    } catch (error) {
      message = (error as Error).message
    }
    t.ok(message.includes(where), message)
  }
})

test('several problems are told at once, and a hostile recipe stays short', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, 1]))
  const error = (await problemOf({ ...GOOD, ...many })) as RecipeError
  t.is(error.problems.length, 500)
  t.ok(error.message.length < 3000)
  t.ok(error.message.includes('and 488 more'))
})

test('the starter recipe is valid, and its comments are no keys', async (t) => {
  const loaded = parseRecipe(starterRecipe('file:///schema.json'))
  const { prompts } = await previewRecipe(loaded)
  t.is(prompts.length, 3)
  const file = join(await t.tmp(), 'recipe.json')
  await writeFile(file, starterRecipe('x'))
  t.is((await loadRecipe(file)).hash, loaded.hash, 'where the schema lies changes nothing')
  t.is((await loadRecipe(file, { count: 3 })).recipe.count, 3)
})

test('loops, conditions, lists and rows', async (t) => {
  const folder = await t.tmp()
  await writeFile(join(folder, 'rows.jsonl'), '{"name":"Ada","first name":"x"}\n\n{"name":"Bob","first name":"y"}\n')
  await writeFile(join(folder, 'rows.csv'), 'city,size\n"Köln, am Rhein",1\nParis,2\n')
  const recipe: RecipeInput = {
    variables: { list: [['a', 'b'], ['c']] },
    data: ['rows.jsonl', { file: 'rows.csv', columns: ['city'] }],
    prompt:
      '{{name}} of {{city}} has {% for x in list %}{{x}}{% unless forloop.last %} and {% endunless %}{% endfor %}',
    response: '{% if name == "Ada" %}First{% else %}Second{% endif %}, {{ row["city"] | upcase }}, {{first_name}}'
  }
  const { files, records } = await run(folder, recipe)
  t.is(records, 8)
  const texts = new Set((await linesOf(files.output)).map(({ prompt, response }) => `${prompt}: ${response}`))
  t.ok(texts.has('Ada of Köln, am Rhein has a and b: First, KÖLN, AM RHEIN, x'))
  t.ok(texts.has('Bob of Paris has c: Second, PARIS, y'))
})

test('a Parquet file', async (t) => {
  const folder = await t.tmp()
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT * FROM (VALUES ('red', 1), ('blue', 2)) AS t(colour, rank)) TO '${join(folder, 'a.parquet')}'`
  )
  connection.closeSync()
  const { records, files } = await run(folder, {
    data: 'a.parquet',
    prompt: '{{colour}} {{rank}}',
    response: 'Yes, {{colour}}.'
  })
  t.is(records, 2)
  t.alike((await linesOf(files.output)).map(({ prompt }) => prompt).sort(), ['blue 2', 'red 1'])
})

test('a template can neither run code nor reach what it was not given', async (t) => {
  for (const prompt of [
    '{{ word.constructor }}',
    '{{ word.__proto__ }}',
    '{{ process.env }}',
    '{% layout "x" %}',
    '{% render "x" %}'
  ]) {
    const made = await run(await t.tmp(), { ...GOOD, prompt }).catch((error: Error) => error)
    if (made instanceof Error) t.ok(made instanceof RecipeError, prompt)
    else t.alike([made.records, made.dropped], [0, { template: 2 }], prompt)
  }
  const folder = await t.tmp()
  const endless = '{% for i in (1..100000000) %}{{i}}{% endfor %}'
  const { dropped } = await run(folder, { ...GOOD, response: `${endless}{{word}}` })
  t.is(dropped.template, 2, 'what takes too much is dropped with its reason')
})

test('topics, personas, tags and facets', async (t) => {
  const { files, topics } = await run(await t.tmp(), {
    topics: [{ law: ['contracts', { crime: ['theft', 'fraud'] }] }, 'medicine'],
    personas: ['a judge', 'a nurse'],
    tags: ['{{persona}}', 'fixed'],
    language: 'en',
    prompt: '{{persona}} on {{topic}} ({{topic_path}})',
    response: 'About {{topic}}.'
  })
  t.alike(topics, { law: 6, medicine: 2 })
  const theft = (await linesOf(files.output)).find(({ prompt }) => prompt.startsWith('a judge on theft'))!
  t.is(theft.prompt, 'a judge on theft (law > crime > theft)')
  t.alike(theft['tags'], ['a judge', 'fixed'])
})

test('a permutation visits every place once, in an order of its own for each seed', (t) => {
  for (const size of [1, 2, 3, 10, 1000, 65_537]) {
    const order = permutation(size, 'a')
    t.is(new Set(Array.from({ length: size }, (_, index) => order(index))).size, size)
  }
  const first = (seed: string) => Array.from({ length: 20 }, (_, index) => permutation(1000, seed)(index))
  t.unlike(first('a'), first('b'))
  t.alike(first('a'), first('a'))
})

async function problemOf(recipe: object): Promise<Error | undefined> {
  try {
    await previewRecipe(parseRecipe(JSON.stringify(recipe)))
    return undefined
  } catch (error) {
    return error as Error
  }
}
