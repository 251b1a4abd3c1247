// What a pull that is killed while it gives its files their names leaves: the next look at it finishes the work.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { commitOutput } from '../../lib/pull/commit.js'
import { manifestPath } from '../../lib/pull/manifest.js'
import { partialName } from '../../lib/pull/output/sink.js'
import { pull, type PullOptions } from '../../lib/pull/pull.js'
import { parseSplit } from '../../lib/pull/render/choose.js'
import { verifyOutput } from '../../lib/pull/verify.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset, growDataset } from './helpers/dataset.js'

const PARTS = 'train=0.6,valid=0.2,test=0.2'

/** Two states of a dataset, pulled into two folders, and what to pull with. */
async function twoStates(t: { tmp(): Promise<string> }, name: string, form: Partial<PullOptions>) {
  const [home, old, fresh] = [await t.tmp(), await t.tmp(), await t.tmp()]
  const { link } = await cachedDataset(home, [[texts(200)]])
  const options = { home, link, network: { bootstrap: [] }, offline: true, format: 'jsonl' as const, ...form }
  await pull({ ...options, output: join(old, name) })
  await growDataset(home, [[texts(300).slice(200)]])
  await pull({ ...options, output: join(fresh, name) })
  return { old, fresh, options }
}

async function contents(folder: string): Promise<{ [name: string]: string }> {
  const all: { [name: string]: string } = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) all[path.slice(folder.length + 1)] = await readFile(path, 'base64')
  }
  return all
}

test(
  'files of a split: killed after any number of renames, they are the new ones in the end',
  { timeout: 600_000 },
  async (t) => {
    const files = ['train', 'valid', 'test'].map((part) => `out.${part}.jsonl`)
    for (let renamed = 0; renamed <= files.length; renamed++) {
      const { old, fresh, options } = await twoStates(t, 'out.jsonl', { split: parseSplit(PARTS) })
      const expected = await contents(fresh)
      // The new files lie beside the old ones, and some have taken their places.
      await writeFile(
        partialName(manifestPath(join(old, 'out.jsonl'))),
        await readFile(join(fresh, 'out.jsonl.vdata.json'))
      )
      for (const [i, file] of files.entries()) {
        await rename(join(fresh, file), i < renamed ? join(old, file) : partialName(join(old, file)))
      }
      if (renamed % 2 === 0) {
        const { files: verified } = await verifyOutput(join(old, 'out.jsonl'))
        t.ok(
          verified.every(({ problem }) => problem === null),
          `${renamed} renamed, then verified`
        )
      } else await pull({ ...options, output: join(old, 'out.jsonl') })
      t.alike(await contents(old), expected, 'as if nothing had happened')
    }
  }
)

test('a folder: killed between its renames, it is the new one in the end', { timeout: 600_000 }, async (t) => {
  for (const moment of ['before', 'between', 'after'] as const) {
    const { old, fresh } = await twoStates(t, 'data', { folder: true, format: 'parquet' })
    const expected = await contents(fresh)
    const target = join(old, 'data')
    await writeFile(partialName(manifestPath(target)), await readFile(join(fresh, 'data.vdata.json')))
    await rename(join(fresh, 'data'), partialName(target))
    if (moment !== 'before') await rename(target, `${target}.vdata-former`)
    if (moment === 'after') await rename(partialName(target), target)
    const { files } = await verifyOutput(target)
    t.ok(
      files.every(({ problem }) => problem === null),
      moment
    )
    t.alike(await contents(old), expected)
  }
})

test('a manifest that was not written to its end means that nothing was renamed', { timeout: 600_000 }, async (t) => {
  const { old, options } = await twoStates(t, 'out.jsonl', {})
  const before = await contents(old)
  const pending = partialName(manifestPath(join(old, 'out.jsonl')))
  await writeFile(`${pending}.tmp`, '{"format":"vdata/pu')
  await writeFile(partialName(join(old, 'out.jsonl')), 'half of a')
  t.ok((await verifyOutput(join(old, 'out.jsonl'))).files.every(({ problem }) => problem === null))
  t.is((await contents(old))['out.jsonl'], before['out.jsonl'], 'the old file')
  await pull({ ...options, output: join(old, 'out.jsonl') })
  t.alike((await readdir(old)).sort(), ['out.jsonl', 'out.jsonl.vdata.json'], 'nothing temporary is left')
})

test('renames that fail leave the old manifest', { timeout: 600_000 }, async (t) => {
  const { old } = await twoStates(t, 'out.jsonl', {})
  const before = await contents(old)
  const { manifest } = await verifyOutput(join(old, 'out.jsonl'))
  const failing = commitOutput(join(old, 'out.jsonl'), { ...manifest, records: 7 }, () =>
    Promise.reject(new Error('no'))
  )
  await t.exception(failing, /no/)
  t.alike(await contents(old), before)
})

test('a target that cannot be written is refused before anything is fetched', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  await mkdir(join(folder, 'there'))
  const base = {
    home: join(folder, 'home'),
    link: `vdata://${'y'.repeat(52)}`,
    network: { bootstrap: [] },
    format: 'jsonl' as const
  }
  await t.exception(pull({ ...base, output: join(folder, 'absent', 'out.jsonl') }), /There is no folder .*absent/)
  await t.exception(pull({ ...base, output: join(folder, 'there') }), /is a folder/)
  t.alike(await readdir(folder), ['there'], 'not even a cache was made')
})
