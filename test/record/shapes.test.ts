import test from 'brittle'
import { importRecord, toShape } from '../../lib/record/shapes.js'
import { anyJson, anyRecord, anyText, Random } from './random.js'
import { imported, refused, shaped } from './shaping.js'

test("vdata's own records come back as they are", (t) => {
  const random = new Random(2)
  for (let i = 0; i < 2000; i++) {
    const record = anyRecord(random)
    const again = imported(JSON.parse(JSON.stringify(record)))
    if (i % 50 === 0) t.alike(again, record)
    if (JSON.stringify(again) !== JSON.stringify(imported(again))) return t.fail(JSON.stringify(record))
  }
})

test('own records: unknown fields go to extra, wrong ones are refused', (t) => {
  const text = { kind: 'text', text: 'a' }
  t.alike(imported({ ...text, colour: 'red', prompt: 'p', extra: { b: 1 } }), {
    ...text,
    extra: { b: 1, colour: 'red', prompt: 'p' }
  })
  t.is(refused({ ...text, model: 5 }), 'model must be a string')
  t.is(refused({ ...text, seed: '5' }), 'seed must be an integer')
  t.is(refused({ ...text, extra: 'x' }), 'extra must be an object')
  t.is(refused({ ...text, colour: 'red', extra: { colour: 1 } }), '"colour" would stand twice under extra')
  t.is(
    refused({ kind: 'instruction', prompt: 'p', text: 'a' }),
    'response is missing, which a record of kind instruction has'
  )
  t.is(refused({ kind: 'text', messages: [] }), 'text is missing, which a record of kind text has')
  t.alike(
    imported({ ...text, system: null, messages: null, topic: '', seed: null, extra: null }),
    text,
    'a table leaves nulls'
  )
  t.alike(imported({ kind: 'preference', chosen: 'a', rejected: 'b' }), {
    kind: 'preference',
    prompt: '',
    chosen: 'a',
    rejected: 'b'
  })
  t.alike(imported({ kind: 'instruction', instruction: 'i', output: 'o' }), {
    kind: 'instruction',
    prompt: 'i',
    response: 'o'
  })
  t.alike(
    imported({ kind: 'essay', text: 'a' }),
    { kind: 'text', text: 'a', extra: { kind: 'essay' } },
    'a kind of someone else'
  )
})

test('Alpaca: the input follows the instruction, and the two can be told apart again', (t) => {
  const rows = [
    { instruction: 'Add.', input: '1 and 2', output: '3' },
    { instruction: 'Add.\n\nNow.', input: '\n\n', output: '' },
    { instruction: '', input: 'x', output: 'y' },
    { instruction: 'Say hi.', input: '', output: 'hi' },
    { system: 'Be brief.', instruction: 'Say hi.', input: '', output: 'hi' }
  ]
  for (const row of rows) t.alike(shaped(imported(row), 'alpaca'), row)
  t.alike(imported(rows[0]), { kind: 'instruction', prompt: 'Add.\n\n1 and 2', response: '3', extra: { input_at: 6 } })
  t.alike(imported(rows[3]), { kind: 'instruction', prompt: 'Say hi.', response: 'hi' })
  t.alike(imported({ instruction: 'i', output: 'o', history: [], topic: 'law' }), {
    kind: 'instruction',
    prompt: 'i',
    response: 'o',
    topic: 'law',
    extra: { history: [] }
  })
  const long = 'x'.repeat(100_000)
  t.alike(shaped(imported({ instruction: 'i', input: long, output: 'o' }), 'alpaca'), {
    instruction: 'i',
    input: long,
    output: 'o'
  })
  t.alike(imported({ instruction: 'i', context: 'c', response: 'r', category: 'qa' }), {
    kind: 'instruction',
    prompt: 'i\n\nc',
    response: 'r',
    extra: { category: 'qa', input_at: 3 }
  })
  t.alike(imported({ prompt: 'p', completion: 'c' }), { kind: 'instruction', prompt: 'p', response: 'c' })
  t.alike(imported({ instruction: 'i', input: null, output: 'o' }), {
    kind: 'instruction',
    prompt: 'i',
    response: 'o',
    extra: { input: null }
  })
  t.is(refused({ instruction: 5, output: 'o' }), 'instruction must be a string')
  t.is(refused({ instruction: 'i', output: ['o'] }), 'response must be a string')
  t.alike(
    shaped({ kind: 'instruction', prompt: 'ab', response: 'c', extra: { input_at: 1 } }, 'alpaca'),
    { instruction: 'ab', input: '', output: 'c' },
    'an input_at of someone else'
  )
})

test('OpenAI chat: what a message cannot hold is kept, and put back', (t) => {
  const plain = {
    messages: [
      { role: 'system', content: 's' },
      { role: 'user', content: 'u', name: 'Ada' },
      { role: 'assistant', content: 'a' }
    ]
  }
  t.alike(imported(plain), { kind: 'chat', ...plain })
  t.alike(shaped(imported(plain), 'chat'), plain)
  const calls = {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What time ' },
          { type: 'text', text: 'is it?' }
        ]
      },
      { role: 'assistant', content: null, tool_calls: [{ id: '1', function: { name: 'now' } }] },
      { role: 'tool', content: '12:00', tool_call_id: '1' },
      { role: 'assistant', content: 'Noon.', weight: 0, name: '' }
    ]
  }
  const record = imported(calls)
  t.alike(record.kind === 'chat' && record.messages, [
    { role: 'user', content: 'What time is it?' },
    { role: 'assistant', content: '' },
    { role: 'tool', content: '12:00' },
    { role: 'assistant', content: 'Noon.' }
  ])
  t.alike(shaped(record, 'chat'), calls)
  t.is(refused({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }), 'messages[0].content must be text')
  t.is(
    refused({ messages: [{ role: 'robot\n', content: '' }] }),
    'messages[0].role is "robot\\n", which is no known role'
  )
  t.is(
    refused({ messages: [{ role: '__proto__', content: '' }] }),
    'messages[0].role is "__proto__", which is no known role'
  )
  t.is(refused({ messages: ['hi'] }), 'messages[0] must be an object')
  t.is(refused({ messages: 'hi' }), 'messages must be a list of messages')
  t.is(refused({ messages: [] }), 'messages must not be empty')
})

test('ShareGPT', (t) => {
  const plain = {
    conversations: [
      { from: 'system', value: 's' },
      { from: 'human', value: 'u' },
      { from: 'gpt', value: 'a' }
    ]
  }
  const messages = [
    { role: 'system', content: 's' },
    { role: 'user', content: 'u' },
    { role: 'assistant', content: 'a' }
  ]
  t.alike(imported(plain), { kind: 'chat', messages })
  t.alike(shaped(imported(plain), 'sharegpt'), plain)
  t.alike(shaped(imported(plain), 'chat'), { messages })
  const odd = {
    conversations: [
      { from: 'user', value: 'u' },
      { from: 'bing', value: 'a', markdown: null }
    ]
  }
  const record = imported({ id: 'x1', ...odd })
  t.alike(shaped(record, 'sharegpt'), odd)
  t.alike(shaped(record, 'chat'), {
    messages: [
      { role: 'user', content: 'u' },
      { role: 'assistant', content: 'a' }
    ]
  })
  t.is(record.extra?.id, 'x1')
  const system = imported({
    system: 'Be kind.',
    conversations: [
      { from: 'human', value: 'u' },
      { from: 'chatgpt', value: 'a' }
    ]
  })
  t.alike(system.kind === 'chat' && system.messages[0], { role: 'system', content: 'Be kind.' })
  t.alike(shaped(system, 'sharegpt'), {
    conversations: [
      { from: 'system', value: 'Be kind.' },
      { from: 'human', value: 'u' },
      { from: 'chatgpt', value: 'a' }
    ]
  })
  t.is(refused({ conversations: [{ from: 'human', text: 'a', value: 5 }] }), 'conversations[0].value must be text')
  t.alike(shaped(imported({ dialog: plain.conversations }, 'messages=dialog'), 'sharegpt'), plain)
})

test('preference and text', (t) => {
  const pair = { chosen: '\n\nHuman: a\n\nAssistant: b', rejected: '\n\nHuman: a\n\nAssistant: c' }
  t.alike(imported(pair), { kind: 'preference', prompt: '', ...pair })
  t.alike(shaped(imported({ prompt: 'p', ...pair, score: 1 }), 'preference'), { prompt: 'p', ...pair })
  t.is(refused({ chosen: [{ role: 'user', content: 'a' }], rejected: [] }), 'chosen must be a string')
  t.alike(imported({ text: 'a', topic: undefined, b: undefined }), { kind: 'text', text: 'a' })
  t.alike(imported('just text'), { kind: 'text', text: 'just text' })
  t.alike(imported({ text: 'a', meta: { url: 'x' } }), { kind: 'text', text: 'a', extra: { meta: { url: 'x' } } })
  t.alike(imported({ content: 'a' }), { kind: 'text', text: 'a' })
  t.is(
    refused({ question: 'a', '\u001b[2J': 'b' }),
    'no known shape has the fields "question", "\\u001b[2J"; --map field=column says what they are'
  )
  for (const value of [5, null, true, [], ['a']]) t.is(refused(value), 'it is neither an object nor text')
  t.is(refused({}), 'it is empty')
})

test('a foreign column with the name of a facet but not its form is kept under extra', (t) => {
  const row = {
    text: 'a',
    seed: 'none',
    model: 'm',
    license: 'Apache 2.0',
    language: 'en_US',
    created_at: 1700000000,
    tags: 'x',
    topic: null,
    temperature: 0.5,
    extra: 'e'
  }
  t.alike(imported(row), {
    kind: 'text',
    text: 'a',
    model: 'm',
    temperature: 0.5,
    extra: {
      seed: 'none',
      license: 'Apache 2.0',
      language: 'en_US',
      created_at: 1700000000,
      tags: 'x',
      topic: null,
      extra: 'e'
    }
  })
  t.ok(refused({ text: 'a', blob: 'x'.repeat(17_000) })?.startsWith('extra takes 170'))
  t.is(refused(JSON.parse('{"text":"a","__proto__":{"x":1}}')), 'extra has a field named __proto__')
  t.alike(imported(JSON.parse('{"text":"a","constructor":1,"toString":2}')).extra, { constructor: 1, toString: 2 })
  t.is(({} as { x?: unknown }).x, undefined)
})

test('no field of an imported row is lost', (t) => {
  const random = new Random(3)
  const names = [
    'text',
    'prompt',
    'response',
    'instruction',
    'input',
    'output',
    'chosen',
    'rejected',
    'topic',
    'seed',
    'language',
    'a',
    'b c',
    '',
    'id'
  ]
  let kept = 0
  for (let i = 0; i < 5000; i++) {
    const row: { [column: string]: unknown } = {}
    for (let n = 1 + random.below(6); n > 0; n--)
      row[random.pick(names)] = random.below(3) === 0 ? anyJson(random, 2) : anyText(random)
    const { record } = importRecord(row)
    if (!record) continue
    kept++
    const fields: { [field: string]: unknown } = { ...record }
    const alpaca = toShape(record, 'alpaca').value
    for (const [column, value] of Object.entries(row)) {
      const places = [fields[column], record.extra?.[column], alpaca?.[column]]
      if (!places.some((place) => JSON.stringify(place) === JSON.stringify(value))) {
        return t.fail(`${column} of ${JSON.stringify(row)} is not in ${JSON.stringify(record)}`)
      }
    }
  }
  t.ok(kept > 1000, `${kept} records`)
})
