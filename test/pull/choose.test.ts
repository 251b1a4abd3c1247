// Which records come out: parts and samples that stay as the dataset grows, no content twice, no record too long.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { pull, type PullOptions } from '../../lib/pull/pull.js'
import { parseSplit } from '../../lib/pull/render/choose.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { renderText } from '../../lib/record/write.js'
import { Random } from '../record/random.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset, growDataset, type CachedDataset } from './helpers/dataset.js'

type Chosen = Partial<Omit<PullOptions, 'home' | 'link'>>

/** Pulls into a file and returns its lines; of a split, those of each part. */
async function lines({ home, link }: CachedDataset, name: string, options: Chosen = {}, parts = ['']) {
  const base = { home, link, network: { bootstrap: [] }, offline: true, format: 'jsonl' as const }
  const result = await pull({ ...base, output: join(home, `${name}.jsonl`), ...options })
  const files = parts.map((part) => join(home, `${name}${part && `.${part}`}.jsonl`))
  const read = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return { result, files: read.map((text) => text.split('\n').filter(Boolean)) }
}

test('a sample and a split stay what they are as the dataset grows', { timeout: 600_000 }, async (t) => {
  const home = await t.tmp()
  const first = texts(2000)
  const before = await cachedDataset(home, [[first.slice(0, 700)], [first.slice(700)]])
  const split = parseSplit('train=0.8,valid=0.1,test=0.1')
  const names = split.map(({ name }) => name)
  const sampled = await lines(before, 'sample', { sample: 0.2, seed: 3 })
  const divided = await lines(before, 'split', { split, seed: 3 }, names)
  const size = sampled.files[0]!.length
  t.ok(Math.abs(size - 400) < 80, `${size} of 2000 are a fifth`)
  const sizes = divided.files.map((part) => part.length)
  t.is(sizes[0]! + sizes[1]! + sizes[2]!, 2000)
  t.ok(Math.abs(sizes[0]! - 1600) < 80, `${sizes.join(', ')}`)

  const after = await growDataset(home, [
    [texts(500, { topic: 'new' }).map((each) => ({ ...each, text: each.text + '!' }))]
  ])
  const known = new Set(first.map((record) => JSON.stringify(record)))
  const old = (all: string[]) => all.filter((line) => known.has(line))
  const again = await lines(after, 'sample', { sample: 0.2, seed: 3 })
  t.alike(old(again.files[0]!), sampled.files[0], 'the same of the old ones are in the sample')
  t.ok(again.files[0]!.length > size, 'and some of the new')
  t.alike(
    (await lines(after, 'split', { split, seed: 3 }, names)).files.map(old),
    divided.files,
    'no record changes sides'
  )
  const other = await lines(after, 'sample', { sample: 0.2, seed: 4 })
  t.unlike(old(other.files[0]!), sampled.files[0], 'another seed draws others')
})

test(
  '--dedup keeps the first of each content, over batches and volumes, and in every format',
  { timeout: 600_000 },
  async (t) => {
    const home = await t.tmp()
    const own = texts(40, { topic: 'a' })
    // The same content with another provenance is the same.
    const copies = own.slice(10, 20).map((record) => ({ ...record, topic: 'b', model: 'm' }))
    const dataset = await cachedDataset(home, [[own, copies], [[...copies, ...texts(50).slice(40)]]])
    const { result, files } = await lines(dataset, 'all', { dedup: true })
    const expected = [...own, ...texts(50).slice(40)].map((record) => JSON.stringify(record))
    t.alike(files[0], expected)
    t.alike(result.left, { 'it is there already': 20 })
    for (const format of ['json', 'csv', 'text', 'parquet'] as const) {
      const output = join(home, `all.${format}`)
      t.is((await lines(dataset, 'all', { dedup: true, format, output })).result.records, 50, format)
    }
    t.alike((await lines(dataset, 'few', { dedup: true, limit: 45 })).files[0], expected.slice(0, 45), 'with a limit')
    const sql = 'SELECT * FROM records ORDER BY topic DESC NULLS LAST'
    const asked = await lines(dataset, 'asked', { dedup: true, sql })
    t.is(asked.files[0]!.length, 50, 'with a statement')
    t.ok(asked.files[0]![0]!.includes('"topic":"b"'), 'the first is the first of the answer')
  }
)

test('--max-tokens leaves out what is longer, by o200k', { timeout: 600_000 }, async (t) => {
  const random = new Random(5)
  const words = ['the', 'Tür', '漢字', '<|endoftext|>', '🙂', 'antidisestablishmentarianism', '\n', '1234567']
  const records: TrainingRecord[] = Array.from({ length: 300 }, (_, i) => {
    const text = Array.from({ length: 1 + random.below(60) }, () => random.pick(words)).join(' ')
    return i % 2 === 0 ? { kind: 'text', text } : { kind: 'instruction', prompt: text, response: 'Yes.' }
  })
  const dataset = await cachedDataset(await t.tmp(), [[records]])
  const { result, files } = await lines(dataset, 'short', { maxTokens: 60 })
  const short = records.filter((record) => countTokens(renderText(record), { disallowedSpecial: new Set() }) <= 60)
  t.alike(
    files[0],
    short.map((record) => JSON.stringify(record))
  )
  t.ok(short.length > 50 && short.length < 250, `${short.length} of 300`)
  t.alike(result.left, { 'it has more than 60 tokens': 300 - short.length })
})

test('a guard keeps spreadsheets from running cells', { timeout: 600_000 }, async (t) => {
  const cells = ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '-5', '+1.5e3', 'a=1', '']
  const records: TrainingRecord[] = cells.map((text) => ({ kind: 'text', text, temperature: -1 }))
  const dataset = await cachedDataset(await t.tmp(), [[records]])
  const output = join(dataset.home, 'guarded.csv')
  const sql = 'SELECT "text", temperature FROM records'
  for (const options of [{ sql }, {}]) {
    await lines(dataset, 'guarded', { output, format: 'csv', guard: true, ...options }, [])
    const csv = await readFile(output, 'utf8')
    for (const cell of ["'=1+1", "'+cmd", "'-2+3", "'@SUM(A1)", "'\t=1", `'\r=1`, 'a=1']) {
      t.ok(csv.includes(cell), JSON.stringify(cell))
    }
    t.absent(/[,\n"](=1\+1|\+cmd|@SUM)/.test(csv))
    t.absent(csv.includes("'-1"), 'a number stays one')
    t.absent(csv.includes("'+1.5e3"), 'also where it is text')
  }
})
