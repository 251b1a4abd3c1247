import { Worker } from 'node:worker_threads'
import type { Lexicon } from './lexicon.js'
import type { Batch } from './measure.js'
import type { MeterOptions, MeterState } from './meter.js'

/** Batches that a thread may have before it and not yet done: the stream waits when all have so many. */
const AHEAD = 2

export interface WorkerSettings {
  lexicon: Lexicon
  settings: MeterOptions
}

/** To a worker: a batch, or null to ask for what it has measured. From it: "done" for each batch, then its state. */
export type FromWorker = 'done' | MeterState

interface Thread {
  worker: Worker
  waiting: number
  state: MeterState | undefined
}

/** Threads that each have a meter. Batches go to them in turn, so that the same stream is always dealt the same way. */
export class WorkerPool {
  private readonly threads: Thread[]
  private next = 0
  private failure: { error: unknown } | undefined
  private wake: () => void = () => {}

  constructor(count: number, workerData: WorkerSettings) {
    this.threads = Array.from({ length: count }, () => this.start(workerData))
  }

  async give(batch: Batch): Promise<void> {
    const thread = this.threads[this.next]!
    this.next = (this.next + 1) % this.threads.length
    thread.waiting++
    thread.worker.postMessage(batch, [])
    await this.until(() => thread.waiting < AHEAD)
  }

  /** What each thread has measured. */
  async finish(): Promise<MeterState[]> {
    for (const { worker } of this.threads) worker.postMessage(null, [])
    await this.until(() => this.threads.every(({ state }) => state !== undefined))
    return this.threads.map(({ state }) => state!)
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()))
  }

  private start(workerData: WorkerSettings): Thread {
    const thread: Thread = {
      worker: new Worker(new URL('./worker.js', import.meta.url), { workerData }),
      waiting: 0,
      state: undefined
    }
    thread.worker.on('message', (message: FromWorker) => {
      if (message === 'done') thread.waiting--
      else thread.state = message
      this.wake()
    })
    thread.worker.on('error', (error) => {
      this.failure ??= { error }
      this.wake()
    })
    return thread
  }

  private async until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure.error
      if (condition()) return
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }
}
