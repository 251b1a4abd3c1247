// Makes an index of a million records and checks others against it; prints the most memory that the process ever had.
import { DatasetIndex } from '../../../lib/check/bands/dataset-index.js'
import { CheckRun } from '../../../lib/check/engine.js'
import { checkRules } from '../../../lib/check/rules.js'
import { Random } from './random.js'
import { randomRows } from './rows.js'
import { textRecord } from './findings.js'

const [folder = '', size = '1000000'] = process.argv.slice(2)
const VOLUME = 50_000
const index = DatasetIndex.open(folder)

// The records that are checked later: half of them are in the dataset.
const random = new Random(99)
const words = Array.from({ length: 5000 }, () => random.text(random.between(2, 9), 'abcdefghijklmnopqrstuvwxyz'))
const records = Array.from({ length: 4000 }, () =>
  textRecord(Array.from({ length: 100 }, () => random.pick(words)).join(' '))
).map((record) => ({ record }))

const known = new CheckRun(checkRules(), { threads: 2, keepRows: true })
await known.addBatch(records.slice(0, 2000))
await known.finish()
await index.add('known', known.rows)
for (let number = 0; index.records < Number(size); number++)
  await index.add(`volume ${number}`, randomRows(number, VOLUME))

const run = new CheckRun(checkRules(), { threads: 2, against: index })
await run.addBatch(records)
const report = await run.finish()
process.stdout.write(
  JSON.stringify({
    records: index.records,
    segments: index.segments,
    known: report.dataset?.findings.find(({ code }) => code === 'dataset_duplicate')?.at,
    near: report.dataset?.findings.find(({ code }) => code === 'dataset_near_duplicate')?.at ?? [],
    // Node has it in kilobytes.
    memory: process.resourceUsage().maxRSS * 1024
  })
)
