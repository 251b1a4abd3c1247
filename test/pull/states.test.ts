// Releases, dropped records and manifests: the same state gives the same bytes, and what was dropped is in no form.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import { prepareDrop, prepareRelease } from '../../lib/dataset/curate.js'
import { readManifest } from '../../lib/pull/manifest.js'
import { pull, type PullOptions, type PullResult } from '../../lib/pull/pull.js'
import { parseSplit } from '../../lib/pull/render/choose.js'
import { verifyOutput } from '../../lib/pull/verify.js'
import { parseKey } from '../../lib/dataset/link.js'
import { Cli } from '../helpers/cli.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset, changeDataset, growDataset, type CachedDataset } from './helpers/dataset.js'

type Form = Partial<Omit<PullOptions, 'home' | 'output'>>

/** The forms in which the whole dataset can be had. */
const FORMS: { readonly [name: string]: Form } = {
  'all.jsonl': {},
  'all.json.gz': { format: 'json' },
  'all.csv': { format: 'csv', guard: true },
  'all.txt': { format: 'text' },
  'all.parquet': { format: 'parquet' },
  'asked.jsonl': { sql: 'SELECT * EXCLUDE (id) FROM records' },
  'asked.parquet': { format: 'parquet', sql: "SELECT text, topic FROM records WHERE topic IN ('a', 'b')" },
  'chosen.jsonl': { where: [{ field: 'topic', values: ['a', 'b'] }], shape: 'text', dedup: true, maxTokens: 9000 },
  'divided.csv': { format: 'csv', split: parseSplit('train=0.5,test=0.5'), seed: 4, sample: 0.9 },
  folder: { format: 'parquet', folder: true }
}

async function pullAs({ home, link }: CachedDataset, name: string, form: Form): Promise<PullResult> {
  const base = { home, link, network: { bootstrap: [] }, offline: true, format: 'jsonl' as const }
  return pull({ ...base, output: join(home, name), ...form })
}

/** The hashes of all files that a pull wrote. */
async function hashes(home: string, name: string): Promise<string[]> {
  return (await readManifest(join(home, `${name}.vdata.json`))).files.map(({ path, sha256 }) => `${path} ${sha256}`)
}

/** Hides or purges records of the dataset's first volume. */
function drop({ home }: CachedDataset, ranges: { from: number; to: number }[], scope: 'hide' | 'purge') {
  return changeDataset(home, async (index, store) => {
    const { id } = (await index.volumes())[0]!
    const request = { ranges, scope, code: 'pii' as const, note: '' }
    const prepared = await prepareDrop(index, id, request, async () => {
      const core = store.get({ key: parseKey(id) })
      await core.ready()
      return core
    })
    await index.drop(id, prepared.drop)
  })
}

function release({ home }: CachedDataset, name: string) {
  return changeDataset(home, async (index, store) => {
    const open = async (id: string) => {
      const core = store.get({ key: parseKey(id) })
      await core.ready()
      return core
    }
    await index.publish(name, await prepareRelease(index, name, '', open))
  })
}

async function example(t: Assert): Promise<CachedDataset> {
  const records = texts(60).map((record, i) => ({ ...record, topic: i < 40 ? 'a' : 'b' }))
  return cachedDataset(await t.tmp(), [[records.slice(0, 25), records.slice(25, 40)], [records.slice(40)]])
}

test(
  'a manifest makes the same bytes again, in every form, after the dataset went on',
  { timeout: 600_000 },
  async (t) => {
    const dataset = await example(t)
    const { home } = dataset
    const before = new Map<string, string[]>()
    for (const [name, form] of Object.entries(FORMS)) {
      await pullAs(dataset, name, form)
      before.set(name, await hashes(home, name))
    }
    await growDataset(home, [
      [
        texts(70)
          .slice(60)
          .map((record) => ({ ...record, topic: 'a' }))
      ]
    ])
    await drop(dataset, [{ from: 3, to: 9 }], 'hide')
    for (const [name, form] of Object.entries(FORMS)) {
      const manifest = await readManifest(join(home, `${name}.vdata.json`))
      const { length, hash } = manifest.dataset
      await pullAs(dataset, name, { ...manifest.request, at: { length, hash } })
      t.alike(await hashes(home, name), before.get(name), name)
      t.ok((await verifyOutput(join(home, name))).files.every(({ problem }) => problem === null))
      await pullAs(dataset, name, form)
      t.unlike(await hashes(home, name), before.get(name), `${name}: without it the dataset is what it is now`)
    }
  }
)

test('pull --locked from the command line, and what does not go with it', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const records = texts(30)
  const { link } = await cachedDataset(cli.home, [[records]])
  const args = ['pull', 'out.csv', '--from', link, '--offline', '-c', '--sample', '0.5', '--seed', '9']
  t.is((await cli.run(args)).code, 0)
  const first = await readFile(join(cli.home, 'out.csv'), 'utf8')
  await growDataset(cli.home, [[texts(40).slice(30)]])
  await writeFile(join(cli.home, 'out.csv'), first + 'x')
  t.is((await cli.run(['verify', 'out.csv'])).code, 5, 'a changed file is seen')
  t.is((await cli.run(['pull', '--locked', 'out.csv', '--offline'])).code, 0)
  t.is(await readFile(join(cli.home, 'out.csv'), 'utf8'), first)
  t.is((await cli.run(['verify', 'out.csv.vdata.json'])).code, 0)
  const other = await cli.run(['pull', 'other.csv', '--locked', 'out.csv.vdata.json', '--offline'])
  t.is(other.code, 0, other.stderr)
  t.is(await readFile(join(cli.home, 'other.csv'), 'utf8'), first, 'to another place')
  for (const wrong of [['--where', 'topic=a'], ['-j'], ['--sql', 'SELECT 1'], ['--limit', '3'], ['--from', link]]) {
    const { code, stderr } = await cli.run(['pull', 'out.csv', '--locked', 'out.csv', '--offline', ...wrong])
    t.alike([code, stderr.includes('--locked')], [2, true], wrong.join(' '))
  }
})

test('what was dropped is in no form, and a release keeps what was only hidden', { timeout: 600_000 }, async (t) => {
  const dataset = await example(t)
  await release(dataset, 'v1')
  // Across the border of two batches.
  await drop(dataset, [{ from: 20, to: 29 }], 'hide')
  const hidden = texts(60).slice(20, 30)
  const all = Object.entries(FORMS).filter(([name]) => !name.startsWith('divided') && name !== 'folder')
  for (const [name, form] of all) {
    const result = await pullAs(dataset, name, form)
    t.is(result.records, 50, name)
    const text = await readFile(join(dataset.home, name), 'utf8')
    if (!/gz|parquet/.test(name))
      t.absent(
        hidden.some((record) => text.includes(record.text)),
        'none of them'
      )
  }
  const counted = 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM records'
  await pullAs(dataset, 'count.jsonl', { sql: counted })
  t.is(await readFile(join(dataset.home, 'count.jsonl'), 'utf8'), '{"n":50,"ids":50}\n')
  t.is((await pullAs(dataset, 'few.jsonl', { limit: 22 })).records, 22)
  const few = (await readFile(join(dataset.home, 'few.jsonl'), 'utf8')).split('\n')
  t.ok(few[21]!.includes(texts(60)[31]!.text), 'a limit counts what is there')

  const released = { ...dataset, link: `${dataset.link}/v1` }
  t.is((await pullAs(released, 'v1.jsonl', {})).records, 60, 'the release has them')
  await drop(dataset, [{ from: 26, to: 26 }], 'purge')
  const purged = await pullAs(released, 'v1.jsonl', {})
  t.alike([purged.records, purged.purged], [45, 15], 'but not what was purged: its whole batch')
  t.is((await pullAs(released, 'v1.parquet', { format: 'parquet' })).records, 45)
  await t.exception(pullAs({ ...dataset, link: `${dataset.link}/v2` }, 'v2.jsonl', {}), /no release/)
})
