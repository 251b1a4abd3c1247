import test from 'brittle'
import type { TrainingRecord } from '../../lib/record/types.js'
import { Batcher, type BatcherOptions, type ClosedBatch } from '../../lib/volume/batcher.js'
import { splitLines } from '../../lib/volume/frame.js'
import { VOLUME_LIMITS } from '../../lib/volume/limits.js'

type Text = { kind: 'text'; text: string; topic?: string; language?: string; model?: string }

const text = (i: number, rest: object = {}): Text => ({ kind: 'text', text: `Text number ${i}.`, ...rest })
/** `count` records whose topics follow each other in turn. */
const inTurn = (count: number, topics: number) =>
  Array.from({ length: count }, (_, i) => text(i, { topic: `topic ${i % topics}` }))

/** The batches of these records, as records; checks what holds for every batch. */
function batched(records: Iterable<TrainingRecord>, options?: BatcherOptions): { batches: Text[][]; bytes: number[] } {
  const batcher = new Batcher(options)
  const batches: Text[][] = []
  const bytes: number[] = []
  const take = (closed: Iterable<ClosedBatch>) => {
    for (const { lines, records: count } of closed) {
      const texts = splitLines(lines).map((line) => JSON.parse(line) as Text)
      if (texts.length !== count || lines.at(-1) !== 10) throw new Error('not JSON Lines')
      batches.push(texts)
      bytes.push(lines.length)
      // What is given back is written over: nothing may still depend on it.
      batcher.recycle(lines)
    }
  }
  for (const record of records) take(batcher.add(record, JSON.stringify(record)))
  take(batcher.flush())
  return { batches, bytes }
}

test('a batch holds one topic, language and model, in the order in which they came', (t) => {
  const records: Text[] = []
  for (let i = 0; i < 4_000; i++) {
    const rest = { topic: ['law', 'health'][i % 2], language: ['en', 'de', undefined][i % 3], model: i % 5 ? 'm' : 'n' }
    records.push(text(i, JSON.parse(JSON.stringify(rest)) as object))
  }
  const { batches, bytes } = batched(records, { batchBytes: 8192 })
  const groupOf = ({ topic, language, model }: Text) => JSON.stringify([topic, language, model])
  for (const batch of batches) t.is(new Set(batch.map(groupOf)).size, 1)
  t.ok(Math.max(...bytes) <= 8192)
  t.is(bytes.filter((size) => size < 8000).length, 12, 'only the last of each group is not full')
  for (const group of new Set(records.map(groupOf))) {
    const read = batches.flat().filter((record) => groupOf(record) === group)
    t.alike(
      read,
      records.filter((record) => groupOf(record) === group)
    )
  }
})

test('with keepOrder all records stay in order', (t) => {
  const records = inTurn(1_000, 7)
  const { batches } = batched(records, { keepOrder: true, batchBytes: 4096 })
  t.ok(batches.length > 5)
  t.alike(batches.flat(), records)
})

test('no record is too long and none too short', (t) => {
  const long = text(0, { text: 'ü'.repeat(300_000) })
  const records = [text(1), long, text(2), text(3), long, long, text(4)]
  const { batches } = batched(records, { batchBytes: 8192 })
  t.alike(batches, [[text(1)], [long], [text(2), text(3)], [long], [long], [text(4)]])

  const batcher = new Batcher()
  const record: TrainingRecord = { kind: 'text', text: '' }
  const closed: ClosedBatch[] = []
  for (let i = 0; i <= VOLUME_LIMITS.records; i++) closed.push(...batcher.add(record, '{}'))
  closed.push(...batcher.flush())
  t.alike(
    closed.map(({ records: count }) => count),
    [VOLUME_LIMITS.records, 1]
  )
})

test('when too much is open, the largest batch is closed early', (t) => {
  // 1 MiB for the topic that comes most often, a few KiB for the others.
  const records = Array.from({ length: 30_000 }, (_, i) => text(i, { topic: i % 10 ? 'often' : `seldom ${i % 300}` }))
  const { batches } = batched(records, { openBytes: 700_000 })
  t.ok(batches.length > 31)
  t.ok(batches.slice(0, -31).every((batch) => batch.every(({ topic }) => topic === 'often')))
  t.is(batches.flat().length, 30_000)
})

test('very many groups share blocks, neighbours first, so that a topic is still in few of them', (t) => {
  const records = Array.from({ length: 20_000 }, (_, i) =>
    text(i, { topic: `topic ${i % 2_000}`, model: 'x'.repeat(1_000) })
  )
  const { batches, bytes } = batched(records, { openBytes: 10_000_000 })
  t.is(batches.flat().length, 20_000)
  t.is(new Set(batches.flat().map(({ text: own }) => own)).size, 20_000)
  const average = bytes.reduce((sum, size) => sum + size, 0) / bytes.length
  t.ok(average > 200_000, `blocks of ${Math.round(average)} bytes, not of a few records each`)
  const holding = batches.filter((batch) => batch.some(({ topic }) => topic === 'topic 77')).length
  t.ok(holding <= batches.length / 10, `${holding} of ${batches.length} batches hold a topic`)
})

test('few groups stay apart however small they are', (t) => {
  const { batches } = batched(inTurn(40, 10))
  t.is(batches.length, 10)
})
