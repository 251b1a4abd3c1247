import { parseLink } from '../dataset/link.js'
import { openEngine } from './engines.js'
import { always, whereFilter } from './filter.js'
import type { PullOptions } from './options.js'
import { planPull, type Plan } from './plan.js'
import { openSession, type PullSession } from './session.js'
import type { RemoteEngine } from './sql/remote.js'
import { readStatement, type Statement } from './sql/statement.js'
import { readState, type DatasetState } from './state.js'

/** What a pull works with, once it knows what it needs. */
export interface PlannedWork {
  session: PullSession
  state: DatasetState
  plan: Plan
  engine: RemoteEngine | null
  statement: Statement | null
}

/** Reads the statement, opens the dataset and plans; closes everything when `use` is done. */
export async function withPlan<T>(
  options: Omit<PullOptions, 'output' | 'format'>,
  use: (work: PlannedWork) => Promise<T>
): Promise<T> {
  const { where = [], limit, sql, signal } = options
  // A statement that cannot be run is refused before anything is opened.
  const question = sql === undefined ? null : await askable(options, sql)
  let session: PullSession | null = null
  try {
    session = await openSession({ ...options, purpose: 'pull' })
    const state = await readState(session.index, parseLink(options.link).release, options.at)
    const filter = question?.statement.analysis.filter ?? (where.length > 0 ? whereFilter(where) : always)
    const exact =
      question ||
      options.sample !== undefined ||
      options.dedup ||
      options.maxTokens ||
      options.split ||
      options.decontaminate
    const plan = planPull(state.volumes, { filter, limit: exact ? undefined : limit, drops: state.drops })
    signal?.throwIfAborted()
    return await use({ session, state, plan, engine: question?.engine ?? null, statement: question?.statement ?? null })
  } finally {
    await question?.engine.close()
    await session?.close()
  }
}

async function askable(
  { home, limits, signal }: Omit<PullOptions, 'output' | 'format'>,
  sql: string
): Promise<{ engine: RemoteEngine; statement: Statement }> {
  const engine = await openEngine(home, limits, signal)
  try {
    return { engine, statement: await readStatement(engine, sql) }
  } catch (error) {
    await engine.close()
    throw error
  }
}
