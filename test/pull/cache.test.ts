// The cache of pulls: what it says of itself is what is there, and it lets go of what was used longest ago.
import { createHash } from 'node:crypto'
import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { Dataset } from '../../lib/pull/dataset.js'
import { clearCache, describeCache } from '../../lib/pull/cache.js'
import { pull, type PullOptions } from '../../lib/pull/pull.js'
import { blockFolder } from '../../lib/network/space.js'
import { closeStore } from '../../lib/network/store.js'
import { cacheFolder, openCache } from '../../lib/dataset/cache-store.js'
import { parseKey } from '../../lib/dataset/link.js'
import { Served } from '../desk/dataset.js'

const LONG = { timeout: 600_000 }

/** Bytes of the batches of volumes in a home's cache, by volume. */
async function bytesIn(home: string, volumes: readonly string[]): Promise<number[]> {
  const store = await openCache(home, { purpose: 'test' })
  const all: number[] = []
  for (const id of volumes) {
    const core = store.get({ key: parseKey(id) })
    await core.ready()
    let bytes = 0
    for (let i = 1; i < core.length; i++) bytes += (await core.get(i, { wait: false }))?.length ?? 0
    all.push(bytes)
    await core.close()
  }
  await closeStore(store, cacheFolder(home))
  return all
}

function options(served: Served, home: string, rest: Partial<PullOptions> = {}): PullOptions {
  const output = join(home, 'out.jsonl')
  return { home, link: served.moderator.link, network: served.network, format: 'jsonl', output, ...rest }
}

/** Lines of records of one topic, which compress badly. */
function of(topic: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const text = createHash('sha512').update(`${topic} ${i}`).digest('base64')
    return JSON.stringify({ kind: 'text', text, topic })
  })
}

test('the cache counts the blocks that are there, however they came', LONG, async (t) => {
  const served = await Served.create(t)
  const volumes = [await served.give(of('law', 40), of('music', 50), of('work', 60)), await served.give(of('home', 30))]
  const home = await t.tmp()
  const counted = async () => {
    const [told, real] = [await describeCache({ home }), await bytesIn(home, volumes)]
    t.is(
      told.bytes,
      real.reduce((sum, bytes) => sum + bytes, 0),
      `${told.bytes} bytes`
    )
    return told.bytes
  }
  const topic = (value: string) => ({ where: [{ field: 'topic' as const, values: [value] }] })
  await pull(options(served, home, topic('law')))
  const law = await counted()
  await pull(options(served, home, topic('music')))
  const both = await counted()
  t.ok(both > law, 'two pulls of one volume add up')
  await pull(options(served, home, topic('law')))
  t.is(await counted(), both)
  const first = await pull(options(served, home, { sql: 'SELECT * FROM records LIMIT 1' }))
  t.is(first.skipped, (await served.moderator.index.volumes()).reduce((sum, { entry }) => sum + entry.bytes, 0) - law)
  t.is(await counted(), both, 'a statement that stopped early asked for no more')

  const dataset = await Dataset.open(served.moderator.link, { home, network: served.network })
  for await (const record of dataset.records({ where: { topic: 'home' } })) t.is(record.topic, 'home')
  await dataset.close()
  t.ok((await counted()) > both, 'a program’s reading counts too')
})

test('what was used longest ago goes first, and only as much as is too much', LONG, async (t) => {
  const served = await Served.create(t)
  const topics = ['one', 'two', 'three']
  const volumes: string[] = []
  for (const topic of topics) volumes.push(await served.give(of(topic, 40)))
  const home = await t.tmp()
  const get = (topic: string, cacheBytes: number) =>
    pull(options(served, home, { where: [{ field: 'topic', values: [topic] }], cacheBytes }))
  for (const topic of topics) await get(topic, Infinity)
  const [one] = await bytesIn(home, volumes)
  await get('one', Infinity)
  const again = await get('three', 2.5 * one!)
  t.is(again.fetched, 0)
  t.alike(
    (await bytesIn(home, volumes)).map((bytes) => bytes > 0),
    [true, false, true],
    'the second was used longest ago'
  )
  t.ok((await describeCache({ home })).bytes <= 2.5 * one!)

  t.ok((await get('two', 1)).fetched > 0, 'it is fetched again')
  t.alike(
    (await bytesIn(home, volumes)).map((bytes) => bytes > 0),
    [false, true, false],
    'what a pull used stays'
  )

  await get('one', Infinity)
  const freed = await clearCache({ home, keep: 1.5 * one! })
  t.is(freed.volumes, 1)
  t.alike(
    (await bytesIn(home, volumes)).map((bytes) => bytes > 0),
    [true, false, false]
  )
  t.is((await clearCache({ home, dataset: 'z'.repeat(52) })).volumes, 0, 'another dataset has nothing here')
  await clearCache({ home })
  t.alike(await bytesIn(home, volumes), [0, 0, 0])
  t.is((await describeCache({ home })).bytes, 0)
  t.is((await get('one', Infinity)).records, 40, 'and it can be fetched again')
  t.is((await readFile(join(home, 'out.jsonl'), 'utf8')).split('\n').length, 41)
})

test('blocks that the disk lost are fetched again, and missed where nobody is asked', LONG, async (t) => {
  const served = await Served.create(t)
  // Large enough to lie in files of their own.
  const id = await served.give(of('law', 1000), of('music', 1000))
  const home = await t.tmp()
  await pull(options(served, home))
  const [bytes] = await bytesIn(home, [id])
  const output = join(home, 'out.jsonl')
  const before = await readFile(output, 'utf8')
  const folder = blockFolder(cacheFolder(home))
  const [name] = await readdir(folder)
  await truncate(join(folder, name!), 8192)

  await t.exception(pull(options(served, home, { offline: true })), { code: 'MISSING_VOLUMES' })
  t.is(await readFile(output, 'utf8'), before, 'the file of before stays')
  const again = await pull(options(served, home))
  // Two have it: hypercore may ask both for one block.
  t.ok(again.fetched >= bytes!, 'both batches')
  t.is(await readFile(output, 'utf8'), before)
  t.is((await pull(options(served, home, { offline: true }))).fetched, 0)
  t.alike(await bytesIn(home, [id]), [bytes])

  await clearCache({ home })
  t.alike(await readdir(folder), [], 'what is cleared takes no space')
})
