import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { engineFolder } from './session.js'
import { RemoteEngine, type SqlLimits } from './sql/remote.js'

const MB = 1e6

/** Threads that load records; see `Analysis.inOrder` for how many run the statement. */
export const LOAD_THREADS = Math.max(1, Math.min(4, availableParallelism()))

export const SQL_LIMITS: SqlLimits = {
  memory: 400 * MB,
  spill: 20_000 * MB,
  threads: LOAD_THREADS,
  time: 30 * 60_000
}

/** Starts an engine with a folder of its own in the home's cache. */
export function openEngine(home: string, limits: Partial<SqlLimits> = {}, signal?: AbortSignal): Promise<RemoteEngine> {
  const folder = join(engineFolder(home), `${process.pid}.${randomBytes(4).toString('hex')}`)
  return RemoteEngine.open(folder, { ...SQL_LIMITS, ...limits }, signal)
}
