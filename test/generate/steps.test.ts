import test from 'brittle'
import { linesOf, recipeFor, run } from '../helpers/generate.js'
import { answerTo, ProviderServer } from '../helpers/provider-server.js'

const last = (body: { [key: string]: unknown }) =>
  (body['messages'] as { role: string; content: string }[]).map(({ role }) => role)

test('evolve: each step rewrites the prompt, and the last one is answered', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: ({ prompt }) => {
      const original = prompt.split('Instruction:\n')[1] ?? prompt.split('Make odd: ')[1]
      return original === undefined ? `The answer to ${prompt}` : `${original}+`
    }
  })
  const { files } = await run(
    await t.tmp(),
    recipeFor(server, 2, { evolve: ['deepen', 'broaden', { prompt: 'Make odd: {{instruction}}' }] })
  )
  t.is(server.requests, 8)
  const [line] = await linesOf(files.output)
  t.ok(/^Tell me about subject \d\.\+\+\+$/.test(line!.prompt), line!.prompt)
  t.is(line!.response, `The answer to ${line!.prompt}`)
})

test('judge: a second question scores, and what is below the threshold is dropped with its score', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: (asked) => {
      const subject = /subject (\d+)/.exec(asked.prompt)?.[1]
      if (!asked.prompt.startsWith('Rate')) return answerTo(asked)
      return subject === '0'
        ? '{"score": 3}'
        : subject === '1'
          ? 'I would say 9 of 10.'
          : subject === '2'
            ? 'no idea'
            : '```json\n{"score": 7}\n```'
    }
  })
  const { files, dropped, records } = await run(await t.tmp(), recipeFor(server, 4, { judge: { threshold: 7 } }))
  t.alike(dropped, { judged: 1, judge_unreadable: 1 })
  t.is(records, 2)
  t.alike((await linesOf(files.output)).map(({ extra }) => extra?.['judge_score']).sort(), [7, 9])
  const lost = await linesOf(files.dropped)
  t.alike(new Set(lost.map((line) => line['detail'])), new Set(['score 3 of 10', 'the judge said "no idea"']))
})

test('a judge of one’s own, with another model', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: (asked) =>
      asked.model === 'judge-model' ? (asked.prompt.includes('GRADE Tell me') ? '2' : '0') : answerTo(asked)
  })
  const judge = { prompt: 'GRADE {{prompt}} BY {{answer}}', model: 'judge-model', threshold: 2, scale: 2 }
  t.is((await run(await t.tmp(), recipeFor(server, 3, { judge }))).records, 3)
})

test('verbalised sampling keeps unlikely answers', async (t) => {
  const answers = [
    { text: 'The likely one.', probability: 0.6 },
    { text: 'The rare one.', probability: 0.05 },
    { text: 'The other rare one.', probability: 0.1 },
    { text: 'The middle one.', probability: 0.25 }
  ]
  const server = await ProviderServer.start(t, { answer: () => JSON.stringify({ answers }) })
  const { files, records } = await run(
    await t.tmp(),
    recipeFor(server, 20, { count: 60, verbalized: { answers: 4, keep: 3 } })
  )
  t.is(server.requests, 20)
  t.is(records, 60)
  const texts = (await linesOf(files.output)).map(({ response }) => response)
  t.absent(texts.includes('The likely one.'))
  t.is(texts.filter((text) => text === 'The rare one.').length, 20)
  t.is(texts.filter((text) => text === 'The middle one.').length, 20, 'the tail is filled up from below')
  const prompts = (await linesOf(files.output)).map(({ prompt }) => prompt)
  t.ok(
    prompts.every((prompt) => !prompt.includes('probability')),
    'what was added to the prompt is not in the record'
  )
})

test('a JSON Schema is sent, checked, and its properties become fields', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: ({ prompt }) =>
      prompt.includes('subject 0')
        ? 'no JSON'
        : prompt.includes('subject 1')
          ? '{"question": 5}'
          : '{"question": "Why?", "answer": {"a": 1}}'
  })
  const schema = {
    type: 'object',
    properties: { question: { type: 'string' }, answer: {} },
    required: ['question', 'answer']
  }
  const { files, dropped } = await run(
    await t.tmp(),
    recipeFor(server, 3, { schema, fields: { prompt: 'question', response: 'answer' } })
  )
  t.alike(dropped, { schema: 2 })
  const [line] = await linesOf(files.output)
  t.is(line!.prompt, 'Why?')
  t.is(line!.response, '{"a":1}')
  const sent = server.asked[0]!.body['response_format'] as { json_schema: { schema: object } }
  t.alike(sent.json_schema.schema, schema)
})

test('few-shot examples are drawn for each request, the same on every run', async (t) => {
  const pool = Array.from({ length: 9 }, (_, index) => ({ prompt: `q${index}`, response: `a${index}` }))
  const server = await ProviderServer.start(t)
  const recipe = recipeFor(server, 30, { system: 'Be brief.', examples: { pool, count: 2 }, concurrency: 1 })
  const { files } = await run(await t.tmp(), recipe)
  t.alike(last(server.asked[0]!.body), ['system', 'user', 'assistant', 'user', 'assistant', 'user'])
  const drawn = new Set(server.asked.map(({ body }) => (body['messages'] as { content: string }[])[1]!.content))
  t.ok(drawn.size > 5, `${drawn.size} different first examples`)
  const [line] = await linesOf(files.output)
  t.is(line!['system'], 'Be brief.')
  t.absent(JSON.stringify(line).includes('q1'))
})

test('chat: the model answers, and asks as the user, in turns', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: ({ prompt, body }) =>
      prompt.startsWith('Below is') ? `And then? ${prompt.length}` : `Answer ${(body['messages'] as []).length}`
  })
  const { files } = await run(await t.tmp(), recipeFor(server, 2, { kind: 'chat', system: 'S', turns: 3 }))
  t.is(server.requests, 10)
  const messages = (await linesOf(files.output))[0]!['messages'] as { role: string; content: string }[]
  t.alike(
    messages.map(({ role }) => role),
    ['system', 'user', 'assistant', 'user', 'assistant', 'user', 'assistant']
  )
  t.alike(
    messages.filter(({ role }) => role === 'assistant').map(({ content }) => content),
    ['Answer 2', 'Answer 4', 'Answer 6']
  )
})

test('preference: the worse answer is asked for in its own way, or told apart by the judge', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: (asked) => {
      if (asked.prompt.startsWith('Rate')) return asked.prompt.includes('A0') ? '9' : '4'
      const careless = JSON.stringify(asked.body).includes('careless')
      return careless ? 'A careless answer' : `A${server.requests % 2} good answer`
    }
  })
  const asked = await run(
    await t.tmp(),
    recipeFor(server, 3, { kind: 'preference', rejected: { system: 'Be careless about {{n}}.' } })
  )
  t.is(asked.records, 3)
  const [line] = await linesOf(asked.files.output)
  t.is(line!['rejected'], 'A careless answer')
  t.ok(String(line!['chosen']).includes('good'))

  const judged = await run(
    await t.tmp(),
    recipeFor(server, 1, { kind: 'preference', judge: { threshold: 5 }, concurrency: 1 })
  )
  const [pair] = await linesOf(judged.files.output)
  t.is(pair!['chosen'], 'A0 good answer')
  t.is(pair!['rejected'], 'A1 good answer')
})

test('text, and templates for all four kinds', async (t) => {
  const server = await ProviderServer.start(t)
  const text = await run(await t.tmp(), recipeFor(server, 1, { kind: 'text' }))
  t.ok(String((await linesOf(text.files.output))[0]!['text']).startsWith('About Tell me'))
  const variables = { x: ['one'] }
  const template = async (more: object) =>
    linesOf((await run(await t.tmp(), { variables, prompt: 'P {{x}}', ...more })).files.output)
  t.is((await template({ kind: 'text' }))[0]!['text'], 'P one')
  t.is((await template({ kind: 'text', response: 'R {{x}}' }))[0]!['text'], 'R one')
  const [preference] = await template({ kind: 'preference', chosen: 'C {{x}}', rejected: 'R {{x}}' })
  t.alike([preference!.prompt, preference!['chosen'], preference!['rejected']], ['P one', 'C one', 'R one'])
  const [chat] = await template({
    kind: 'chat',
    messages: [
      { role: 'user', content: 'Q {{x}}' },
      { role: 'assistant', content: 'A {{x}}' }
    ]
  })
  t.alike(chat!['messages'], [
    { role: 'user', content: 'Q one' },
    { role: 'assistant', content: 'A one' }
  ])
  t.alike((await template({ kind: 'chat', system: 'S', response: 'A' }))[0]!['messages'], [
    { role: 'system', content: 'S' },
    { role: 'user', content: 'P one' },
    { role: 'assistant', content: 'A' }
  ])
})

test('topics that the model builds, level by level', async (t) => {
  const server = await ProviderServer.start(t, {
    answer: (asked) => {
      const path = /List 2 subtopics of "([^"]*)"/.exec(asked.prompt)?.[1]
      if (path === undefined) return answerTo(asked)
      return JSON.stringify({ topics: [`${path.at(-1)}1`, `${path.at(-1)}2`, 'one too many'] })
    }
  })
  const recipe = recipeFor(server, 0, {
    variables: {},
    topics: { root: 'law', degree: 2, depth: 2 },
    prompt: 'On {{topic}}, of {{topic_path}}.'
  })
  const folder = await t.tmp()
  const dry = await run(folder, recipe, { dryRun: true })
  t.is(server.requests, 0)
  t.is(dry.items, 4)
  const { topics, records } = await run(folder, recipe)
  t.is(server.requests, 3 + 4)
  t.is(records, 4)
  t.alike(topics, { w1: 2, w2: 2 })
  t.is((await run(folder, recipe)).records, 4)
  t.is(server.requests, 7, 'the tree is in the journal too')
})

test('provenance: provider, model, parameters, tokens, time, recipe, licence, terms', async (t) => {
  for (const provider of ['openai', 'gemini'] as const) {
    const server = await ProviderServer.start(t)
    const { files, recipe } = await run(
      await t.tmp(),
      recipeFor(server, 1, {
        provider,
        temperature: 0.7,
        top_p: 0.9,
        stop: ['END'],
        send_seed: true,
        license: 'CC-BY-4.0',
        terms: 'https://example.com/terms',
        options: provider === 'openai' ? { presence_penalty: 1 } : { topK: 5 }
      })
    )
    const [line] = await linesOf(files.output)
    t.is(line!['provider'], provider)
    t.is(line!['model'], provider === 'openai' ? 'test-model' : 'gemini-test')
    t.is(line!['temperature'], 0.7)
    t.is(line!['recipe'], recipe)
    t.is(line!['license'], 'CC-BY-4.0')
    t.is(line!['terms'], 'https://example.com/terms')
    t.ok(Number(line!['input_tokens']) > 0 && Number(line!['output_tokens']) > 0)
    t.ok(/^\d{4}-\d\d-\d\dT.*Z$/.test(String(line!['created_at'])))
    const { body } = server.asked[0]!
    const sent = (provider === 'openai' ? body : body['generationConfig']) as { [key: string]: unknown }
    t.is(sent['temperature'], 0.7)
    t.is(sent['seed'], line!['seed'])
    t.alike(sent['stop'] ?? sent['stopSequences'], ['END'])
    t.is(sent['presence_penalty'] ?? sent['topK'], provider === 'openai' ? 1 : 5)
  }
})
