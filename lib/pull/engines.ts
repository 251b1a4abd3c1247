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

/** What turns JSON Lines into Parquet: measured, no slower than with more, and a third of the memory. */
const WRITER_LIMITS: Partial<SqlLimits> = { memory: 150 * MB, threads: 1 }

/** Starts an engine that writes Parquet and runs no statement of anybody. */
export function openWriter(home: string, signal?: AbortSignal): Promise<RemoteEngine> {
  return openEngine(home, WRITER_LIMITS, signal)
}

/** Starts an engine with a folder of its own in the home's cache. */
export function openEngine(home: string, limits: Partial<SqlLimits> = {}, signal?: AbortSignal): Promise<RemoteEngine> {
  const folder = join(engineFolder(home), `${process.pid}.${randomBytes(4).toString('hex')}`)
  return RemoteEngine.open(folder, { ...SQL_LIMITS, ...limits }, signal)
}
