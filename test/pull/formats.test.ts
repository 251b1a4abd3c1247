// What `--format` writes is what its readers document, for records of every kind and with whatever came along in them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv, type Schema } from 'ajv'
import test from 'brittle'
import { DuckDBInstance } from '@duckdb/node-api'
import { pull, type PullOptions } from '../../lib/pull/pull.js'
import type { Shape } from '../../lib/record/shapes-out.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { anyRecord, Random } from '../record/random.js'
import { cachedDataset } from './helpers/dataset.js'

const text = { type: 'string' }
const some = { type: 'string', minLength: 1 }

/** An object with these fields and no others. */
function object(required: object, optional: object = {}): Schema & object {
  const properties = { ...required, ...optional }
  return { type: 'object', required: Object.keys(required), properties, additionalProperties: false }
}

const SCHEMAS: { readonly [shape in Shape]: { source: string; schema: Schema } } = {
  alpaca: {
    source: 'stanford_alpaca README, and `system` of https://docs.axolotl.ai/docs/dataset-formats/inst_tune.html',
    schema: object({ instruction: text, input: text, output: text }, { system: text })
  },
  chat: {
    source:
      'OpenAI fine-tuning, and the check of its cookbook "Data preparation and analysis for chat model fine-tuning"',
    schema: object({
      messages: {
        type: 'array',
        minItems: 1,
        contains: { type: 'object', properties: { role: { const: 'assistant' } } },
        items: object(
          { role: { enum: ['system', 'developer', 'user', 'assistant', 'tool', 'function'] }, content: {} },
          {
            content: { type: ['string', 'null'] },
            name: some,
            tool_calls: { type: 'array' },
            tool_call_id: text,
            function_call: { type: 'object' },
            weight: { enum: [0, 1] }
          }
        )
      }
    })
  },
  sharegpt: {
    source: 'https://docs.axolotl.ai/docs/dataset-formats/conversation.html: human, gpt, system, tool',
    schema: object({
      conversations: {
        type: 'array',
        minItems: 1,
        contains: { type: 'object', properties: { from: { const: 'gpt' } } },
        items: object(
          { from: { enum: ['human', 'gpt', 'system', 'tool'] }, value: text },
          { name: some, weight: { enum: [0, 1] } }
        )
      }
    })
  },
  preference: {
    source: 'https://huggingface.co/docs/trl/dataset_formats#preference, standard with an explicit prompt',
    schema: object({ prompt: text, chosen: text, rejected: text })
  },
  text: {
    source: 'https://huggingface.co/docs/trl/dataset_formats#language-modeling, standard',
    schema: object({ text })
  }
}

/** Dialogues as they come out of files of other people. */
const ODD: TrainingRecord[] = [
  {
    kind: 'chat',
    messages: [
      { role: 'user', content: 'What is the weather?' },
      { role: 'assistant', content: '' },
      { role: 'tool', content: '{"rain":true}' },
      { role: 'assistant', content: 'It rains.' }
    ],
    extra: {
      messages: [
        { id: 'x', mood: 'curious' },
        { content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'weather', arguments: '{}' } }] },
        { tool_call_id: 'c' },
        { weight: 1 }
      ]
    }
  },
  {
    kind: 'chat',
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: 'Yes.' }
    ],
    extra: { conversations: [{}, {}, { from: 'chatgpt', markdown: null }] }
  },
  { kind: 'chat', messages: [{ role: 'user', content: 'Nobody answers.' }] },
  { kind: 'instruction', prompt: 'Add.\n\n1 and 1', response: '2', extra: { input_at: 6 } }
]

async function pulled(t: { tmp(): Promise<string> }) {
  const random = new Random(11)
  const records = [...ODD, ...Array.from({ length: 400 }, () => anyRecord(random))]
  const home = await t.tmp()
  const { link } = await cachedDataset(home, [[records.slice(0, 150), records.slice(150)]])
  const base = { home, link, network: { bootstrap: [] }, offline: true }
  return async (name: string, options: Omit<PullOptions, 'home' | 'link' | 'network' | 'output'>) => {
    const output = join(home, name)
    return { output, result: await pull({ ...base, ...options, output }), total: records.length }
  }
}

test('every record of every shape passes its schema', { timeout: 600_000 }, async (t) => {
  const run = await pulled(t)
  for (const [shape, { source, schema }] of Object.entries(SCHEMAS)) {
    const { output, result, total } = await run(`${shape}.jsonl`, { format: 'jsonl', shape: shape as Shape })
    const lines = (await readFile(output, 'utf8')).split('\n').filter(Boolean)
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false }).compile(schema)
    const wrong = lines.map((line) => JSON.parse(line) as unknown).filter((value) => !validate(value))
    t.alike(wrong, [], source)
    t.ok(lines.length >= total / 10, `${shape}: ${lines.length} records`)
    const left = Object.values(result.left).reduce((sum, count) => sum + count, 0)
    t.is(lines.length + left, total, 'the others are counted')
  }
})

test('what a tool call, an input or a weight says reaches the trainer', { timeout: 600_000 }, async (t) => {
  const run = await pulled(t)
  const first = async (shape: Shape) => {
    const { output } = await run(`${shape}.jsonl`, { format: 'jsonl', shape, limit: 3 })
    return (await readFile(output, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown)
  }
  const [weather, brief, third] = await first('chat')
  t.alike(weather, {
    messages: [
      { role: 'user', content: 'What is the weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'weather', arguments: '{}' } }]
      },
      { role: 'tool', content: '{"rain":true}', tool_call_id: 'c' },
      { role: 'assistant', content: 'It rains.', weight: 1 }
    ]
  })
  t.alike(brief, { messages: (ODD[1] as { messages: unknown }).messages })
  t.absent(JSON.stringify(third).includes('Nobody answers'), 'a dialogue without an answer is left out')
  t.alike((await first('sharegpt'))[1], {
    conversations: [
      { from: 'system', value: 'Be brief.' },
      { from: 'human', value: 'Hello?' },
      { from: 'gpt', value: 'Yes.' }
    ]
  })
  t.alike((await first('alpaca'))[0], { instruction: 'Add.', input: '1 and 1', output: '2' })
})

test('shapes as Parquet and CSV have the same records as JSON Lines', { timeout: 600_000 }, async (t) => {
  const run = await pulled(t)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson()
  for (const shape of ['alpaca', 'preference', 'text'] as const) {
    const { output: lines } = await run(`${shape}.jsonl`, { format: 'jsonl', shape })
    const { output: table } = await run(`${shape}.parquet`, { format: 'parquet', shape })
    const { output: cells } = await run(`${shape}.csv`, { format: 'csv', shape })
    const columns = { alpaca: 'instruction, input, output', preference: 'prompt, chosen, rejected', text: '"text"' }[
      shape
    ]
    const expected = await rows(`SELECT ${columns} FROM read_json('${lines}', format = 'newline_delimited')`)
    t.ok(expected.length > 0)
    t.alike(await rows(`SELECT ${columns} FROM '${table}'`), expected, `${shape} as Parquet`)
    const csv = `read_csv('${cells}', header = true, all_varchar = true, allow_quoted_nulls = false, auto_detect = false,
      delim = ',', quote = '"', escape = '"', columns = {${headOf(await readFile(cells, 'utf8'))}})`
    t.alike(await rows(`SELECT ${columns} FROM ${csv}`), expected, `${shape} as CSV`)
  }
  const chats = await run('chat.parquet', { format: 'parquet', shape: 'chat' })
  const [types] = await rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${chats.output}')`)
  t.alike(types, ['messages', 'STRUCT("role" VARCHAR, "content" VARCHAR)[]'])
  connection.closeSync()
  instance.closeSync()
})

function headOf(csv: string): string {
  return csv
    .slice(0, csv.indexOf('\r\n'))
    .split(',')
    .map((name) => `'${name}': 'VARCHAR'`)
    .join(', ')
}
