import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import { cardText } from '../../lib/dataset/card.js'
import { croissantOf } from '../../lib/dataset/croissant.js'
import { describeState } from '../../lib/dataset/describe.js'
import { factsOf } from '../../lib/dataset/facts.js'
import { pull, type PullOptions } from '../../lib/pull/pull.js'
import { COLUMNS } from '../../lib/record/fields.js'
import { Served } from './dataset.js'

const LONG = { timeout: 600_000 }
const NOTE = { code: 'pii', note: '' }

/** What is asked of a release: every format, and statements of every kind. */
const ASKED: { [name: string]: Partial<PullOptions> & Pick<PullOptions, 'format'> } = {
  'a.jsonl': { format: 'jsonl' },
  'b.json': { format: 'json' },
  'c.csv': { format: 'csv' },
  'd.txt': { format: 'text' },
  'e.parquet': { format: 'parquet' },
  'f.jsonl': { format: 'jsonl', where: [{ field: 'kind', values: ['text'] }], limit: 5 },
  'g.csv': { format: 'csv', sql: 'SELECT text, volume FROM records ORDER BY text' },
  'h.parquet': { format: 'parquet', sql: "SELECT count(*) AS n FROM records WHERE text LIKE '%of a%'" },
  'i.jsonl': { format: 'jsonl', sql: 'SELECT name, records FROM releases ORDER BY name' },
  folder: {
    format: 'parquet',
    folder: true,
    split: [
      { name: 'train', share: 0.8 },
      { name: 'test', share: 0.2 }
    ],
    seed: 3
  }
}

/** SHA-256 of every file that is pulled, but for the notes of how and when. */
async function pulled(t: Assert, served: Served, release: string): Promise<{ [file: string]: string }> {
  const home = await t.tmp()
  const out = join(home, 'out')
  const link = `${served.moderator.link}/${release}`
  await mkdir(out)
  for (const [name, asked] of Object.entries(ASKED)) {
    await pull({ home, link, output: join(out, name), network: served.network, ...asked })
  }
  const hashes: { [file: string]: string } = {}
  for (const path of (await readdir(out, { recursive: true })).map(String).sort()) {
    if (path.endsWith('.vdata.json')) continue
    const content = await readFile(join(out, path)).catch(() => null)
    if (content) hashes[path] = createHash('sha256').update(content).digest('hex')
  }
  return hashes
}

test('a release gives the same files before and after fifty later decisions', LONG, async (t) => {
  const served = await Served.create(t)
  const first = await served.give(...served.lines('a', 40, 30))
  const second = await served.give(...served.lines('b', 20))
  await served.desk.drop({ volume: first, ranges: [{ from: 3, to: 12 }], scope: 'hide', ...NOTE })
  const { entry } = await served.desk.release('v1', 'The first.')
  const papers = await served.desk.papers('v1')
  const before = await pulled(t, served, 'v1')
  t.ok(Object.keys(before).length >= 12, Object.keys(before).join(' '))
  t.is(before['a.jsonl'], entry.jsonl?.sha256, 'the release says itself what the file is')

  let decisions = 0
  for (let i = 0; i < 16; i++) {
    await served.give(...served.lines(`later ${i}`, 3))
    await served.desk.drop({ volume: first, ranges: [{ from: 20 + i, to: 20 + i }], scope: 'hide', ...NOTE })
    const standing = i % 2 === 0 ? ('banned' as const) : ('good' as const)
    const other = Buffer.alloc(32, i).toString('hex')
    await served.desk.judge({ contributor: other, standing, code: standing === 'banned' ? 'spam' : '', note: '' })
    decisions += 3
  }
  await served.desk.drop({ volume: second, ranges: [{ from: 0, to: 19 }], scope: 'hide', ...NOTE })
  await served.desk.release('v2', 'More.')
  await served.desk.release('v3', 'The same.')
  t.ok(decisions + 3 >= 50)
  t.alike(await pulled(t, served, 'v1'), before)
  t.alike(await served.desk.papers('v1'), papers, 'its card and its metadata, too')
  t.unlike((await pulled(t, served, 'v2'))['a.jsonl'], before['a.jsonl'])
  t.alike((await served.desk.verify()).faults, [])
})

test('a dropped record is in no pull, no answer and no count; a purged one in no release either', LONG, async (t) => {
  const served = await Served.create(t)
  const lines = served.lines('a', 4, 4)
  const volume = await served.give(...lines)
  await served.desk.release('v1', '')
  await served.desk.drop({ volume, ranges: [{ from: 1, to: 1 }], scope: 'hide', ...NOTE })
  await served.desk.release('v2', '')
  // Record 5 is purged with its neighbours, of which 4 was hidden before.
  await served.desk.drop({ volume, ranges: [{ from: 4, to: 4 }], scope: 'hide', ...NOTE })
  await served.desk.drop({ volume, ranges: [{ from: 5, to: 5 }], scope: 'purge', ...NOTE })
  const { entry } = await served.desk.release('v3', '')

  const index = served.moderator.index
  const all = lines.flat()
  const left = { v1: all.slice(0, 4), v2: [all[0], ...all.slice(2, 4)], v3: [all[0], ...all.slice(2, 4)] }
  t.is(entry.records, 3)
  for (const [release, expected] of Object.entries(left)) {
    const got = await served.pull(release)
    t.alike(got.lines, expected, `${release} is pulled`)
    const facts = await factsOf(await index.checkout(release), index)
    t.is(facts.records, expected.length, 'and counted')
    t.is(facts.raw_bytes, Buffer.byteLength(got.text))
    t.is(facts.facets.kind?.values.text, expected.length)
    t.alike({ ...facts.licenses }, { 'CC0-1.0': expected.length })
    const card = cardText(await describeState(index, release))
    t.ok(card.includes(`| Records | ${expected.length} |`), 'also on its card')
    const home = await t.tmp()
    const output = join(home, 'answer.jsonl')
    const sql = 'SELECT count(*) AS n, count(DISTINCT text) AS texts FROM records'
    const link = `${served.moderator.link}/${release}`
    await pull({ home, link, output, format: 'jsonl', network: served.network, sql })
    const n = expected.length
    t.alike(JSON.parse(await readFile(output, 'utf8')), { n, texts: n }, 'and by SQL')
  }
  t.is((await factsOf(await index.checkout('v1'), index)).purged_since, 4)
  t.is((await factsOf(await index.checkout('v2'), index)).purged_since, 4)
})

test('the metadata has what Croissant requires, and a card what Hugging Face reads', LONG, async (t) => {
  const served = await Served.create(t, { entry: { title: 'Of "law" | <b>', licenses: ['CC0-1.0'] } })
  await served.give(...served.lines('a', 4))
  const { entry } = await served.desk.release('v1', 'The first.')
  const state = await describeState(served.moderator.index, 'v1')
  const meta = JSON.parse(JSON.stringify(croissantOf(state))) as { [property: string]: unknown }
  const required = ['name', 'description', 'license', 'url', 'creator', 'datePublished', 'distribution', 'version']
  for (const property of ['@context', '@type', 'conformsTo', ...required]) {
    const value = meta[property]
    t.ok(value !== undefined && value !== '' && (!Array.isArray(value) || value.length > 0), property)
  }
  t.is(meta['@type'], 'sc:Dataset')
  t.alike(meta.license, ['https://spdx.org/licenses/CC0-1.0.html'])
  // Every word is in a namespace, or one that the context explains, or schema.org's own.
  const context = meta['@context'] as { [word: string]: unknown }
  for (const word of ['recordSet', 'field', 'source', 'extract', 'column', 'dataType', 'fileObject', 'isLiveDataset']) {
    t.ok(word in context, word)
  }
  const [file] = meta.distribution as { [property: string]: string }[]
  t.is(file!['@type'], 'cr:FileObject')
  t.alike(
    [file!.contentUrl, file!.sha256, file!.contentSize],
    [state.link, entry.jsonl!.sha256, `${entry.jsonl!.bytes} B`]
  )
  const [set] = meta.recordSet as { field: { name: string; source: { fileObject: { '@id': string } } }[] }[]
  t.alike(
    set!.field.map(({ name }) => name),
    [...COLUMNS]
  )
  t.ok(set!.field.every(({ source }) => source.fileObject['@id'] === file!['@id']))
  t.is(meta['rai:hasSyntheticData'], true)

  const card = cardText(state)
  const yaml = card.split('---\n')[1]!
  t.ok(yaml.includes('license: cc0-1.0\n') && yaml.includes('size_categories:\n- "n<1K"\n'))
  t.ok(yaml.includes('pretty_name: "Of \\"law\\" | <b>"\n'))
  t.ok(card.includes('\n# Of "law" | b, release v1\n'), 'no HTML of others')
  t.ok(card.includes(entry.jsonl!.sha256))
})
