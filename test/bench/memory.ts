import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { writeCorpus } from '../helpers/corpus.js'
import type { Running } from '../helpers/cli.js'
import { Net } from '../helpers/net.js'
import { CORPUS } from './dataset.js'
import { MB, Skipped, type Figure } from './figure.js'
import { Scope } from './scope.js'
import { serveUnchecked } from './unchecked.js'

const SMALL = 100 * MB
const LARGE = 1000 * MB
/** So much more may a ten times larger input take: buffers that fill up, heap that the collector has not come to yet. */
const FLAT = 1.35
const POLL = 50

/** Whether the memory of other processes can be read here. */
export const HAS_PROC = existsSync('/proc/self/status')

/** The most memory that share and pull take, for a small input and for one ten times as large. */
export async function benchMemory(): Promise<Figure[]> {
  if (!HAS_PROC) throw new Skipped('the memory of other processes is read from /proc, which is not here')
  const small = await peaks(SMALL)
  const large = await peaks(LARGE)
  return (['share', 'pull'] as const).flatMap((command) => [
    { name: `${command}, 100 MB`, value: small[command], unit: 'MB at most' },
    {
      name: `${command}, 1 GB`,
      value: large[command],
      unit: 'MB at most',
      ratio: large[command] / small[command],
      against: `${command} of 100 MB`,
      target: { most: FLAT }
    }
  ])
}

function peaks(bytes: number): Promise<{ share: number; pull: number }> {
  return Scope.use(async (scope) => {
    const net = await Net.start(scope)
    return { share: await peakOfShare(net, bytes), pull: await peakOfPull(scope, net, bytes) }
  })
}

/** Of a share with its checks, until the moderator has a copy. */
async function peakOfShare(net: Net, bytes: number): Promise<number> {
  const { moderator, link } = await net.dataset('shared')
  const desk = await moderator.serve('index', 'serve')
  const contributor = await net.party()
  const file = contributor.path('corpus.jsonl')
  await writeCorpus(file, bytes, CORPUS)
  const peak = await peakOf(contributor.start(['share', file, '--to', link, '--wait', '0']))
  await rm(file)
  await desk.stop()
  return peak
}

async function peakOfPull(scope: Scope, net: Net, bytes: number): Promise<number> {
  const link = await serveUnchecked(scope, net, { ...CORPUS, bytes, volumes: 1 })
  const reader = await net.party()
  const file = reader.path('out.jsonl')
  const peak = await peakOf(reader.start(['pull', file, '--from', link]))
  const { size } = await stat(file)
  if (size < bytes) throw new Error(`only ${size} bytes were pulled`)
  await rm(file)
  return peak
}

/** The most memory, in MB, that a process had resident until it ended. */
export async function peakOf(running: Running): Promise<number> {
  let peak = 0
  const look = async () => {
    // The kernel's own mark: a peak between two looks is in it, too.
    const status = await readFile(`/proc/${running.pid}/status`, 'utf8').catch(() => '')
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1000)
  }
  const timer = setInterval(() => void look(), POLL)
  const { code, stdout, stderr } = await running.exited
  clearInterval(timer)
  if (code !== 0) throw new Error(`the command ended with ${code}: ${stderr || stdout.slice(-2000)}`)
  return peak
}
