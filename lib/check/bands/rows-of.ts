import { CheckRun, type CheckInput, type CheckOptions } from '../engine.js'
import { CHECKS, checkRules } from '../rules.js'

/**
 * The rows of a volume's records, without checking them: for making a lost index again.
 * @param batches its records, in order
 */
export async function rowsOf(
  batches: AsyncIterable<readonly CheckInput[]> | Iterable<readonly CheckInput[]>,
  options: Pick<CheckOptions, 'threads' | 'signal'> = {}
): Promise<Uint8Array> {
  const nothing = { slow_sample: 0, checks: Object.fromEntries(CHECKS.map(({ name }) => [name, { off: true }])) }
  const run = new CheckRun(checkRules(nothing), { ...options, keepRows: true })
  for await (const batch of batches) await run.addBatch(batch)
  await run.finish()
  return run.rows
}
