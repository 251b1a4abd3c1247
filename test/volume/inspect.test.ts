import test, { type Assert } from 'brittle'
import Corestore from 'corestore'
import ID from 'hypercore-id-encoding'
import { compress } from '../../lib/volume/codec.js'
import type { FaultCode } from '../../lib/volume/faults.js'
import { encodeBatch, FRAME_BYTES } from '../../lib/volume/frame.js'
import { encodeHeader } from '../../lib/volume/header.js'
import { inspectVolume, type InspectOptions, type Inspection } from '../../lib/volume/inspect.js'
import { toVolume } from '../../lib/volume/static.js'
import { decodeZoneMap, encodeZoneMap } from '../../lib/volume/zonemap-codec.js'
import { frameOf, INFO, jsonLines, texts, withDeclared } from './helpers/data.js'

const MiB = 1024 * 1024

async function blocksOf(batches: readonly (readonly object[])[]): Promise<Buffer[]> {
  return Promise.all(batches.map((records) => encodeBatch(jsonLines(records), records.length)))
}

function headerOf(batches: readonly (readonly object[])[]): Buffer {
  const records = batches.reduce((sum, batch) => sum + batch.length, 0)
  const rawBytes = batches.reduce((sum, batch) => sum + jsonLines(batch).length, 0)
  return encodeHeader({ format: 'vdata/volume', version: 1, ...INFO, records, raw_bytes: rawBytes })
}

/** What an inspection says of a volume with these blocks, whoever made them. */
async function inspected(t: Assert, blocks: Buffer[], options?: InspectOptions, seal = true): Promise<Inspection> {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'hostile' })
  await core.ready()
  await core.append(blocks)
  return await inspectVolume(seal ? await toVolume(store, core) : core, options)
}

async function line(text: string): Promise<Buffer> {
  return frameOf(1, Buffer.byteLength(text) + 1, await compress(Buffer.from(text + '\n')))
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

const codes = ({ problems }: Inspection) => problems.map(({ code }) => code)

test('a volume that is well is described', async (t) => {
  const batches = [
    texts(20, { topic: 'law', license: 'MIT', created_at: '2026-01-02T00:00:00Z' }),
    texts(5, { topic: 'art', tags: ['x', 'y'], created_at: '2025-01-02T00:00:00Z' })
  ]
  const blocks = [headerOf(batches), ...(await blocksOf(batches))]
  const bytes = blocks.reduce((sum, block) => sum + block.length, 0)
  const contributor = ID.decode(INFO.contributor.publicKey)
  const shown: number[] = []
  const events: object[] = []
  const found = await inspected(t, blocks, {
    expected: { length: 3, bytes, records: 25, contributor },
    onRecords: (records, batch) => void shown.push(batch, records.length),
    onEvent: (event) => events.push(event)
  })
  t.alike(found.problems, [])
  t.alike(found.header?.contributor, INFO.contributor)
  t.alike([found.batches, found.records, found.wireBytes], [2, 25, bytes])
  t.is(found.rawBytes, found.header?.raw_bytes)
  t.alike(found.facets.topic, { values: { law: 20, art: 5 }, other: 0, missing: 0 })
  t.alike(found.facets.license, { values: { MIT: 20 }, other: 0, missing: 5 })
  t.alike(found.facets.tags, { values: { x: 5, y: 5 }, other: 0, missing: 20 })
  t.alike(found.createdAt, { from: Date.UTC(2025, 0, 2), to: Date.UTC(2026, 0, 2) })
  t.alike(
    found.zoneMap.map(({ records, wireBytes }) => [records, wireBytes]),
    [
      [20, blocks[1]!.length],
      [5, blocks[2]!.length]
    ]
  )
  t.alike(decodeZoneMap(encodeZoneMap(found.zoneMap)), found.zoneMap)
  t.alike(shown, [0, 20, 1, 5])
  t.alike(events.at(-1), { event: 'inspect', batch: 1, batches: 2, records: 25 })
})

test('every bad batch has its reason, and the others are read all the same', async (t) => {
  const good = [texts(3, { topic: 'law' })]
  const [block] = await blocksOf(good)
  const payload = block!.subarray(FRAME_BYTES)
  const rawLength = jsonLines(good[0]!).length
  const bomb = await compress(Buffer.alloc(5 * MiB, '\n'))
  const large = JSON.stringify({ kind: 'text', text: 'x'.repeat(MiB) })
  const extra = (depth: number) => `{"kind":"text","text":"x","extra":{"deep":${nested(depth)}}}`
  const cases: [FaultCode, string, Buffer, number?][] = [
    ['BAD_PAYLOAD', 'a truncated payload', block!.subarray(0, -5)],
    ['WRONG_COUNT', 'a wrong count', frameOf(4, rawLength, payload)],
    ['WRONG_LENGTH', 'a lie about the raw length', frameOf(3, rawLength - 1, payload)],
    ['TOO_LARGE', 'a 5 MiB bomb', frameOf(3, 5 * MiB, bomb)],
    ['BAD_PAYLOAD', 'a 5 MiB bomb that lies', frameOf(3, MiB, withDeclared(bomb, MiB))],
    ['NOT_JSON', 'a line that is not JSON', await line('hello'), 0],
    ['NOT_JSON', 'a megabyte of brackets', await line('['.repeat(MiB - 2)), 0],
    ['BAD_RECORD', 'half a million lists in each other', await line(nested(MiB / 2 - 1)), 0],
    ['BAD_RECORD', 'the same in a record', await line(extra(MiB / 2 - 100)), 0],
    ['BAD_RECORD', 'a record that nests a level too deep', await line(extra(15)), 0],
    ['BAD_RECORD', 'a record over the limit', await line(large), 0],
    ['BAD_RECORD', 'no record', await line('{"kind":"text"}'), 0],
    ['BAD_FRAME', 'random bytes', Buffer.from('random bytes')]
  ]
  for (const [code, what, bad, record] of cases) {
    const found = await inspected(t, [headerOf([...good, ...good, ...good]), block!, bad, block!])
    t.alike(codes(found), [code], what)
    t.alike([found.problems[0]?.block, found.problems[0]?.record], [2, record])
    t.alike([found.batches, found.records], [2, 6])
  }
})

test('a record that is none is named by its place', async (t) => {
  const lines = '{"kind":"text","text":"a"}\n{"kind":"text","text":"b"}\n{"kind":"poem"}\n'
  const block = await encodeBatch(Buffer.from(lines), 3)
  const found = await inspected(t, [headerOf([texts(3)]), block])
  t.is(found.problems[0]?.message, 'In block 1, record 2: kind must be one of instruction, chat, preference, text.')
})

test('a volume is read no further than it takes to know that it is bad', async (t) => {
  const header = headerOf([texts(1)])
  const bad = await inspected(t, [header, ...Array<Buffer>(500).fill(Buffer.from('nonsense here'))])
  t.is(bad.problems.length, 20)
  t.alike(bad.problemCounts, { BAD_FRAME: 20 })

  const [block] = await blocksOf([texts(1)])
  const more = await inspected(t, [header, ...Array<Buffer>(500).fill(block!)])
  t.alike(codes(more), ['WRONG_TOTALS'])
  t.is(more.batches, 2)

  let read = 0
  const onRecords = () => void read++
  t.alike(codes(await inspected(t, [header, block!], { maxRawBytes: 10, onRecords })), ['TOO_LARGE'])
  t.is(read, 0)
})

test('what a volume and its offer say must be so', async (t) => {
  const batches = [texts(4)]
  const blocks = [headerOf(batches), ...(await blocksOf(batches))]
  const contributor = ID.decode(INFO.contributor.publicKey)
  const bytes = blocks[0]!.length + blocks[1]!.length
  const expected = { length: 2, bytes, records: 4, contributor }
  const offered = async (change: object) => codes(await inspected(t, blocks, { expected: { ...expected, ...change } }))
  t.alike(await offered({}), [])
  t.alike(await offered({ length: 3 }), ['WRONG_TOTALS'])
  t.alike(await offered({ bytes: 1 }), ['WRONG_TOTALS'])
  t.alike(await offered({ records: 5 }), ['WRONG_TOTALS'])
  t.alike(await offered({ contributor: Buffer.alloc(32, 1) }), ['WRONG_CONTRIBUTOR'])

  const lying = headerOf([texts(5)])
  t.alike(codes(await inspected(t, [lying, blocks[1]!])), ['WRONG_TOTALS'])
  t.alike(codes(await inspected(t, [Buffer.from('{}'), blocks[1]!])), ['BAD_HEADER'])
  t.alike(codes(await inspected(t, [blocks[1]!, blocks[1]!])), ['BAD_HEADER'])
  t.alike(codes(await inspected(t, [blocks[0]!])), ['BAD_FRAME'])
  t.alike(codes(await inspected(t, blocks, {}, false)), ['NOT_STATIC'])
  t.is(ID.encode(contributor), INFO.contributor.publicKey)
})

test('an inspection can be interrupted', async (t) => {
  const batches = Array.from({ length: 30 }, () => texts(2))
  const abort = new AbortController()
  const options = { signal: abort.signal, onEvent: () => abort.abort() }
  await t.exception(inspected(t, [headerOf(batches), ...(await blocksOf(batches))], options), { code: 'INTERRUPTED' })
})
