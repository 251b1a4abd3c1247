// Pulls of every form, killed at random moments: the next one completes and is right, the old target is there until then,
// and nothing temporary is left.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import { writeCorpus } from '../helpers/corpus.js'
import { atEvent, atRandom, killed, timed } from '../helpers/kills.js'
import { Net, type Party } from '../helpers/net.js'
import { rowsOf, sorted, type Row } from './records.js'

const KILLS = 20
/** A folder of Parquet takes a while; the others are killed more often. */
const FOLDER_KILLS = 6
const BYTES = 3_000_000
const TOPICS = ['law', 'health', 'work', 'home']
const LONG = { timeout: 300_000 }

interface World {
  net: Net
  link: string
  records: Row[]
  /** Adds a part to the dataset. */
  grow(bytes: number): Promise<void>
}

async function world(t: Assert, name: string): Promise<World> {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset(name)
  await moderator.serve('index', 'serve')
  const contributor = await net.party()
  const records: Row[] = []
  let seed = 0
  const grow = async (bytes: number) => {
    const path = contributor.path('part.jsonl')
    await writeCorpus(path, bytes, { seed: ++seed, topics: TOPICS })
    records.push(...(await rowsOf(path)))
    await contributor.result('share', path, '--to', link, '--license', 'CC0-1.0')
  }
  await grow(BYTES)
  return { net, link, records, grow }
}

/** All files below a folder, with what is in them. */
async function contents(folder: string): Promise<Map<string, string>> {
  const all = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) all.set(path.slice(folder.length + 1), await readFile(path, 'base64'))
  }
  return all
}

function same(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, data]) => other.get(name) === data)
}

/** Folders of the cache that are of one pull alone. */
async function scratch(reader: Party): Promise<string[]> {
  const lists = ['scratch', 'engines'].map((name) => readdir(reader.path('cache', name)).catch(() => []))
  return (await Promise.all(lists)).flat()
}

const WAYS = [
  atRandom,
  atEvent('connecting'),
  atEvent('plan'),
  atRandom,
  atEvent('progress'),
  atEvent('progress', 2),
  atRandom,
  atEvent('query')
]

/** Kills pulls with these arguments, half of them with the blocks here already; `file` is what stood there before. */
async function killPulls(t: Assert, { net, link }: World, kills: number, name: string, args: string[], old: string[]) {
  const first = await net.party()
  const pull = (reader: Party, form = args) => ['pull', reader.path('out', name), '--from', link, ...form]
  await first.folder('out')
  const [, usual] = await timed(first.result(...pull(first)))
  const expected = await contents(first.path('out'))
  const alone = await net.party()
  await alone.folder('out')
  await alone.result(...pull(alone, old))
  const before = await contents(alone.path('out'))

  let reader = first
  const alive = await killed(kills, kills, WAYS, async (way, random, nth) => {
    if (nth % 2 === 0) reader = await net.party()
    const folder = reader.path('out')
    await rm(folder, { recursive: true, force: true })
    for (const [path, data] of before) {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), Buffer.from(data, 'base64'))
    }
    const met = await way(reader.start(pull(reader)), random, usual)
    const left = new Map([...(await contents(folder))].filter(([path]) => !/partial|former/.test(path)))
    const single = !args.includes('--split')
    if (single && ![...left].every(([path, data]) => before.get(path) === data || expected.get(path) === data)) {
      t.fail(`${name} ${nth}: a file is neither the old one nor the new one`)
    }
    const again = await reader.run(pull(reader))
    if (again.code !== 0) t.fail(`${name} ${nth}: ended with ${again.code}\n${again.stderr}${again.stdout}`)
    const found = await contents(folder)
    if (!same(found, expected)) t.fail(`${name} ${nth}: found ${[...found.keys()].join(', ')}`)
    const temporary = await scratch(reader)
    if (temporary.length > 0) t.fail(`${name} ${nth}: the cache has ${temporary.join(', ')}`)
    return met
  })
  t.is(alive, kills, `${name}: killed alive, and right the next time`)
}

test('a pull by SQL that is killed', LONG, async (t) => {
  const sql = `SELECT topic, prompt, length(response) AS n FROM records WHERE topic IN ('law', 'home') ORDER BY prompt`
  await killPulls(t, await world(t, 'asked'), KILLS, 'answer.csv', ['-c', '--sql', sql], ['-c', '--limit', '5'])
})

test('a pull into a folder of Parquet, divided, that is killed', LONG, async (t) => {
  const args = ['--split', 'train=0.8,test=0.2', '--seed', '2']
  await killPulls(t, await world(t, 'folder'), FOLDER_KILLS, 'data/', args, ['--limit', '5'])
})

test('an incremental pull that is killed', LONG, async (t) => {
  const given = await world(t, 'growing')
  const { net, link, records, grow } = given
  const reader = await net.party()
  const target = reader.path('out', 'all.jsonl')
  await reader.folder('out')
  const args = ['pull', target, '--from', link]
  await reader.result(...args)
  const [, usual] = await timed(reader.result(...args))
  const alive = await killed(KILLS, 5, WAYS.slice(0, 7), async (way, random, nth) => {
    const before = await readFile(target)
    const known = records.length
    await grow(150_000)
    const met = await way(reader.start(args), random, usual)
    const rows = await rowsOf(target)
    const old = (await readFile(target)).equals(before)
    if (!old && rows.length !== records.length) t.fail(`${nth}: the target is half written, ${rows.length} records`)
    const again = await reader.run(args)
    const done = again.events.at(-1)
    if (again.code !== 0) t.fail(`${nth}: ended with ${again.code}\n${again.stderr}${again.stdout}`)
    // The old part is here; what the killed pull had brought of the new one is, too.
    if (Number(done?.fetched) > 150_000) t.fail(`${nth}: ${String(done?.fetched)} bytes were fetched`)
    const beside = (await readdir(reader.path('out'))).sort().join()
    if (beside !== 'all.jsonl,all.jsonl.vdata.json') t.fail(`${nth}: left ${beside}`)
    const after = await readFile(target)
    if (!after.subarray(0, before.length).equals(before)) t.fail(`${nth}: what was there before has moved`)
    if (done?.records !== records.length || known === records.length) t.fail(`${nth}: ${String(done?.records)} records`)
    return met
  })
  t.is(alive, KILLS, 'killed alive, and right the next time')
  t.alike(sorted(await rowsOf(target)), sorted(records), 'every record once')
})
