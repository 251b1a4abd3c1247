// What was written reads back as what was pulled, by DuckDB.
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { join } from 'node:path'
import test from 'brittle'
import { DuckDBInstance } from '@duckdb/node-api'
import { verifyOutput } from '../../lib/pull/verify.js'
import { pull, type PullOptions } from '../../lib/pull/pull.js'
import { Dataset } from '../../lib/pull/dataset.js'
import { parseSplit } from '../../lib/pull/render/choose.js'
import { SHAPES } from '../../lib/record/shapes-out.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { cachedDataset, type CachedDataset } from './helpers/dataset.js'

const HARD = [
  '',
  'a\nb',
  'a\r\nb',
  '"',
  '""',
  ',',
  '🙂\u{10ffff}',
  'a\u0000b',
  '\ufeffx',
  "'; DROP",
  '=1+1',
  ' x ',
  'NULL',
  '\\',
  'x'.repeat(1_000_000)
]
const RECORDS: TrainingRecord[] = [
  ...HARD.map((text): TrainingRecord => ({ kind: 'text', text, topic: 'hard', created_at: '2024-01-01T00:00:00Z' })),
  { kind: 'instruction', prompt: 'p', response: '', system: '', tags: ['a', 'b'], seed: 7, temperature: 0.5 },
  {
    kind: 'chat',
    messages: [
      { role: 'user', content: 'hi\n' },
      { role: 'assistant', content: '' }
    ],
    extra: { a: [1, { b: null }] }
  },
  { kind: 'preference', prompt: 'p', chosen: 'c', rejected: 'r', input_tokens: 3 }
]

async function make(t: {
  tmp(): Promise<string>
}): Promise<{ dataset: CachedDataset; options: (output: string) => PullOptions; out: string }> {
  const home = await t.tmp()
  const dataset = await cachedDataset(home, [[RECORDS.slice(0, 5), RECORDS.slice(5, 12)], [RECORDS.slice(12)]])
  const out = await t.tmp()
  const network = { bootstrap: [] }
  return {
    dataset,
    out,
    options: (output) => ({
      home,
      link: dataset.link,
      network,
      offline: true,
      output: join(out, output),
      format: 'jsonl'
    })
  }
}

async function ask(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(sql)
  const rows = reader.getRowsJson()
  connection.closeSync()
  instance.closeSync()
  return rows
}

const TEXTS = 'kind, system, prompt, response, chosen, rejected, "text", topic'

test('JSON Lines, an array, CSV and Parquet hold the same table', { timeout: 600_000 }, async (t) => {
  const { options, out } = await make(t)
  for (const [name, format] of [
    ['a.jsonl', 'jsonl'],
    ['a.json', 'json'],
    ['a.csv', 'csv'],
    ['a.parquet', 'parquet']
  ] as const) {
    const { records } = await pull({ ...options(name), format })
    t.is(records, RECORDS.length, name)
  }
  const lines = (await readFile(join(out, 'a.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  t.alike(lines, RECORDS)
  t.alike(JSON.parse(await readFile(join(out, 'a.json'), 'utf8')), RECORDS)
  const big = 'maximum_object_size = 4000000'
  const expected = await ask(`SELECT ${TEXTS} FROM read_json('${out}/a.jsonl', ${big}) `)
  t.alike(await ask(`SELECT ${TEXTS} FROM '${out}/a.parquet'`), expected, 'Parquet')
  t.alike(await ask(`SELECT ${TEXTS} FROM read_json('${out}/a.json', ${big})`), expected, 'array')
  const csv = `read_csv('${out}/a.csv', all_varchar = true, max_line_size = 4000000, allow_quoted_nulls = false, strict_mode = true)`
  t.alike(await ask(`SELECT ${TEXTS} FROM ${csv}`), expected, 'CSV')
})

test('the answer of a statement is the same in every format', { timeout: 600_000 }, async (t) => {
  const { options, out } = await make(t)
  const sql = `SELECT "text", topic, seed, created_at, tags, temperature FROM records`
  for (const [name, format] of [
    ['q.jsonl', 'jsonl'],
    ['q.csv', 'csv'],
    ['q.parquet', 'parquet'],
    ['q.json', 'json']
  ] as const) {
    const { records } = await pull({ ...options(name), format, sql })
    t.is(records, RECORDS.length, name)
  }
  const columns = `"text", topic, CAST(seed AS VARCHAR), CAST(created_at::TIMESTAMP AS VARCHAR)`
  const expected = await ask(`SELECT ${columns} FROM '${out}/q.parquet'`)
  t.is(expected[0]?.[3], '2024-01-01 00:00:00')
  t.alike(await ask(`SELECT ${columns} FROM read_json('${out}/q.jsonl', maximum_object_size = 4000000)`), expected)
  t.alike(
    await ask(
      `SELECT ${columns} FROM read_csv('${out}/q.csv', all_varchar = true, max_line_size = 4000000, allow_quoted_nulls = false)`
    ),
    expected
  )
  t.is((JSON.parse(await readFile(join(out, 'q.json'), 'utf8')) as unknown[]).length, RECORDS.length)
})

test('the library iterates over records and rows', { timeout: 600_000 }, async (t) => {
  const { dataset } = await make(t)
  const open = await Dataset.open(dataset.link, { home: dataset.home, offline: true })
  const kinds: string[] = []
  for await (const { kind } of open.records({ where: { kind: ['chat', 'preference'] }, columns: ['kind'] }))
    kinds.push(kind!)
  t.alike(kinds, ['chat', 'preference'])
  const rows: unknown[] = []
  for await (const row of open.query('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM records')) rows.push(row)
  t.alike(rows, [{ n: RECORDS.length, ids: RECORDS.length }])
  await open.close()
})

test('compressed files and every shape; what has no such form is counted', { timeout: 600_000 }, async (t) => {
  const { options, out } = await make(t)
  await pull(options('a.jsonl'))
  await pull(options('a.jsonl.gz'))
  t.is(gunzipSync(await readFile(join(out, 'a.jsonl.gz'))).compare(await readFile(join(out, 'a.jsonl'))), 0)
  for (const shape of SHAPES) {
    const { records, left } = await pull({ ...options(`${shape}.jsonl`), shape })
    const others = Object.values(left).reduce((sum, count) => sum + count, 0)
    t.is(records + others, RECORDS.length, `${shape}: ${records}`)
    t.ok(records > 0)
  }
})

test('a split is by the record alone; a manifest makes the same files again', { timeout: 600_000 }, async (t) => {
  const { options, out } = await make(t)
  const split = parseSplit('train=0.5,test=0.5')
  await pull({ ...options('s.jsonl'), split, seed: 1 })
  const sides = await Promise.all(['train', 'test'].map((side) => readFile(join(out, `s.${side}.jsonl`), 'utf8')))
  const lines = sides.map((side) => side.split('\n').filter(Boolean))
  t.is(lines[0]!.length + lines[1]!.length, RECORDS.length)
  await pull({ ...options('w.jsonl'), split, seed: 1, where: [{ field: 'topic', values: ['hard'] }] })
  const part = (await readFile(join(out, 'w.train.jsonl'), 'utf8')).split('\n').filter(Boolean)
  t.ok(
    part.every((line) => lines[0]!.includes(line)),
    'no record changes sides'
  )
  const { manifest, files } = await verifyOutput(join(out, 's.jsonl'))
  t.ok(files.every(({ problem }) => problem === null))
  t.is(manifest.records, RECORDS.length)
})

test('a folder is a dataset that DuckDB opens', { timeout: 600_000 }, async (t) => {
  const { options, out } = await make(t)
  await pull({ ...options('folder'), format: 'parquet', folder: true })
  await pull({ ...options('folder'), format: 'parquet', folder: true })
  t.alike(await ask(`SELECT count(*)::INT FROM '${out}/folder/data/train-*.parquet'`), [[RECORDS.length]])
  const card = await readFile(join(out, 'folder', 'README.md'), 'utf8')
  t.ok(card.startsWith('---\n') && card.includes('path: data/train-*.parquet'))
  t.is((JSON.parse(await readFile(join(out, 'folder', 'croissant.json'), 'utf8')) as { name: string }).name, 'test')
})
