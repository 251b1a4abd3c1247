import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate, isAugmenting, parseRecipe } from '../../lib/generate/index.js'
import type { Figure } from './figure.js'

interface Measured {
  requests: number
  perSecond: number
  /** The same without the first quarter, in which connections are made and code is compiled. */
  steady: number
  /** Milliseconds of the processor for each request: what a busy computer does not change. */
  cpu: number
  /** Resident memory in MB: after a tenth of the requests, and the most after that. */
  memory: { early: number; most: number }
}

const CONCURRENCY = 256
const LATENCY = 0.5
const SLOW = 10_240
const FAST = 20_000
const LONG = 100_000
/** So much more may ten times as many requests take: heap that the collector has not come to yet. */
const FLAT = 1.35

/** How fast and in how much memory `vdata gen` runs, against a server in a process of its own. */
export async function benchGenerate(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vdata-bench-'))
  try {
    const slow = await withServer(1000 * LATENCY, (url) => measure(folder, url, SLOW))
    const { result: fast, profile } = await withServer(1, (url) => profiled(() => measure(folder, url, FAST)))
    const long = await withServer(1, (url) => measure(folder, url, LONG))
    const ideal = CONCURRENCY / LATENCY
    const rate = { unit: 'requests a second', against: 'concurrency over latency' }
    return [
      {
        name: `500 ms, ${CONCURRENCY} in flight`,
        ...rate,
        value: slow.perSecond,
        ratio: slow.perSecond / ideal,
        target: { least: 0.9 }
      },
      { name: 'the same, after the first quarter', ...rate, value: slow.steady, ratio: slow.steady / ideal },
      { name: `1 ms, ${CONCURRENCY} in flight`, value: fast.perSecond, unit: 'requests a second' },
      { name: 'of it: CPU time', value: fast.cpu, unit: 'ms a request' },
      ...profile.map(({ name, share }) => ({ name: `of it: ${name}`, value: 100 * share, unit: '%' })),
      { name: `${LONG} requests, 1 ms`, value: long.perSecond, unit: 'requests a second' },
      {
        name: `memory of ${LONG} requests`,
        value: long.memory.most,
        unit: 'MB at most',
        ratio: long.memory.most / long.memory.early,
        against: 'what the first tenth took',
        target: { most: FLAT }
      }
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function withServer<T>(latency: number, run: (url: string) => Promise<T>): Promise<T> {
  const script = fileURLToPath(new URL('./provider-process.js', import.meta.url))
  const server = spawn(process.execPath, [script, String(latency)], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [url] = (await once(server.stdout, 'data')) as [Buffer]
    return await run(url.toString().trim())
  } finally {
    server.stdin.end()
  }
}

/** From the first request to the last answer; estimating before and writing after are not the provider's time. */
async function measure(folder: string, url: string, count: number): Promise<Measured> {
  const hundred = (word: string) => Array.from({ length: 100 }, (_, index) => `${word}${index}`)
  const loaded = parseRecipe(
    JSON.stringify({
      provider: 'openai',
      model: 'bench',
      base_url: url,
      count,
      concurrency: CONCURRENCY,
      variables: { a: hundred('a'), b: hundred('b'), c: hundred('c') },
      prompt: 'Write about {{a}}, {{b}} and {{c}}.'
    })
  )
  if (isAugmenting(loaded)) throw new TypeError('not this provider')
  let started = 0
  let ended = 0
  let used: NodeJS.CpuUsage | undefined
  let quarter = { at: 0, done: 0 }
  const memory = { early: 0, most: 0 }
  const output = join(folder, `${count}-${Date.now()}.jsonl`)
  const result = await generate({
    loaded,
    output,
    onEvent: (event) => {
      if (event.event === 'estimate') {
        started = performance.now()
        used = process.cpuUsage()
      }
      if (event.event === 'writing') {
        ended = performance.now()
        used = process.cpuUsage(used)
      }
      if (event.event !== 'progress') return
      if (event.done <= count / 4) quarter = { at: performance.now(), done: event.done }
      const megabytes = process.memoryUsage.rss() / 1e6
      if (event.done <= count / 10) memory.early = megabytes
      else memory.most = Math.max(memory.most, megabytes)
    }
  })
  memory.most = Math.max(memory.most, process.memoryUsage.rss() / 1e6)
  if (result.records !== count)
    throw new Error(`${result.records} records of ${count}: ${JSON.stringify(result.dropped)}`)
  const seconds = (ended - started) / 1000
  const cpu = ((used?.user ?? 0) + (used?.system ?? 0)) / 1000 / count
  return {
    requests: count,
    cpu,
    perSecond: count / seconds,
    steady: (1000 * (count - quarter.done)) / (ended - quarter.at),
    memory
  }
}

/** Runs with the profiler on, and tells where the time went. */
async function profiled<T>(run: () => Promise<T>): Promise<{ result: T; profile: { name: string; share: number }[] }> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  const result = await run()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}`.trim()
    ])
  )
  const times = new Map<string, number>()
  let total = 0
  for (const [index, sample] of (profile.samples ?? []).entries()) {
    const name = names.get(sample) ?? '(unknown)'
    const delta = profile.timeDeltas?.[index] ?? 0
    times.set(name, (times.get(name) ?? 0) + delta)
    total += delta
  }
  const top = [...times].sort((a, b) => b[1] - a[1]).slice(0, 12)
  return { result, profile: top.map(([name, time]) => ({ name, share: time / total })) }
}
