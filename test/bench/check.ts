// How many records a second and core the default checks look at, and how that grows with threads:
//
//   node dist/test/bench/check.js [records]
//
// Rates are by processor time, all threads added up: other work on the machine changes them little. It does change the wall-clock
// rates beside them; what then tells whether the checks scale is how much of the time each thread had work, running or waiting
// for a processor, and was not asleep because nobody gave it any (Linux only).
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { CheckRun } from '../../lib/check/engine.js'
import { checkRules } from '../../lib/check/rules.js'
import { CheckThreads } from '../../lib/check/threads.js'
import { makeCorpus } from '../check/helpers/corpus.js'
import { sharedPath } from '../helpers/shared.js'

const CHARS = 800
const ROUNDS = 4
const count = Number(process.argv[2] ?? 20_000)

const size = { records: count, nearDuplicates: 0, planted: 0 }
const { records: corpus } = await makeCorpus(sharedPath('data'), 1, size)
// All of one length, as the target says: the end is filled with what the next record begins with.
const records = corpus.map((record, i) => {
  const text = `${record.response} ${corpus[(i + 1) % corpus.length]!.response}`.slice(0, CHARS - record.prompt.length)
  return { record: { ...record, response: text.replace(/[\ud800-\udbff]$/, '') } }
})
const rules = checkRules({ slow_sample: 0 })
for (const threads of new Set([1, 2, availableParallelism()])) {
  const { wall, core, main, busy } = await measure(threads)
  process.stdout.write(
    `${threads} thread${threads === 1 ? '' : 's'}: ${core.toFixed(0)} records a second and core; ` +
      `${wall.toFixed(0)} a second by the clock; ${main.toFixed(0)} µs of the main thread for each record` +
      `${busy === undefined ? '' : `; threads had work ${(busy * 100).toFixed(0)} % of the time`}\n`
  )
}

/** Once the threads are warm: the best of three runs. */
async function measure(threads: number): Promise<{ wall: number; core: number; main: number; busy?: number }> {
  const pool = new CheckThreads(threads)
  const best = { wall: 0, core: 0, main: Infinity, busy: undefined as number | undefined }
  for (let round = 0; round < ROUNDS; round++) {
    const tasks = taskTimes()
    const loop = performance.eventLoopUtilization()
    const start = performance.now()
    const before = process.cpuUsage()
    const run = new CheckRun(rules, { threads: pool })
    await run.addBatch(records)
    await run.finish()
    const { user, system } = process.cpuUsage(before)
    const elapsed = performance.now() - start
    if (round === 0) continue
    best.wall = Math.max(best.wall, (records.length / elapsed) * 1000)
    best.core = Math.max(best.core, (records.length / (user + system)) * 1e6)
    best.main = Math.min(best.main, (performance.eventLoopUtilization(loop).active * 1000) / records.length)
    const shares = [...taskTimes()]
      .filter(([task]) => task !== process.pid)
      .map(([task, time]) => (time - (tasks.get(task) ?? time)) / elapsed)
      .sort((a, b) => b - a)
    if (shares.length > 0) {
      const mean = shares.slice(0, threads).reduce((sum, share) => sum + share, 0) / threads
      best.busy = Math.max(best.busy ?? 0, mean)
    }
  }
  await pool.close()
  return best
}

/** The milliseconds that each thread ran or waited for a processor; empty where the system does not say. */
function taskTimes(): Map<number, number> {
  const times = new Map<number, number>()
  try {
    for (const task of readdirSync('/proc/self/task')) {
      const [ran = 0, waited = 0] = readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ').map(Number)
      times.set(Number(task), (ran + waited) / 1e6)
    }
  } catch {
    // No such files, or a thread that ended meanwhile: the other numbers are still worth printing.
  }
  return times
}
