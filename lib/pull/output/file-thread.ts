import { Worker } from 'node:worker_threads'
import type { OrdinalRange } from '../drops.js'
import { reviveError, type ThreadError } from '../thread-error.js'

/** Bytes to append, or a batch whose lines are to be: a block of a volume, without its dropped records. */
export type Piece = { bytes: Uint8Array } | { block: Uint8Array; drops: readonly OrdinalRange[] }

export interface FileWork {
  /** The thread writes to it, and leaves it open. */
  descriptor: number
  /** The same file's name. */
  path: string
  /** The name that the file will have: its ending says how it is compressed. */
  target: string
}

/** What a thread is told: what to write to, what to append next, or that this was all. */
export type FileOrder = FileWork | Piece | 'end'

/** What was written, as a thread says it. */
export interface Written {
  bytes: number
  sha256: string
}

export type FileAnswer = { appended: number } | { written: Written } | { error: ThreadError }

/** What waits for the thread at most: a block may become 4 MiB of lines. */
const PIECES = 8
const BYTES = 16 * 1024 * 1024

/**
 * Decompresses, hashes, compresses and writes one file on a thread of its own, so that the thread of the network has time
 * for the network, and so that what this allocates is collected in a heap that is small.
 */
export class FileThread {
  private readonly worker: Worker
  private readonly ended: Promise<Written>
  private pieces = 0
  private bytes = 0
  private failure: unknown = null
  private wake: (() => void) | null = null

  constructor() {
    this.worker = new Worker(new URL('./file-worker.js', import.meta.url))
    this.ended = new Promise((resolve, reject) => {
      this.worker.on('message', (answer: FileAnswer) => {
        if ('written' in answer) resolve(answer.written)
        else if ('error' in answer) this.fail(reviveError(answer.error), reject)
        else this.release(answer.appended)
      })
      this.worker.on('error', (error) => this.fail(error, reject))
      this.worker.on('exit', () => this.fail(new Error('A worker thread ended.'), reject))
    })
    this.ended.catch(() => {})
  }

  /** Says what to write to, before anything is appended. */
  begin(work: FileWork): void {
    this.worker.postMessage(work satisfies FileOrder)
  }

  /** Resolves once there is room for the next piece. The buffer is copied. */
  async append(piece: Piece): Promise<void> {
    // A view would take all of the buffer with it that it is a part of.
    const own = new Uint8Array('block' in piece ? piece.block : piece.bytes)
    this.pieces++
    this.bytes += own.length
    const order: FileOrder = 'block' in piece ? { ...piece, block: own } : { bytes: own }
    this.worker.postMessage(order, [own.buffer])
    while (!this.failure && (this.pieces >= PIECES || this.bytes >= BYTES)) {
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
    if (this.failure) throw this.failure
  }

  /** Resolves once everything was written. */
  async end(): Promise<Written> {
    this.worker.postMessage('end' satisfies FileOrder)
    return this.ended
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private release(bytes: number): void {
    this.pieces--
    this.bytes -= bytes
    this.wake?.()
  }

  private fail(error: unknown, reject: (error: unknown) => void): void {
    this.failure ??= error
    reject(this.failure)
    this.wake?.()
  }
}

/** Threads for files, one of which can be started before there is a file for it. */
export class FileThreads {
  private spare: FileThread | null = null

  /** Starts a thread: it takes as long to start as a peer to answer. */
  prepare(): void {
    this.spare ??= new FileThread()
  }

  /** A thread that writes a file, which whoever asked for it closes. */
  take(work: FileWork): FileThread {
    const thread = this.spare ?? new FileThread()
    this.spare = null
    thread.begin(work)
    return thread
  }

  /** Ends the thread that nobody took. */
  async close(): Promise<void> {
    await this.spare?.close()
    this.spare = null
  }
}
