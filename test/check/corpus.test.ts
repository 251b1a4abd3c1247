import { test } from 'brittle'
import { DatasetIndex } from '../../lib/check/bands/dataset-index.js'
import { rowsOf } from '../../lib/check/bands/rows-of.js'
import { CheckRun } from '../../lib/check/engine.js'
import type { CheckReport } from '../../lib/check/report.js'
import { checkRules } from '../../lib/check/rules.js'
import { needsShared, sharedPath } from '../helpers/shared.js'
import { jaccard, makeCorpus, textOf } from './helpers/corpus.js'
import { PLANTS } from './helpers/plants.js'

const data = needsShared('data/hh-harmless-test.jsonl', 'data/text-davinci-003.jsonl')
const SIZE = { records: 50_000, nearDuplicates: 1000, planted: 1000 }

test(
  'planted near-duplicates and personal data are found in 50,000 records of real text',
  { ...data, timeout: 600_000 },
  async (t) => {
    const { records, nearDuplicates, planted } = await makeCorpus(sharedPath('data'), 20261121, SIZE)
    t.is(records.length, SIZE.records)
    const run = new CheckRun(checkRules(), { threads: 2 })
    for (let at = 0; at < records.length; at += 1000) {
      await run.addBatch(records.slice(at, at + 1000).map((record) => ({ record })))
    }
    const report = await run.finish()
    t.is(report.records, SIZE.records)

    const near = recordsWith(report, 'near_duplicate')
    const caught = count(nearDuplicates, near)
    t.ok(caught >= 0.97 * SIZE.nearDuplicates, `near-duplicates: ${caught} of ${SIZE.nearDuplicates} found`)
    const falseNear = near.size - caught
    t.ok(falseNear < 0.005 * (SIZE.records - SIZE.nearDuplicates), `near-duplicates: ${falseNear} false alarms`)

    const clean = SIZE.records - PLANTS.length * SIZE.planted
    for (const code of PLANTS) {
      const found = recordsWith(report, code)
      const right = count(planted.get(code)!, found)
      t.ok(right >= 0.98 * SIZE.planted, `${code}: ${right} of ${SIZE.planted} found`)
      const wrong = [...found].filter((record) => PLANTS.every((other) => !planted.get(other)!.has(record))).length
      t.ok(wrong < 0.005 * clean, `${code}: ${wrong} false alarms in ${clean} records that have none`)
    }
  }
)

test('near-duplicates of what a dataset has are found, too', data, async (t) => {
  const { records, nearDuplicates } = await makeCorpus(sharedPath('data'), 11, {
    records: 4000,
    nearDuplicates: 1000,
    planted: 0
  })
  const entries = records.map((record) => ({ record }))
  const index = DatasetIndex.open(await t.tmp())
  await index.add('dataset', await rowsOf([entries.filter((_, i) => !nearDuplicates.has(i))]))
  const run = new CheckRun(checkRules(), { threads: 2, against: index })
  await run.addBatch(entries.filter((_, i) => nearDuplicates.has(i)))
  const { dataset } = await run.finish()
  const caught = dataset?.findings.find(({ code }) => code === 'dataset_near_duplicate')?.records.warn ?? 0
  t.ok(caught >= 970, `${caught} of 1000 found`)
  await index.close()
})

test('the corpus is what it claims to be', data, async (t) => {
  const size = { records: 2000, nearDuplicates: 300, planted: 50 }
  const { records, nearDuplicates } = await makeCorpus(sharedPath('data'), 7, size)
  t.is(nearDuplicates.size, size.nearDuplicates)
  let lowest = 1
  for (const ordinal of nearDuplicates) {
    const text = textOf(records[ordinal]!)
    let best = 0
    for (let other = 0; other < ordinal; other++) {
      if (records[other]!.prompt === records[ordinal]!.prompt)
        best = Math.max(best, jaccard(text, textOf(records[other]!)))
    }
    lowest = Math.min(lowest, best)
  }
  t.ok(
    lowest >= 0.85 && lowest < 1,
    `the least similar near-duplicate has a Jaccard similarity of ${lowest.toFixed(3)}`
  )
  const again = await makeCorpus(sharedPath('data'), 7, size)
  t.alike(again.records, records, 'and the same in every run')
})

function recordsWith(report: CheckReport, code: string): Set<number> {
  const ordinals = new Set<number>()
  for (const [from, to] of report.findings.find((finding) => finding.code === code)?.at ?? []) {
    for (let record = from; record <= to; record++) ordinals.add(record)
  }
  return ordinals
}

function count(wanted: ReadonlySet<number>, found: ReadonlySet<number>): number {
  let both = 0
  for (const record of wanted) if (found.has(record)) both++
  return both
}
