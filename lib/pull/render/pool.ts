import { Buffer } from 'node:buffer'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { OrdinalRange } from '../drops.js'
import { reviveError, type ThreadError } from '../thread-error.js'
import type { Rendered, RenderSpec } from './render.js'

/** A batch for a worker. */
export interface Job {
  id: number
  bytes: Uint8Array
  /** Whether `bytes` are a block of a volume; else they are JSON Lines. */
  encoded: boolean
  drops: readonly OrdinalRange[]
  whole: boolean
}

export type JobAnswer = { id: number; rendered: Rendered } | { id: number; error: ThreadError }

interface Waiting {
  worker: Worker
  resolve(rendered: Rendered): void
  reject(error: unknown): void
}

/** Worker threads that render batches. How many are under way at a time is the caller's to bound. */
export class RenderPool {
  readonly size = Math.max(1, Math.min(4, availableParallelism() - 1))
  private readonly spec: RenderSpec
  private readonly workers: Worker[] = []
  private readonly waiting = new Map<number, Waiting>()
  private jobs = 0

  constructor(spec: RenderSpec) {
    this.spec = spec
  }

  render(job: Omit<Job, 'id'>): Promise<Rendered> {
    const id = this.jobs++
    const worker = (this.workers[id % this.size] ??= this.start())
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { worker, resolve, reject })
      // A view would take all of the buffer with it that it is a part of.
      const bytes = new Uint8Array(job.bytes)
      worker.postMessage({ ...job, bytes, id } satisfies Job, [bytes.buffer])
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }

  private start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.spec })
    worker.on('message', (answer: JobAnswer) => {
      const job = this.waiting.get(answer.id)
      this.waiting.delete(answer.id)
      if ('rendered' in answer) job?.resolve(revive(answer.rendered))
      else job?.reject(reviveError(answer.error))
    })
    worker.on('error', (error) => this.fail(worker, error))
    worker.on('exit', () => this.fail(worker, new Error('A worker thread ended.')))
    return worker
  }

  private fail(worker: Worker, error: unknown): void {
    for (const [id, job] of this.waiting) {
      if (job.worker !== worker) continue
      this.waiting.delete(id)
      job.reject(error)
    }
  }
}

/** A Buffer that went through a message is a plain array of bytes. */
function revive(rendered: Rendered): Rendered {
  const bytes = (array: Uint8Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  return { ...rendered, data: bytes(rendered.data), ...(rendered.ids && { ids: bytes(rendered.ids) }) }
}
