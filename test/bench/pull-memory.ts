import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import type { Running } from '../helpers/cli.js'
import { Net } from '../helpers/net.js'
import { CORPUS } from './dataset.js'
import { MB, seconds, Skipped, type Figure } from './figure.js'
import { serveUnchecked } from './unchecked.js'
import { Scope } from './scope.js'

const BYTES = 5000 * MB
const VOLUMES = 10
const MOST = 600
const POLL_MS = 50

/** A name for the output, which decides the format, and the options that go with it. */
const FORMS: readonly (readonly [output: string, ...options: string[]])[] = [
  ['out.jsonl'],
  ['out.json'],
  ['out.txt'],
  ['out.csv'],
  ['out.jsonl.gz'],
  ['out.jsonl.zst'],
  ['chat.jsonl', '--format', 'chat'],
  ['out.parquet'],
  ['folder/']
]

/** The most memory that a full pull takes, in every format: that of its process and of those that it started, together. */
export async function benchPullMemory(bytes = BYTES): Promise<Figure[]> {
  if (!existsSync('/proc/self/status')) {
    throw new Skipped('the memory of other processes is read from /proc, which is not here')
  }
  return Scope.use(async (scope) => {
    const net = await Net.start(scope)
    const link = await serveUnchecked(scope, net, { ...CORPUS, bytes, volumes: VOLUMES })
    const reader = await net.party()
    const figures: Figure[] = []
    for (const [output, ...options] of FORMS) {
      const args = ['pull', reader.path(output), '--from', link, ...options]
      const [took, peak] = await seconds(() => peakOf(reader.start(args)))
      await rm(reader.path(output), { recursive: true })
      const name = `full pull of ${bytes / MB} MB, ${[output, ...options].join(' ')}`
      figures.push({ name, value: peak, unit: 'MB at most', target: { most: MOST }, note: `${took.toFixed(0)} s` })
    }
    return figures
  })
}

/** The most memory, in MB, that a process and its children had resident together, until it ended. */
async function peakOf(running: Running): Promise<number> {
  let peak = 0
  const look = async () => {
    const all = await Promise.all([running.pid, ...(await childrenOf(running.pid))].map(residentOf))
    peak = Math.max(
      peak,
      all.reduce((sum, each) => sum + each, 0)
    )
  }
  const timer = setInterval(() => void look(), POLL_MS)
  const { code, stderr } = await running.exited
  clearInterval(timer)
  if (code !== 0) throw new Error(`the command ended with ${code}: ${stderr}`)
  return peak
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''))
  return (await Promise.all(lists)).join(' ').split(/\s+/).filter(Boolean).map(Number)
}

async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1000
}
