import { CheckRun, type CheckInput } from '../lib/check/engine.js'
import { exceededIn, type CheckReport } from '../lib/check/report.js'
import { checkRules } from '../lib/check/rules.js'
import { readRecords, type ReadOptions, type Source } from '../lib/record/read.js'
import { FEW } from './checks.js'
import type { Context } from './context.js'
import { count, plural } from './format.js'

/** Gives a file's records, and what in it is none, to a run; returns how many there were. */
export async function addFile(run: CheckRun, source: string | Source, reading: ReadOptions): Promise<number> {
  let records = 0
  for await (const chunk of readRecords(source, reading)) {
    const batch: CheckInput[] = [
      ...chunk.records.map(({ record, line }) => ({ record, line })),
      ...chunk.refused.map(({ reason, line }) => ({ problem: reason, line }))
    ].sort((a, b) => a.line - b.line)
    await run.addBatch(batch)
    records += batch.length
  }
  return records
}

/** What the checks say of generated records, in short: records by code. */
export interface ShortReport {
  passes: boolean
  faults: { [code: string]: number }
  warnings: { [code: string]: number }
}

/** Checks a file of so many generated records by the default rules, as a moderator's machine will. */
export async function checkGenerated(context: Context, path: string, records: number): Promise<ShortReport> {
  const { signal } = context
  const progress = context.progress()
  const run = new CheckRun(checkRules(), {
    signal,
    onEvent: ({ records: done }) => progress.update(`Checked ${plural(done, 'record')}`),
    ...(records < FEW && { threads: 0 })
  })
  try {
    await addFile(run, path, { signal })
    return shorten(await run.finish())
  } finally {
    progress.clear()
    await run.close()
  }
}

function shorten(report: CheckReport): ShortReport {
  const short: ShortReport = { passes: exceededIn(report).length === 0, faults: {}, warnings: {} }
  for (const { code, records } of report.findings) {
    if (records.refuse > 0) short.faults[code] = records.refuse
    if (records.warn > 0) short.warnings[code] = records.warn
  }
  return short
}

export function checkLine({ faults, warnings }: ShortReport, path: string): string {
  const say = (of: { [code: string]: number }) =>
    Object.entries(of)
      .map(([code, number]) => `${code} ${count(number)}`)
      .join(', ')
  const parts = [
    Object.keys(faults).length > 0 ? say(faults) : 'no faults',
    ...(Object.keys(warnings).length > 0 ? [`warnings: ${say(warnings)}`] : [])
  ]
  const more = parts.length > 1 || Object.keys(faults).length > 0 ? ` (vdata check ${path})` : ''
  return `checks     ${parts.join('; ')}${more}`
}
