// How many records a second and core the default checks look at, and how that grows with threads:
//
//   node dist/test/bench/check.js [records]
//
// Rates are by processor time, all threads added up: other work on the machine changes them little. Wall-clock rates are shown beside.
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { CheckRun } from '../../lib/check/engine.js'
import { checkRules } from '../../lib/check/rules.js'
import { CheckThreads } from '../../lib/check/threads.js'
import { makeCorpus } from '../check/helpers/corpus.js'
import { sharedPath } from '../helpers/shared.js'

const CHARS = 800
const count = Number(process.argv[2] ?? 20_000)

const { records: corpus } = await makeCorpus(sharedPath('data'), 1, { records: count, nearDuplicates: 0, planted: 0 })
// All of one length, as the target says: the end is filled with what the next record begins with.
const records = corpus.map((record, i) => {
  const text = `${record.response} ${corpus[(i + 1) % corpus.length]!.response}`.slice(0, CHARS - record.prompt.length)
  return { record: { ...record, response: text.replace(/[\ud800-\udbff]$/, '') } }
})
const rules = checkRules({ slow_sample: 0 })
const baseline = await rate(1)
for (const threads of new Set([1, 2, availableParallelism()])) {
  const { wall, core, main } = threads === 1 ? baseline : await rate(threads)
  process.stdout.write(
    `${threads} thread${threads === 1 ? '' : 's'}: ${core.toFixed(0)} records a second and core, ` +
      `${wall.toFixed(0)} a second, ${(wall / baseline.wall).toFixed(2)} times as many as with one; ` +
      `${main.toFixed(0)} µs of the main thread for each record, which is what bounds the number of cores\n`
  )
}

/** Once the threads are warm: the best of three runs. */
async function rate(threads: number): Promise<{ wall: number; core: number; main: number }> {
  const pool = new CheckThreads(threads)
  const best = { wall: 0, core: 0, main: Infinity }
  for (let round = 0; round < 4; round++) {
    const loop = performance.eventLoopUtilization()
    const start = process.hrtime.bigint()
    const before = process.cpuUsage()
    const run = new CheckRun(rules, { threads: pool })
    await run.addBatch(records)
    await run.finish()
    const { user, system } = process.cpuUsage(before)
    if (round === 0) continue
    best.main = Math.min(best.main, (performance.eventLoopUtilization(loop).active * 1000) / records.length)
    best.wall = Math.max(best.wall, (records.length / Number(process.hrtime.bigint() - start)) * 1e9)
    best.core = Math.max(best.core, (records.length / (user + system)) * 1e6)
  }
  await pool.close()
  return best
}
