import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { writeCorpus } from '../helpers/corpus.js'
import type { Running } from '../helpers/cli.js'
import { Net } from '../helpers/net.js'
import { MB, Skipped, type Figure } from './figure.js'
import { Scope } from './scope.js'

const SMALL = 100 * MB
const LARGE = 1000 * MB
/** So much more may a ten times larger input take: buffers that fill up, heap that the collector has not come to yet. */
const FLAT = 1.35
const POLL = 50

/** The most memory that share and pull take, for a small input and for one ten times as large. */
export async function benchMemory(): Promise<Figure[]> {
  if (!existsSync('/proc/self/status'))
    throw new Skipped('the memory of other processes is read from /proc, which is not here')
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
    const { moderator, link } = await net.dataset('memory')
    await moderator.serve('index', 'serve')
    const [contributor, reader] = [await net.party(), await net.party()]
    const file = contributor.path('corpus.jsonl')
    await writeCorpus(file, bytes, { seed: 3, topics: ['law', 'health', 'work', 'home'] })
    const share = await peakOf(contributor.start(['share', file, '--to', link, '--wait', '600']))
    await rm(file)
    const pull = await peakOf(reader.start(['pull', reader.path('out.jsonl'), '--from', link]))
    return { share, pull }
  })
}

/** The most memory, in MB, that a process had resident until it ended. */
async function peakOf(running: Running): Promise<number> {
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
