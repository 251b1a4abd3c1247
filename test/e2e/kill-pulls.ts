import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Assert } from 'brittle'
import { writeCorpus } from '../helpers/corpus.js'
import { atEvent, atRandom, killed, timed } from '../helpers/kills.js'
import { Net, type Party } from '../helpers/net.js'
import { rowsOf, sorted, type Row } from './records.js'

const LANES = 2
const BYTES = 2_400_000
const GROWTH = 400_000
const TOPICS = ['law', 'health', 'work', 'home']
const SQL = `SELECT topic, prompt, length(response) AS n FROM records WHERE topic IN ('law', 'home') ORDER BY prompt`
const WAYS = [
  atRandom,
  atEvent('connecting'),
  atEvent('index'),
  atEvent('plan'),
  atRandom,
  atEvent('progress'),
  atEvent('progress', 2),
  atRandom,
  atEvent('query')
]

/** Files below a folder by their path, with what is in them in base64. */
type Files = ReadonlyMap<string, string>

/** A pull that is killed: into which name, with which options, and which ones made what stood there before. */
interface Form {
  name: string
  args: string[]
  old: string[]
}

/** A dataset that is served, and homes of people who pulled it: before it grew, and after. */
interface World {
  net: Net
  link: string
  records: Row[]
  before: Party
  after: Party
}

async function world(t: Assert): Promise<World> {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('killed')
  await moderator.serve('index', 'serve')
  const [contributor, before, after] = [await net.party(), await net.party(), await net.party()]
  const records: Row[] = []
  const grow = async (bytes: number, seed: number) => {
    const path = contributor.path('part.jsonl')
    await writeCorpus(path, bytes, { seed, topics: TOPICS })
    records.push(...(await rowsOf(path)))
    await contributor.result('share', path, '--to', link, '--license', 'CC0-1.0')
  }
  const pull = async (reader: Party) => {
    await reader.folder('out')
    await reader.result('pull', reader.path('out', 'all.jsonl'), '--from', link)
  }
  await grow(BYTES, 1)
  await pull(before)
  await grow(GROWTH, 2)
  await pull(after)
  return { net, link, records, before, after }
}

async function contents(folder: string): Promise<Files> {
  const all = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) all.set(path.slice(folder.length + 1), await readFile(path, 'base64'))
  }
  return all
}

async function restore(folder: string, files: Files): Promise<void> {
  for (const [path, data] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), data, 'base64')
  }
}

function same(one: Files, other: Files): boolean {
  return one.size === other.size && [...one].every(([path, data]) => other.get(path) === data)
}

/** What is below a folder of these files. */
function below(files: Files, folder: string): Files {
  const inside = [...files].filter(([path]) => path.startsWith(`${folder}/`))
  return new Map(inside.map(([path, data]) => [path.slice(folder.length + 1), data]))
}

/**
 * What is wrong with a target right after the kill, or null: it is the old one or the new one, whole. A folder that is on
 * its way to the target's place has left the old one beside it.
 */
function broken(found: Files, old: Files, fresh: Files): string | null {
  if ([...old.keys()].some((path) => path.startsWith('data/'))) {
    const target = below(found, 'data')
    if (target.size === 0) return same(below(found, 'data.vdata-former'), below(old, 'data')) ? null : 'the old is gone'
    return [old, fresh].some((whole) => same(target, below(whole, 'data'))) ? null : 'the folder is neither'
  }
  const wrong = [...old.keys()].find((path) => ![old, fresh].some((whole) => whole.get(path) === found.get(path)))
  return wrong === undefined ? null : `${wrong} is neither the old one nor the new one`
}

/** Folders of the cache that are of one pull alone. */
async function scratch(reader: Party): Promise<string[]> {
  const lists = ['scratch', 'engines'].map((name) => readdir(reader.path('cache', name)).catch(() => []))
  return (await Promise.all(lists)).flat()
}

/** Somebody with a copy of another one's cache. */
async function withCacheOf(net: Net, other: Party): Promise<Party> {
  const party = await net.party()
  await cp(other.path('cache'), party.path('cache'), { recursive: true })
  // Says on which disk the store was made; without it the copy is a store like any other.
  await rm(party.path('cache', 'store', 'CORESTORE'))
  return party
}

/** Kills pulls of this form. `starts` are in turn what who pulls has already: a copy of somebody's cache, or nothing. */
async function killPulls(
  t: Assert,
  { net, link }: World,
  kills: number,
  form: Form,
  starts: readonly (Party | null)[],
  old?: Files
) {
  const { name, args } = form
  const pull = (reader: Party, options = args) => ['pull', reader.path('out', name), '--from', link, ...options]
  const outcome = async (options: string[]) => {
    const reader = await net.party()
    await reader.folder('out')
    const [done, usual] = await timed(reader.result(...pull(reader, options)))
    return { files: await contents(reader.path('out')), usual, records: done.records }
  }
  const whole = await outcome(args)
  const before = old ?? (await outcome(form.old)).files
  let { usual } = whole

  const alive = await killed(
    kills,
    kills,
    WAYS,
    async (way, random, nth) => {
      const start = starts[nth % starts.length] ?? null
      const reader = start === null ? await net.party() : await withCacheOf(net, start)
      const folder = reader.path('out')
      await restore(folder, before)
      const met = await way(reader.start(pull(reader)), random, usual)
      const trouble = broken(await contents(folder), before, whole.files)
      if (trouble !== null) t.fail(`${name} ${nth}: ${trouble}`)

      const [again, took] = await timed(reader.run(pull(reader)))
      usual = Math.max(usual, took)
      if (again.code !== 0) t.fail(`${name} ${nth}: ended with ${again.code}\n${again.stderr}${again.stdout}`)
      const found = await contents(folder)
      if (!same(found, whole.files)) t.fail(`${name} ${nth}: found ${[...found.keys()].join(', ')}`)
      const temporary = await scratch(reader)
      if (temporary.length > 0) t.fail(`${name} ${nth}: the cache has ${temporary.join(', ')}`)
      const fetched = Number(again.events.at(-1)?.fetched)
      if (start !== null && fetched > GROWTH) t.fail(`${name} ${nth}: ${fetched} bytes were fetched again`)
      for (const path of ['cache', 'out']) await rm(reader.path(path), { recursive: true, force: true })
      return met
    },
    LANES
  )
  t.ok(alive >= kills, `${name} ${args.join(' ')}: ${alive} times killed alive, and right the next time`)
  return whole
}

/**
 * Kills pulls of every form at random moments, each form so many times: the next one completes and is right, the old target
 * is there until then, and nothing temporary is left.
 */
export async function killEveryPull(t: Assert, kills: number): Promise<void> {
  const given = await world(t)
  const { records, before, after } = given
  const all = 'all.jsonl'
  const limited = ['--limit', '5']

  // The old part is not fetched again, and stays where it was.
  const grown = await contents(before.path('out'))
  const { files } = await killPulls(t, given, kills, { name: all, args: [], old: [] }, [before], grown)
  t.ok(text(files, all).startsWith(text(grown, all)) && files.get(all) !== grown.get(all), 'the new part is appended')
  t.alike(sorted(rowsIn(text(files, all))), sorted(records), 'every record once')

  // From nothing, and with all blocks here already, so that the kill meets the writing.
  const both = [null, after]
  await killPulls(t, given, kills, { name: all, args: [], old: limited }, both)
  await killPulls(t, given, kills, { name: 'answer.csv', args: ['-c', '--sql', SQL], old: ['-c', ...limited] }, both)
  const divided = ['--split', 'train=0.8,test=0.2', '--seed', '2']
  await killPulls(t, given, kills, { name: 'data/', args: divided, old: limited }, both)
}

function text(files: Files, name: string): string {
  return Buffer.from(files.get(name) ?? '', 'base64').toString()
}

function rowsIn(lines: string): Row[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}
