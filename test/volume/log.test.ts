import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import Corestore from 'corestore'
import type { TrainingRecord } from '../../lib/record/types.js'
import { LogWriter, type LogOptions, type LogSummary } from '../../lib/volume/log.js'
import { VolumeReader } from '../../lib/volume/reader.js'
import { sealVolume } from '../../lib/volume/seal.js'
import { INFO, texts } from './helpers/data.js'

async function written(records: readonly TrainingRecord[], options: LogOptions): Promise<LogSummary> {
  const log = new LogWriter(options)
  for (let i = 0; i < records.length; i += 100) {
    await log.write(records.slice(i, i + 100).map((record) => ({ record, json: JSON.stringify(record) })))
  }
  return await log.finish()
}

test('more than a volume holds becomes several volumes, with every record once', async (t) => {
  const dir = await t.tmp()
  const records = [...texts(700, { topic: 'law' }), ...texts(900, { topic: 'art' }), ...texts(50)]
  const summary = await written(records, { spool: join(dir, 'draft'), batchBytes: 4096, volumeBlocks: 8 })
  t.is(summary.records, 1_650)
  t.alike(summary.facets.topic, { values: { law: 700, art: 900 }, other: 0, missing: 50 })
  t.ok(summary.batches > 14)
  t.is(summary.drafts.length, Math.ceil(summary.batches / 7))

  const store = new Corestore(join(dir, 'store'))
  t.teardown(() => store.close())
  const read: string[] = []
  const totals = { batches: 0, records: 0, rawBytes: 0, wireBytes: 0 }
  for (const draft of summary.drafts) {
    const volume = await sealVolume({ store, draft, info: INFO })
    t.ok(volume.length <= 8)
    const core = store.get({ key: volume.key })
    await core.ready()
    const reader = new VolumeReader(core)
    const header = await reader.header()
    t.alike([header.records, header.raw_bytes], [draft.records, draft.rawBytes])
    for await (const batch of reader.batches()) {
      totals.batches++
      totals.records += batch.records
      totals.rawBytes += batch.raw.length
      totals.wireBytes += batch.wireBytes
      for (const record of await reader.records(batch.index)) read.push(JSON.stringify(record))
    }
    await reader.close()
    await core.close()
  }
  const { drafts: _drafts, facets: _facets, ...expected } = summary
  t.alike(totals, expected)
  t.alike(read.sort(), records.map((record) => JSON.stringify(record)).sort())
})

test('the content hash is that of the records and how they are grouped', async (t) => {
  const dir = await t.tmp()
  const records = [...texts(30, { topic: 'law' }), ...texts(30, { topic: 'art' })]
  const hashOf = async (name: string, own: readonly TrainingRecord[], options: Partial<LogOptions> = {}) =>
    (await written(own, { spool: join(dir, name), ...options })).drafts.map(({ contentHash }) => contentHash).join()
  const hash = await hashOf('a', records)
  t.ok(/^[0-9a-f]{64}$/.test(hash))
  t.is(await hashOf('b', records), hash)
  t.not(await hashOf('c', records, { keepOrder: true }), hash)
  t.not(await hashOf('d', records.slice(1)), hash)
})

test('nothing in, nothing out; and a writer that gives up leaves nothing', async (t) => {
  const dir = await t.tmp()
  t.alike((await written([], { spool: join(dir, 'none') })).drafts, [])
  const log = new LogWriter({ spool: join(dir, 'given up'), batchBytes: 64, volumeBlocks: 3 })
  await log.write(texts(500).map((record) => ({ record: record as TrainingRecord, json: JSON.stringify(record) })))
  t.ok(existsSync(join(dir, 'given up.0')))
  await log.discard()
  t.alike(await readdir(dir), [])
})

test('it stops when it is interrupted', async (t) => {
  const abort = new AbortController()
  const log = new LogWriter({ spool: join(await t.tmp(), 'draft'), signal: abort.signal })
  await log.write([])
  abort.abort()
  await t.exception(log.write([]), /interrupted/)
  await log.discard()
})
