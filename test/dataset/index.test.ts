// The index as its moderator writes it and as a distrustful reader reads it.
import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import test, { type Assert } from 'brittle'
import Hyperbee from 'hyperbee'
import type { VolumeEntry } from '../../lib/dataset/entries.js'
import { VdataError } from '../../lib/errors.js'
import { factsOf } from '../../lib/dataset/facts.js'
import { formatKey, formatLink, parseLink } from '../../lib/dataset/link.js'
import { IndexMemory } from '../../lib/dataset/memory.js'
import { IndexReader } from '../../lib/dataset/reader.js'
import { IndexWriter } from '../../lib/dataset/writer.js'
import { Identity } from '../../lib/network/identity.js'
import { datasetEntryOf, newModerator, newStore } from '../helpers/network.js'

const identity = new Identity(Buffer.alloc(32, 1))
const AT = '2026-01-01T00:00:00.000Z'

function volumeEntryOf(contributor: Buffer, rest: Partial<VolumeEntry> = {}): VolumeEntry {
  return {
    length: 2,
    bytes: 1000,
    raw_bytes: 3000,
    records: 10,
    contributor: formatKey(contributor),
    signature: '0'.repeat(128),
    expiry: 1,
    license: 'CC0-1.0',
    facets: { topic: { values: { law: 7 }, other: 0, missing: 3 } },
    zone_map: '',
    check: {},
    bias: null,
    accepted_at: AT,
    ...rest
  }
}

/** An index whose every block its moderator may have written as it likes. */
async function rawIndex(t: Assert): Promise<{ bee: Hyperbee; reader: () => Promise<IndexReader> }> {
  const store = await newStore(t)
  const core = store.get({ name: 'index' })
  await core.ready()
  const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'binary', extension: false })
  await bee.ready()
  return { bee, reader: () => IndexReader.open(store, core.key) }
}

test('a dataset that was created has one link, whoever opens it', async (t) => {
  const home = await t.tmp()
  const moderator = await newModerator(t, { home, entry: { title: 'Law', licenses: ['CC0-1.0'] } })
  const { link } = moderator
  t.is((await moderator.index.dataset()).title, 'Law')
  t.ok(await moderator.index.isModerator((await Identity.load(home)).keyPair('moderator/test').publicKey))
  t.absent(await moderator.index.isModerator(randomBytes(32)))
  t.alike(await moderator.index.volumes(), [])
  await moderator.close()
  const again = await newModerator(t, { home })
  t.is(again.link, link)
  t.is((await again.index.dataset()).title, 'Law')
})

test('links are read in every form in which people have them', async (t) => {
  const key = randomBytes(32)
  const link = formatLink(key)
  t.alike(parseLink(link), { key })
  t.alike(parseLink(` ${link}/ `), { key })
  t.alike(parseLink(formatKey(key)), { key })
  t.alike(parseLink(`vdata://${key.toString('hex')}`), { key })
  t.alike(parseLink(formatLink(key, 'v1.0')), { key, release: 'v1.0' })
  for (const bad of [
    '',
    'vdata://',
    'https://example.org',
    `pear://${formatKey(key)}`,
    link.slice(0, -1),
    `${link}x`,
    `${link}/../x`,
    `${link}/.hidden`,
    `${link}/a/b`,
    `${link}/${'a'.repeat(65)}`,
    `vdata://${'l'.repeat(52)}`
  ]) {
    await t.exception(async () => void parseLink(bad), { code: 'BAD_LINK', failure: 'usage' }, JSON.stringify(bad))
  }
})

test('volumes are listed in the order of their acceptance, the same for everyone', async (t) => {
  const store = await newStore(t)
  const writer = await IndexWriter.openNamed(store, 'index')
  await writer.describe(datasetEntryOf(identity, 'test'))
  const keys = [randomBytes(32), randomBytes(32), randomBytes(32)]
  const contributor = randomBytes(32)
  for (const [i, key] of keys.entries()) {
    await writer.accept(formatKey(key), volumeEntryOf(contributor, { accepted_at: `2026-01-0${3 - i}T00:00:00.000Z` }))
  }
  const reader = await IndexReader.open(store, writer.core.key)
  t.alike(
    (await reader.volumes()).map(({ key }) => key),
    keys.toReversed()
  )
  const facts = await factsOf(reader)
  t.is(facts.records, 30)
  t.is(facts.contributors, 1)
  t.is(facts.facets.topic?.values.law, 21)
})

test('everything that was ever written can be read in order', async (t) => {
  const store = await newStore(t)
  const writer = await IndexWriter.openNamed(store, 'index')
  await writer.describe(datasetEntryOf(identity, 'test'))
  const id = formatKey(randomBytes(32))
  await writer.decide(id, { status: 'rejected', reasons: [{ code: 'quality', count: 1, note: '' }], at: AT })
  await writer.decide(id, { status: 'withdrawn', reasons: [], at: AT })
  const log: [string, unknown][] = []
  for await (const { key, value } of writer.history()) log.push([key, (value as { status?: string }).status])
  t.alike(log, [
    ['dataset', undefined],
    [`verdict/${id}`, 'rejected'],
    [`verdict/${id}`, 'withdrawn']
  ])
})

test('a decision is there whole or not at all, and nothing invalid is written', async (t) => {
  const store = await newStore(t)
  const writer = await IndexWriter.openNamed(store, 'index')
  await writer.describe(datasetEntryOf(identity, 'test'))
  const before = writer.core.length
  const id = formatKey(randomBytes(32))
  const contributor = { name: '', standing: 'odd', reason: '' } as never
  await t.exception(writer.accept(id, volumeEntryOf(randomBytes(32)), contributor), { name: 'ZodError' })
  t.is(writer.core.length, before)
  t.is(await writer.volume(id), null)
})

const HOSTILE_VALUES: { [name: string]: string | Buffer } = {
  'no JSON': '{"length":',
  nothing: '',
  'random bytes': randomBytes(100),
  null: 'null',
  'an array': '[1,2,3]',
  'a deep array': '['.repeat(50_000) + ']'.repeat(50_000),
  'a number that is none': '{"length":1e999}',
  'a prototype': '{"__proto__":{"length":2,"bytes":1}}',
  'a constructor': '{"constructor":{"prototype":{"polluted":true}}}'
}

test('a value that does not hold is as if it were not there', async (t) => {
  const { bee, reader } = await rawIndex(t)
  await bee.put('dataset', Buffer.from(JSON.stringify(datasetEntryOf(identity, 'test'))))
  const good = formatKey(randomBytes(32))
  const contributor = randomBytes(32)
  await bee.put(`volume/${good}`, Buffer.from(JSON.stringify({ ...volumeEntryOf(contributor), later: 'field' })))
  const bad: string[] = []
  for (const value of Object.values(HOSTILE_VALUES)) {
    const id = formatKey(randomBytes(32))
    bad.push(id)
    for (const key of [`volume/${id}`, `verdict/${id}`, `contributor/${id}`]) await bee.put(key, Buffer.from(value))
  }
  const wrong: Partial<{ [field in keyof VolumeEntry]: unknown }>[] = [
    { length: -1 },
    { length: 16_385 },
    { records: 1.5 },
    { bytes: Number.MAX_SAFE_INTEGER + 1 },
    { contributor: 'l'.repeat(52) },
    { signature: '00' },
    { accepted_at: 'yesterday' },
    { facets: { topic: { values: { law: -1 }, other: 0, missing: 0 } } },
    { zone_map: 7 }
  ]
  for (const field of wrong) {
    const value = Buffer.from(JSON.stringify({ ...volumeEntryOf(contributor), ...field }))
    await bee.put(`volume/${formatKey(randomBytes(32))}`, value)
  }
  await bee.put('volume/short', Buffer.from(JSON.stringify(volumeEntryOf(contributor))))
  await bee.put('volume0', Buffer.from('not in the range'))

  const index = await reader()
  t.alike(
    (await index.volumes()).map(({ id }) => id),
    [good]
  )
  t.alike(await index.verdicts(), [])
  for (const id of bad) {
    t.is(await index.volume(id), null)
    t.is(await index.verdict(id), null)
    t.is(await index.contributor(id), null)
  }
  t.is((await factsOf(index)).volumes, 1)
  let entries = 0
  for await (const { key } of index.history()) entries += Number(key.length > 0)
  t.is(entries, index.core.length - 1, 'the log shows everything')
  t.is(({} as { polluted?: boolean }).polluted, undefined)
})

test('words from outside are counted as words, whatever they are', async (t) => {
  const { bee, reader } = await rawIndex(t)
  await bee.put('dataset', Buffer.from(JSON.stringify(datasetEntryOf(identity, 'test'))))
  const entry = JSON.stringify(volumeEntryOf(randomBytes(32), { license: '__proto__' }))
  const facets =
    '{"__proto__":{"values":{"a":1},"other":0,"missing":0},"topic":{"values":{"__proto__":4,"toString":5},"other":0,"missing":0}}'
  const value = entry.replace(/"facets":\{.*?\}\}/, `"facets":${facets}`)
  await bee.put(`volume/${formatKey(randomBytes(32))}`, Buffer.from(value))
  const facts = await factsOf(await reader())
  t.is(facts.volumes, 1)
  t.is(facts.licenses.__proto__ as unknown, 10)
  t.is(facts.facets.topic?.values.toString as unknown, 5)
  t.is(({} as { values?: unknown }).values, undefined)
})

test('what is no index of a dataset is said to be none', async (t) => {
  const { bee, reader } = await rawIndex(t)
  await t.exception((await reader()).dataset(), { code: 'NOT_A_DATASET' })
  await bee.put('dataset', Buffer.from('{"version":2}'))
  await t.exception((await reader()).dataset(), { code: 'NOT_A_DATASET' })

  const store = await newStore(t)
  const core = store.get({ name: 'garbage' })
  await core.append([randomBytes(100), randomBytes(100), randomBytes(100)])
  const garbage = await IndexReader.open(store, core.key)
  await t.exception(garbage.dataset(), { code: 'BAD_INDEX', failure: 'verification' })
  await t.exception(garbage.volumes(), { code: 'BAD_INDEX' })
  t.is(await garbage.isModerator(randomBytes(32)).catch(() => false), false)
})

test('an index whose blocks are damaged at random is read, or refused with one sentence', async (t) => {
  const { bee } = await rawIndex(t)
  await bee.put('dataset', Buffer.from(JSON.stringify(datasetEntryOf(identity, 'test'))))
  for (let i = 0; i < 30; i++) await bee.put(`volume/${i}`, Buffer.from('{}'))
  const blocks = await Promise.all(Array.from({ length: bee.core.length }, (_, i) => bee.core.get(i)))
  const store = await newStore(t)
  const codes = new Set<string>()
  for (let round = 0; round < 150; round++) {
    const core = store.get({ name: `${round}` })
    await core.append(blocks.map((block, i) => (i > 0 && randomInt(3) === 0 ? mutate(block!) : block!)))
    const index = await IndexReader.open(store, core.key)
    const everything = async () => {
      for await (const entry of index.history()) void entry
    }
    for (const read of [() => index.dataset(), () => index.volumes(), () => index.verdict('a'), everything]) {
      try {
        await read()
      } catch (error) {
        if (!(error instanceof VdataError)) throw error
        codes.add(error.code)
      }
    }
    await index.close()
  }
  t.alike([...codes].sort(), ['BAD_INDEX', 'NOT_A_DATASET'])
})

function mutate(block: Buffer): Buffer {
  const mutated = Buffer.from(block)
  for (let i = randomInt(1, 4); i > 0; i--) mutated[randomInt(mutated.length)] = randomInt(256)
  return mutated
}

test('a reader remembers what it saw, and refuses less or anything else', async (t) => {
  const home = await t.tmp()
  const memory = new IndexMemory(home)
  const seed = randomBytes(32)
  /** The same moderator's index, as one of his computers has it. */
  const copy = async (...names: string[]): Promise<IndexWriter> => {
    const store = await newStore(t)
    const { publicKey, secretKey } = new Identity(seed).keyPair('index')
    const core = store.get({ keyPair: { publicKey, secretKey } })
    await core.ready()
    const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'binary', extension: false })
    for (const name of names) await bee.put('dataset', Buffer.from(JSON.stringify(datasetEntryOf(identity, name))))
    return IndexReader.open(store, core.key) as Promise<IndexWriter>
  }
  const seen = await copy('one', 'two', 'three')
  await seen.verify(memory)
  await seen.verify(memory)
  t.is((await memory.recall(seen.core.key))?.length, 4)
  await t.exception((await copy('one', 'two')).verify(memory), { code: 'INDEX_BEHIND', failure: 'verification' })
  await t.exception((await copy()).verify(memory), { code: 'INDEX_BEHIND' })
  const rewritten = await copy('one', 'two', 'other', 'four')
  await t.exception(rewritten.verify(memory), { code: 'INDEX_DIFFERS', failure: 'verification' })
  t.is((await memory.recall(seen.core.key))?.length, 4, 'a lie is not remembered')
  await (await copy('one', 'two', 'three', 'four')).verify(memory)
  t.is((await memory.recall(seen.core.key))?.length, 5)
  await t.exception(seen.verify(memory), { code: 'INDEX_BEHIND' })

  await writeFile(join(home, 'indexes', `${formatKey(seen.core.key)}.json`), '{"length":')
  await seen.verify(memory)
  t.is((await memory.recall(seen.core.key))?.length, 4, 'a damaged memory is none')
})
