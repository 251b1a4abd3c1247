import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { CheckRun } from '../../lib/check/engine.js'
import { checkRules } from '../../lib/check/rules.js'
import { CheckThreads } from '../../lib/check/threads.js'
import { makeCorpus } from '../check/helpers/corpus.js'
import { sharedPath } from '../helpers/shared.js'
import { MB, Skipped, type Figure } from './figure.js'
import { Scope } from './scope.js'

const CHARS = 800
const RECORDS = 20_000
const ROUNDS = 4

/**
 * How many records a second and core the default checks look at, how that grows with threads, and the memory that they take
 * against a dataset of a million records.
 *
 * Rates are by processor time, all threads added up: other work on the machine changes them little. Whether they grow with
 * threads is told by how much of the time each thread had work, running or waiting for a processor, and was not asleep because
 * nobody gave it any (Linux only), and by how many threads the one that gives it can keep so.
 */
export async function benchCheck(): Promise<Figure[]> {
  if (!existsSync(sharedPath('data'))) throw new Skipped('the real text is in ../shared/data, which is not here')
  const records = await realRecords()
  const figures: Figure[] = []
  for (const threads of new Set([1, Math.max(2, availableParallelism())])) {
    const { core, main, busy } = await measure(records, threads)
    const name = `default checks, ${threads === 1 ? '1 thread' : `${threads} threads`}`
    figures.push({ name, value: core, unit: 'records/s and core', target: { least: 5000 } })
    if (busy !== undefined) {
      figures.push({ name: `${name}: had work`, value: busy * 100, unit: '% of the time', target: { least: 90 } })
    }
    if (threads > 1) {
      figures.push({ name: 'threads that one process keeps busy', value: 1e6 / main / core, unit: 'threads' })
    }
  }
  return [...figures, await benchMillion()]
}

/** All of one length, as the target says: the end is filled with what the next record begins with. */
async function realRecords(): Promise<{ record: unknown }[]> {
  const size = { records: RECORDS, nearDuplicates: 0, planted: 0 }
  const { records } = await makeCorpus(sharedPath('data'), 1, size)
  return records.map((record, i) => {
    const text = `${record.response} ${records[(i + 1) % records.length]!.response}`.slice(
      0,
      CHARS - record.prompt.length
    )
    return { record: { ...record, response: text.replace(/[\ud800-\udbff]$/, '') } }
  })
}

/** Once the threads are warm: the best of three runs. `main` is microseconds of the main thread for each record. */
async function measure(
  records: { record: unknown }[],
  threads: number
): Promise<{ core: number; main: number; busy: number | undefined }> {
  const rules = checkRules({ slow_sample: 0 })
  const pool = new CheckThreads(threads)
  const best = { core: 0, main: Infinity, busy: undefined as number | undefined }
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
    best.core = Math.max(best.core, (records.length / (user + system)) * 1e6)
    best.main = Math.min(best.main, (performance.eventLoopUtilization(loop).active * 1000) / records.length)
    const shares = [...taskTimes()]
      .filter(([task]) => task !== process.pid)
      .map(([task, time]) => (time - (tasks.get(task) ?? time)) / elapsed)
      .sort((a, b) => b - a)
    if (shares.length === 0) continue
    best.busy = Math.max(best.busy ?? 0, shares.slice(0, threads).reduce((sum, share) => sum + share, 0) / threads)
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

function benchMillion(): Promise<Figure> {
  return Scope.use(async (scope) => {
    const script = fileURLToPath(new URL('../check/helpers/million.js', import.meta.url))
    const child = spawn(process.execPath, [script, await scope.tmp()], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const chunk of child.stdout) output += String(chunk)
    const { memory } = JSON.parse(output) as { memory: number }
    return { name: 'against a million records', value: memory / MB, unit: 'MB at most', target: { most: 1000 } }
  })
}
