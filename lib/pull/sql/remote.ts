import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { VdataError } from '../../errors.js'
import type { EngineLimits } from './engine.js'
import { sqlError } from './guard.js'
import type { Answer, EngineMethods } from './process.js'

export interface SqlLimits extends EngineLimits {
  /** Milliseconds that a single step of a statement may take. */
  time: number
}

/** The steps whose time the statement decides. */
const OF_STATEMENT: ReadonlySet<keyof EngineMethods> = new Set(['count', 'ask', 'start', 'next', 'writeParquet'])

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * The engine of a statement, in a process of its own. It is ended with the signal, at the end of its time, and whenever it
 * takes more memory than it may; then whatever waits for it is told why.
 */
export class RemoteEngine {
  private readonly child: ChildProcess
  private readonly scratch: string
  private readonly limits: SqlLimits
  private readonly signal: AbortSignal | undefined
  private readonly waiting = new Map<number, Waiting>()
  private sql = ''
  private calls = 0
  private ended: VdataError | null = null

  private constructor(scratch: string, limits: SqlLimits, signal: AbortSignal | undefined) {
    this.scratch = scratch
    this.limits = limits
    this.signal = signal
    this.child = fork(fileURLToPath(new URL('./process.js', import.meta.url)), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--max-old-space-size=256']
    })
    this.child.on('message', (answer: Answer) => this.onanswer(answer))
    this.child.on('error', () => this.fail(stopped()))
    this.child.on('exit', () => this.fail(stopped()))
    signal?.addEventListener('abort', this.onabort, { once: true })
  }

  /** @param scratch a folder of its own for what does not fit into memory; it is removed in the end */
  static async open(scratch: string, limits: SqlLimits, signal?: AbortSignal): Promise<RemoteEngine> {
    signal?.throwIfAborted()
    const engine = new RemoteEngine(scratch, limits, signal)
    const { memory, spill, threads } = limits
    try {
      await engine.call('open', scratch, { memory, spill, threads })
      return engine
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  /** The statement that errors are about. */
  about(sql: string): void {
    this.sql = sql
  }

  async call<M extends keyof EngineMethods>(
    method: M,
    ...args: Parameters<EngineMethods[M]>
  ): Promise<Awaited<ReturnType<EngineMethods[M]>>> {
    if (this.ended) throw this.ended
    const id = ++this.calls
    const answered = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }))
    this.child.send({ id, method, args }, (error) => {
      if (error) this.fail(stopped())
    })
    const timer = OF_STATEMENT.has(method) ? setTimeout(this.ontimeout, this.limits.time) : undefined
    try {
      return (await answered) as Awaited<ReturnType<EngineMethods[M]>>
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.onabort)
    this.ended ??= stopped()
    const gone = this.child.exitCode !== null || this.child.signalCode !== null
    const exited = gone ? Promise.resolve() : once(this.child, 'exit')
    this.kill()
    await exited
    await rm(this.scratch, { recursive: true, force: true })
  }

  private readonly ontimeout = () => {
    this.fail(outOfTime(this.limits))
    this.kill()
  }

  private readonly onabort = () => {
    for (const { reject } of this.waiting.values()) reject(this.signal!.reason)
    this.waiting.clear()
    this.ended ??= stopped()
    this.kill()
  }

  private kill(): void {
    this.child.kill('SIGKILL')
  }

  private onanswer(answer: Answer): void {
    if ('over' in answer) {
      this.fail(outOfMemory(this.limits))
      return this.kill()
    }
    const call = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if (!call) return
    if ('value' in answer) call.resolve(answer.value)
    else call.reject(this.translate(answer.error))
  }

  private fail(error: VdataError): void {
    this.ended ??= error
    for (const { reject } of this.waiting.values()) reject(this.ended)
    this.waiting.clear()
  }

  private translate({ kind, message, position }: { kind: string; message: string; position?: number }): Error {
    if (/Out of Memory/i.test(kind))
      return /temp|directory/i.test(message) ? outOfSpill(this.limits) : outOfMemory(this.limits)
    return sqlError(message, this.sql, position)
  }
}

const SMALLER = 'Ask for fewer columns or records, or raise the limit with an option; see `vdata pull --help`.'

function outOfMemory({ memory }: SqlLimits): VdataError {
  const most = Math.round(memory / 1e6)
  return new VdataError('error', 'SQL_MEMORY', `The statement needs more than its ${most} MB of memory.`, SMALLER)
}

function outOfSpill({ spill }: SqlLimits): VdataError {
  const most = Math.round(spill / 1e6)
  return new VdataError(
    'error',
    'SQL_SPACE',
    `The statement needs more than its ${most} MB of temporary space.`,
    SMALLER
  )
}

function outOfTime({ time }: SqlLimits): VdataError {
  const what = `The statement took longer than its ${Math.round(time / 1000)} seconds and was stopped.`
  return new VdataError('error', 'SQL_TIME', what, SMALLER)
}

function stopped(): VdataError {
  return new VdataError('error', 'SQL_STOPPED', 'The statement was stopped before it had an answer.', 'Run it again.')
}
