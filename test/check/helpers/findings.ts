import { CheckRun, type CheckOptions } from '../../../lib/check/engine.js'
import type { CheckReport } from '../../../lib/check/report.js'
import { checkRules, type CheckRulesInput } from '../../../lib/check/rules.js'
import type { TrainingRecord } from '../../../lib/record/types.js'

/** A record whose only content is a text, and that has nothing else to find fault with. */
export function textRecord(text: string, more: Partial<TrainingRecord> = {}): TrainingRecord {
  return { kind: 'text', text, license: 'CC0-1.0', ...more } as TrainingRecord
}

/** Checks records in this thread. */
export async function checked(
  records: readonly unknown[],
  rules: CheckRulesInput = {},
  options: CheckOptions = {}
): Promise<CheckReport> {
  const run = new CheckRun(checkRules(rules), { threads: 0, ...options })
  await run.addBatch(records.map((record) => ({ record })))
  return run.finish()
}

/** What is found in one text: `code level`, in the order of the report. */
export async function found(
  record: string | TrainingRecord,
  rules: CheckRulesInput = {},
  options: CheckOptions = {}
): Promise<string[]> {
  const report = await checked([typeof record === 'string' ? textRecord(record) : record], rules, options)
  return [...report.findings, ...(report.dataset?.findings ?? [])].map(({ code, level }) => `${code} ${level}`)
}
