import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BiasMeter } from '../../lib/bias/meter.js'
import { Cli } from '../helpers/cli.js'
import { sharedPath } from '../helpers/shared.js'
import { MB, type Figure } from './figure.js'
import { HAS_PROC, peakOf } from './memory.js'
import { Scope } from './scope.js'

const REAL = 'data/hh-harmless-test.jsonl'
const ROUNDS = 5
/** Of the memory for 100 MB, so much may 1 GB take. */
const FLAT = 1.35

/**
 * Text measured by one core with the default metrics, by the time that the processor took; the time of a report; and the
 * memory of the command for 100 MB and for 1 GB.
 */
export async function benchBias(): Promise<Figure[]> {
  const lines = realLines()
  const texts = lines.map((line) => (JSON.parse(line) as { chosen: string }).chosen)
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const meter = new BiasMeter()
  for (const text of texts) meter.add(text)
  const before = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) for (const text of texts) meter.add(text)
  const { user, system } = process.cpuUsage(before)
  const start = process.cpuUsage()
  meter.report()
  const report = process.cpuUsage(start)
  const speed = {
    name: 'text, one core',
    value: (bytes * ROUNDS) / (user + system),
    unit: 'MB/s',
    target: { least: 3 }
  }
  const time = { name: 'a report', value: (report.user + report.system) / 1000, unit: 'ms' }
  if (!HAS_PROC) return [speed, time]
  const [small, large] = [await peak(lines, 100 * MB), await peak(lines, 1000 * MB)]
  return [
    speed,
    time,
    { name: 'vdata bias, 100 MB', value: small, unit: 'MB at most' },
    {
      name: 'vdata bias, 1 GB',
      value: large,
      unit: 'MB at most',
      ratio: large / small,
      against: 'that of 100 MB',
      target: { most: FLAT }
    }
  ]
}

function realLines(): string[] {
  if (existsSync(sharedPath(REAL))) return readFileSync(sharedPath(REAL), 'utf8').trimEnd().split('\n')
  return Array.from({ length: 5000 }, (_, n) => {
    const chosen = `The doctor said that ${n % 3 ? 'he' : 'she'} was happy. It rained, number ${n}.`
    return JSON.stringify({ chosen, rejected: 'No.' })
  })
}

/** Measures the lines again and again, until they are so many bytes. */
function peak(lines: readonly string[], bytes: number): Promise<number> {
  return Scope.use(async (scope) => {
    const cli = await Cli.create(scope)
    const file = join(cli.home, 'large.jsonl')
    const block = lines.join('\n') + '\n'
    const stream = createWriteStream(file)
    for (let written = 0; written < bytes; written += Buffer.byteLength(block)) {
      if (!stream.write(block)) await once(stream, 'drain')
    }
    stream.end()
    await once(stream, 'close')
    const most = await peakOf(cli.start(['bias', file, '--json']))
    await rm(file)
    return most
  })
}
