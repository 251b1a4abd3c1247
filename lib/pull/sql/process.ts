// The process in which a statement runs: DuckDB behind messages. Its parent ends it, when it is done, takes too long, or says
// that it takes too much memory; it goes by itself only when nobody is left to answer to.
import process from 'node:process'
import { Engine, EngineError, toEngineError, type EngineLimits, type LoadedFile } from './engine.js'
import type { SideRows } from './columns.js'

/** A call of one of the engine's methods, and its answer. */
export interface Call {
  id: number
  method: keyof typeof METHODS
  args: unknown[]
}
export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: { kind: string; message: string; position?: number } }
  | typeof OVER_MEMORY

/** Said once the process has more memory than it may. */
const OVER_MEMORY = { over: 'memory' } as const

/** Beyond DuckDB's own limit: Node and DuckDB themselves, and what it does not count. */
const HEADROOM = 450 * 1024 * 1024
const WATCH_MS = 50

let engine: Engine | undefined

function opened(): Engine {
  if (!engine) throw new EngineError('Unknown', 'The engine is not open.')
  return engine
}

const METHODS = {
  async open(scratch: string, limits: EngineLimits) {
    engine = await Engine.open(scratch, limits)
    const most = limits.memory + HEADROOM
    setInterval(() => {
      if (process.memoryUsage.rss() > most) answer(OVER_MEMORY)
    }, WATCH_MS).unref()
  },
  tree: (sql: string) => opened().tree(sql),
  aggregates: (names: string[]) => opened().aggregates(names),
  createTables: (columns: string[], sides: SideRows) => opened().createTables(columns, sides),
  load: (files: LoadedFile[]) => opened().load(files),
  count: (sql: string) => opened().count(sql),
  lock: (threads: number, path?: string) => opened().lock(threads, path),
  ask: (sql: string) => opened().ask(sql),
  start: (columns: { name: string; type: string }[], cells: boolean) => opened().start(columns, cells),
  next: () => opened().next(),
  writeParquet: (from: 'answer' | 'records', path: string) => opened().writeParquet(from, path),
  run: (sql: string) => opened().run(sql)
}

export type EngineMethods = typeof METHODS

process.on('message', (call: Call) => {
  const method = METHODS[call.method] as (...args: unknown[]) => Promise<unknown>
  method(...call.args).then(
    (value) => answer({ id: call.id, value }),
    (error: unknown) => {
      const { kind, message, position } = error instanceof EngineError ? error : toEngineError(error)
      answer({ id: call.id, error: { kind, message, position } })
    }
  )
})
// A statement may still run for long: it is not waited for.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// A terminal sends Ctrl-C to both: the parent decides.
process.on('SIGINT', () => {})

function answer(message: Answer): void {
  if (process.connected) process.send?.(message, () => {})
}
