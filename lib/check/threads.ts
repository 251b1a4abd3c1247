import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { messageOf, VdataError } from '../errors.js'
import { Inspector, type Entry, type Inspection, type Pass, type Plan } from './inspector.js'
import type { Answer, Request } from './worker.js'

/** Where the batches of one run are inspected. */
export interface Session {
  /** How many batches it can have under way with use. */
  readonly width: number
  inspect(batch: readonly Entry[], pass: Pass): Promise<Inspection>
  close(): Promise<void>
}

interface Waiting {
  readonly worker: Worker
  readonly resolve: (inspection: Inspection) => void
  readonly reject: (error: unknown) => void
}

/**
 * Threads that check records, for one run after the other or for several at once: a moderator keeps them, because a thread takes
 * a tenth of a second to start. They start when they are needed, and don't keep the process alive while they have nothing to do.
 */
export class CheckThreads {
  readonly count: number
  readonly #workers = new Map<Worker, { busy: number; readonly sessions: Set<number> }>()
  readonly #waiting = new Map<number, Waiting>()
  #nextSession = 0
  #nextRequest = 0

  /** @param count at most so many threads; as many as there are processors unless said otherwise */
  constructor(count: number = availableParallelism()) {
    this.count = Math.max(1, count)
  }

  open(plan: Plan): Session {
    const session = this.#nextSession++
    return {
      width: this.count,
      inspect: (batch, pass) => this.#inspect(session, plan, batch, pass),
      close: async () => {
        for (const [worker, { sessions }] of this.#workers) {
          if (sessions.delete(session)) send(worker, { type: 'close', session })
        }
      }
    }
  }

  /** Ends the threads. Inspections that are under way fail. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers.keys()].map((worker) => worker.terminate()))
  }

  #inspect(session: number, plan: Plan, batch: readonly Entry[], pass: Pass): Promise<Inspection> {
    const worker = this.#leastBusy()
    const state = this.#workers.get(worker)!
    if (!state.sessions.has(session)) {
      state.sessions.add(session)
      send(worker, { type: 'open', session, plan })
    }
    if (state.busy++ === 0) worker.ref()
    return new Promise((resolve, reject) => {
      const id = this.#nextRequest++
      this.#waiting.set(id, { worker, resolve, reject })
      send(worker, { type: 'inspect', session, id, batch, pass })
    })
  }

  #leastBusy(): Worker {
    let least: Worker | undefined
    for (const [worker, { busy }] of this.#workers) {
      if (!least || busy < this.#workers.get(least)!.busy) least = worker
    }
    if (least && (this.#workers.get(least)!.busy === 0 || this.#workers.size >= this.count)) return least
    return this.#start()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url))
    this.#workers.set(worker, { busy: 0, sessions: new Set() })
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      const state = this.#workers.get(worker)
      if (state && --state.busy === 0) worker.unref()
      if ('inspection' in answer) waiting?.resolve(answer.inspection)
      else waiting?.reject(failed(answer.error))
    })
    worker.on('error', (error) => this.#lost(worker, error))
    worker.on('exit', () => this.#lost(worker, new Error('the thread ended')))
    worker.unref()
    return worker
  }

  #lost(worker: Worker, error: unknown): void {
    this.#workers.delete(worker)
    for (const [id, waiting] of this.#waiting) {
      if (waiting.worker !== worker) continue
      this.#waiting.delete(id)
      waiting.reject(failed(error))
    }
  }
}

/** The same without threads: for a few records, or where a thread is not worth its start. */
export function inThisThread(plan: Plan): Session {
  const inspector = Inspector.create(plan)
  inspector.catch(() => {})
  return {
    width: 1,
    inspect: async (batch, pass) => (await inspector).inspect(batch, pass),
    close: async () => (await inspector).close()
  }
}

function send(worker: Worker, request: Request): void {
  worker.postMessage(request, [])
}

function failed(error: unknown): VdataError {
  return new VdataError('error', 'CHECK_FAILED', `The checks stopped: ${messageOf(error)}.`, 'Please report it.', {
    cause: error
  })
}
