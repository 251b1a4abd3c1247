// How fast and in how much memory `vdata gen` runs, against a server in a process of its own. As text, and as JSON:
//
//   node dist/test/bench/generate.js [--json] [--quick]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate, parseRecipe } from '../../lib/generate/index.js'

interface Measured {
  requests: number
  seconds: number
  perSecond: number
  /** The same without the first quarter, in which connections are made and code is compiled. */
  steady: number
  /** Milliseconds of the processor for each request: what a busy computer does not change. */
  cpu: number
  /** Resident memory in MB: after a tenth of the requests, and the most after that. */
  memory: { early: number; most: number }
}

const quick = process.argv.includes('--quick')
const folder = await mkdtemp(join(tmpdir(), 'vdata-bench-'))
try {
  const slow = await withServer(500, (url) => measure(url, quick ? 2560 : 10_240, 256))
  const ideal = 256 / 0.5
  const fast = await withServer(1, (url) => profiled(() => measure(url, quick ? 3000 : 20_000, 256)))
  const long = await withServer(1, (url) => measure(url, quick ? 10_000 : 100_000, 256))
  const result = {
    latency500: { ...slow, ideal, share: slow.perSecond / ideal, steadyShare: slow.steady / ideal },
    latency1: fast.result,
    profile: fast.profile,
    long,
    memoryGrowth: long.memory.most / long.memory.early
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`)
  else {
    const line = ({ requests, perSecond, cpu, memory }: Measured) =>
      `${requests} requests, ${perSecond.toFixed(0)} a second, ${cpu.toFixed(2)} ms of the processor each, memory ${memory.early.toFixed(0)} MB after a tenth, at most ${memory.most.toFixed(0)} MB`
    process.stdout.write(
      [
        `500 ms, 256 in flight: ${line(slow)}; ${percent(slow.perSecond / ideal)} of concurrency over latency, ${percent(slow.steady / ideal)} after the first quarter`,
        `1 ms, 256 in flight:   ${line(fast.result)}`,
        ...fast.profile.map(({ name, share }) => `  ${(100 * share).toFixed(1).padStart(5)} %  ${name}`),
        `long run:              ${line(long)}`,
        ''
      ].join('\n')
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
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
async function measure(url: string, count: number, concurrency: number): Promise<Measured> {
  const hundred = (word: string) => Array.from({ length: 100 }, (_, index) => `${word}${index}`)
  const loaded = parseRecipe(
    JSON.stringify({
      provider: 'openai',
      model: 'bench',
      base_url: url,
      count,
      concurrency,
      variables: { a: hundred('a'), b: hundred('b'), c: hundred('c') },
      prompt: 'Write about {{a}}, {{b}} and {{c}}.'
    })
  )
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
    seconds,
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
