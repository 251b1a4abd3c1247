import { deflateRawSync } from 'node:zlib'
import test from 'brittle'
import { matches, parseWhere } from '../../lib/record/where.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { allMatch, mayMatch, ZONE_LIMITS, ZoneMapBuilder, type ZoneMap } from '../../lib/volume/zonemap.js'
import { decodeZoneMap, encodeZoneMap } from '../../lib/volume/zonemap-codec.js'

const text = (rest: Partial<TrainingRecord> = {}): TrainingRecord =>
  ({ kind: 'text', text: 'x', ...rest }) as TrainingRecord

function mapOf(batches: readonly (readonly TrainingRecord[])[]): ZoneMap {
  const builder = new ZoneMapBuilder()
  for (const [i, records] of batches.entries()) builder.add(records, 1000 + i, 300 + i)
  return builder.build()
}

const pack = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64')

test('a zone says what is in its batch', (t) => {
  const [zone] = mapOf([
    [
      text({ topic: 'law', tags: ['b', 'a'], created_at: '2026-03-01T00:00:00.5Z' }),
      text({ topic: 'law', tags: [], created_at: '2025-03-01T00:00:00Z' }),
      text({ topic: 'art', tags: ['b'] })
    ]
  ])
  t.alike([zone!.records, zone!.rawBytes, zone!.wireBytes], [3, 1000, 300])
  t.alike(zone!.createdAt, { from: Date.UTC(2025, 2), to: Date.UTC(2026, 2) + 500 })
  t.alike(zone!.facets.topic, { values: ['art', 'law'], missing: false })
  t.alike(zone!.facets.tags, { values: ['a', 'b'], missing: true })
  t.alike(zone!.facets.kind, { values: ['text'], missing: false })
  t.alike(zone!.facets.model, { values: [], missing: true })
})

test('a zone never denies a record that is there, nor promises one that is not', (t) => {
  const values = [undefined, 'a', 'b', 'c']
  const batches: TrainingRecord[][] = []
  for (const topic of values) {
    for (const model of values) {
      for (const tag of values) {
        const record = text({ topic, model, tags: tag ? [tag, 'a'] : undefined })
        batches.push([record], [record, text({ topic: 'a' })], [record, text({ model: 'b', tags: [] })])
      }
    }
  }
  const wheres = ['topic=a', 'topic=a,b', 'model=c', 'tags=a', 'tags=b,c', 'kind=text', 'license=a'].map(parseWhere)
  const map = mapOf(batches)
  let pruned = 0
  let sure = 0
  for (const where of [[], ...wheres.map((one) => [one]), ...wheres.map((one) => [one, wheres[1]!])]) {
    for (const [i, records] of batches.entries()) {
      const hits = records.filter((record) => matches(record, where)).length
      const may = mayMatch(map[i]!, where)
      const all = allMatch(map[i]!, where)
      if (hits > 0 && !may) t.fail('it denies a record')
      if (hits < records.length && all) t.fail('it promises a record')
      if (!may) pruned++
      if (all) sure++
    }
  }
  t.ok(pruned > 500 && sure > 200, `${pruned} batches are pruned, ${sure} need no second look`)
})

test('a map reads back from its text, however large, and is small', (t) => {
  const topics = ['law', 'health', 'art "and" ümläute', 'x'.repeat(256)]
  const batches = Array.from({ length: 2_000 }, (_, i) =>
    Array.from({ length: 3 }, (_ignored, j) =>
      text({
        topic: topics[i % 4],
        language: j === 1 ? undefined : 'en',
        tags: [`tag ${i % 7}`, `tag ${j}`],
        created_at: new Date(1.75e12 + i * 60_000 + j).toISOString()
      })
    )
  )
  const map = mapOf(batches)
  const encoded = encodeZoneMap(map)
  t.alike(decodeZoneMap(encoded), map)
  t.ok(encoded.length < 2_000 * 16, `${(encoded.length / 2_000).toFixed(1)} characters a batch`)
  t.alike(decodeZoneMap(encodeZoneMap([])), [])
})

test('a hostile volume cannot make its map large: what is beyond the limits may be anything', (t) => {
  const many = Array.from({ length: ZONE_LIMITS.batchValues + 1 }, (_, i) => text({ topic: `topic ${i}` }))
  const [first, second] = mapOf([many.slice(1), many])
  t.is(first!.facets.topic.values?.length, ZONE_LIMITS.batchValues)
  t.is(second!.facets.topic.values, null)
  t.ok(mayMatch(second!, [parseWhere('topic=nonsense')]))
  t.absent(allMatch(second!, [parseWhere('topic=nonsense')]))
  t.absent(mayMatch(first!, [parseWhere('topic=nonsense')]))

  const builder = new ZoneMapBuilder()
  for (let i = 0; i < 4_000; i++) {
    const tags = Array.from({ length: 30 }, (_, j) => `${i * 31 + j * 7} `.padEnd(128, 'x'))
    builder.add([text({ topic: `topic ${i}`, model: `${i}`.padStart(256), tags })], 1_000, 300)
  }
  const map = builder.build()
  t.is(map.at(-1)!.facets.topic.values, null)
  t.is(map.at(-1)!.facets.model.values, null)
  t.ok(map[0]!.facets.topic.values)
  const encoded = encodeZoneMap(map)
  t.ok(encoded.length < 200_000, `${encoded.length} characters`)
  t.alike(decodeZoneMap(encoded), map)
})

test('a map from outside is validated and bounded', (t) => {
  const good = { version: 1, records: [1], raw: [9], wire: [9], from: [null], to: [null], values: ['law'], facets: {} }
  const topic = { sets: [[0, [0]]], of: [0] }
  const [zone] = decodeZoneMap(pack({ ...good, facets: { topic } }))
  t.alike(zone!.facets.topic, { values: ['law'], missing: false })
  t.alike(zone!.facets.model, { values: null, missing: true }, 'a facet of a later version may be anything')

  const wrong: [string, string][] = [
    ['nothing', ''],
    ['not base64', '%%%'],
    ['not deflated', Buffer.from('hello').toString('base64')],
    ['not an object', pack([])],
    ['another version', pack({ ...good, version: 2 })],
    ['columns of different lengths', pack({ ...good, raw: [9, 9] })],
    ['a facet of another length', pack({ ...good, facets: { topic: { ...topic, of: [0, 0] } } })],
    ['a set that is not there', pack({ ...good, facets: { topic: { ...topic, of: [1] } } })],
    ['a value that is not there', pack({ ...good, facets: { topic: { sets: [[0, [1]]], of: [0] } } })],
    ['a negative number', pack({ ...good, records: [-1] })],
    ['more batches than a volume has', pack({ ...good, records: Array(16_384).fill(1) })],
    ['a bomb', deflateRawSync(Buffer.alloc(50 * 1024 * 1024, ' ')).toString('base64')]
  ]
  for (const [what, encoded] of wrong) {
    try {
      decodeZoneMap(encoded)
      t.fail(what)
    } catch (error) {
      t.is((error as { code?: string }).code, 'BAD_ZONE_MAP', what)
    }
  }
})
