import { existsSync, readFileSync } from 'node:fs'
import { BiasMeter } from '../../lib/bias/meter.js'
import { sharedPath } from '../helpers/shared.js'

export interface BiasResult {
  name: string
  value: number
  unit: 'MB/s' | 'ms'
}

const REAL = 'data/hh-harmless-test.jsonl'
const ROUNDS = 5

/** Text measured by one core with the default metrics, by the time that the processor took; and the time of a report. */
export function benchBias(): BiasResult[] {
  const texts = existsSync(sharedPath(REAL))
    ? readFileSync(sharedPath(REAL), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { chosen: string }).chosen)
    : Array.from(
        { length: 5000 },
        (_, n) => `The doctor said that ${n % 3 ? 'he' : 'she'} was happy. It rained, number ${n}.`
      )
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const meter = new BiasMeter()
  for (const text of texts) meter.add(text)
  const before = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) for (const text of texts) meter.add(text)
  const { user, system } = process.cpuUsage(before)
  const start = process.cpuUsage()
  meter.report()
  const report = process.cpuUsage(start)
  return [
    { name: 'bias, a core', value: (bytes * ROUNDS) / (user + system), unit: 'MB/s' },
    { name: 'bias report', value: (report.user + report.system) / 1000, unit: 'ms' }
  ]
}
