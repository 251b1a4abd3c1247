// What the zone maps leave out changes no answer.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { mayHold } from '../../lib/pull/filter.js'
import { planPull } from '../../lib/pull/plan.js'
import { analyse } from '../../lib/pull/sql/analyse.js'
import { SIDE_TABLES, TABLE_COLUMNS, type SideRows } from '../../lib/pull/sql/columns.js'
import { Engine, type LoadedFile } from '../../lib/pull/sql/engine.js'
import { guardTree, readTree } from '../../lib/pull/sql/guard.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { decodeZoneMap } from '../../lib/volume/zonemap-codec.js'
import { Random } from '../record/random.js'
import { jsonLines } from '../volume/helpers/data.js'
import { cachedDataset, CONTRIBUTOR } from './helpers/dataset.js'
import { statement, VALUES } from './helpers/statements.js'

const LIMITS = { memory: 300e6, spill: 1e9, threads: 2 }
const STATEMENTS = 300
/** Ids are tested elsewhere; here nothing computes them. */
const COLUMNS = TABLE_COLUMNS.map(({ name }) => name).filter((name) => name !== 'id')

test('300 generated statements have the same answer with and without pruning', { timeout: 600_000 }, async (t) => {
  const random = new Random(5)
  const batches = Array.from({ length: 3 }, () => Array.from({ length: 6 }, () => batchOf(random)))
  const dataset = await cachedDataset(await t.tmp(), batches)
  const folder = await t.tmp()
  const files = await Promise.all(
    dataset.volumes.map(async ({ id }, v) => {
      const own = batches[v]!
      return Promise.all(
        own.map(async (records, b): Promise<LoadedFile> => {
          const path = join(folder, `${v}.${b}.jsonl`)
          await writeFile(path, jsonLines(records))
          return { path, volume: id, contributor: CONTRIBUTOR }
        })
      )
    })
  )
  const sides: SideRows = {
    volumes: dataset.volumes.map(({ id, entry }) => [id, CONTRIBUTOR, 'MIT', entry.records, 1, 1, entry.accepted_at]),
    contributors: [],
    releases: []
  }
  const all = await Engine.open(join(folder, 'all'), LIMITS)
  await all.createTables(COLUMNS, sides)
  await all.load(files.flat())
  const some = await Engine.open(join(folder, 'some'), LIMITS)
  let pruned = 0
  let failed = 0
  let empty = 0
  for (let nth = 0; nth < STATEMENTS; nth++) {
    const sql = statement(random)
    const { columns, filter } = analyse(guardTree(readTree(await all.tree(sql)), sql))
    const plan = planPull(dataset.volumes, { filter })
    if (plan.batches < 18) pruned++
    const needed = plan.volumes.flatMap(({ volume, batches: planned }) => {
      const v = dataset.volumes.findIndex(({ id }) => id === volume.id)
      return planned.map(({ index }) => files[v]![index]!)
    })
    await some.createTables(columns.size > 0 ? [...columns].filter((name) => name !== 'id') : ['kind'], sides)
    if (needed.length > 0) await some.load(needed)
    const [expected, found] = [await answer(all, sql), await answer(some, sql)]
    if (expected.startsWith('Error')) failed++
    if (expected === '') empty++
    if (expected !== found) t.fail(`${sql}\nexpected ${expected}\nfound    ${found}`)
    for (const table of ['records', ...Object.keys(SIDE_TABLES)]) await some.run(`DROP TABLE ${table} CASCADE`)
  }
  all.close()
  some.close()
  t.comment(`of ${STATEMENTS}, ${pruned} left something out, ${failed} failed and ${empty} had no rows`)
  t.is(failed, 0, 'all of them can be run')
  t.ok(empty < STATEMENTS / 2, 'most have rows')
  t.ok(pruned > STATEMENTS / 4, 'many of them leave batches out')
})

test('topic and language fetch at most 1.2 times the batches that hold an answer', { timeout: 600_000 }, async (t) => {
  const random = new Random(7)
  const batches = [Array.from({ length: 40 }, () => batchOf(random))]
  const { volumes } = await cachedDataset(await t.tmp(), batches)
  const engine = await Engine.open(join(await t.tmp(), 'engine'), LIMITS)
  const sql = `SELECT prompt FROM records WHERE topic = 'law' AND language = 'de'`
  const { filter } = analyse(guardTree(readTree(await engine.tree(sql)), sql))
  engine.close()
  const plan = planPull(volumes, { filter })
  const zones = decodeZoneMap(volumes[0]!.entry.zone_map)
  const held = zones.filter((_, b) =>
    batches[0]![b]!.some(({ topic, language }) => topic === 'law' && language === 'de')
  )
  const bytes = held.reduce((sum, { wireBytes }) => sum + wireBytes, 0)
  t.ok(held.length > 0 && held.length < 40, `${held.length} of 40 batches hold an answer`)
  t.ok(plan.bytes <= 1.2 * bytes, `${(plan.bytes / bytes).toFixed(2)} times`)
  t.ok(zones.every((zone, b) => !held.includes(zone) || mayHold(filter, { volume: volumes[0]!, zone: zones[b]! })))
})

async function answer(engine: Engine, sql: string): Promise<string> {
  try {
    await engine.start(await engine.ask(sql), false)
  } catch (error) {
    return String(error).replace(/\s+/g, ' ').slice(0, 60)
  }
  let rows = ''
  for (let part = await engine.next(); part; part = await engine.next()) rows += part.lines
  return rows
}

/** Records as a volume groups them: of one topic and language, mostly. */
function batchOf(random: Random): TrainingRecord[] {
  const pick = (column: string) => random.pick(VALUES[column]!.filter((value) => value !== ''))
  const [topic, language] = [pick('topic'), pick('language')]
  const month = 1 + random.below(9)
  return Array.from({ length: 3 + random.below(9) }, () => {
    const maybe = <T>(value: T) => (random.next() < 0.85 ? value : undefined)
    const day = String(1 + random.below(28)).padStart(2, '0')
    const rest = {
      ...(maybe(1) && { topic }),
      ...(maybe(1) && { language: random.next() < 0.9 ? language : pick('language') }),
      ...(maybe(1) && { tags: ['a', 'b', 'c'].slice(0, random.below(4)) }),
      ...(maybe(1) && { model: pick('model'), provider: pick('provider') }),
      ...(maybe(1) && { temperature: random.next(), seed: random.below(8) }),
      ...(maybe(1) && { created_at: `2024-0${month}-${day}T12:00:00.123456789Z` }),
      ...(maybe(1) && { license: pick('license') }),
      ...(random.next() < 0.3 && { extra: { n: random.below(3) } })
    }
    const tokens = maybe(1) && { input_tokens: random.below(9), output_tokens: random.below(9) }
    const contents: TrainingRecord[] = [
      { kind: 'text', text: pick('text') },
      { kind: 'instruction', prompt: pick('prompt'), response: 'r' },
      { kind: 'preference', prompt: pick('prompt'), chosen: 'c', rejected: 'r' },
      {
        kind: 'chat',
        messages: ['hi', 'hello'].map((content) => ({ role: 'user' as const, content })).slice(random.below(2))
      }
    ]
    return { ...random.pick(contents), ...rest, ...tokens }
  })
}
