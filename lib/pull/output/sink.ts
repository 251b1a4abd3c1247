import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Writable } from 'node:stream'
import { syncFolder } from '../../files.js'
import type { OrdinalRange } from '../drops.js'
import type { FileThread, FileThreads, Piece } from './file-thread.js'

/** A file as it was written. */
export interface WrittenFile {
  /** Its name, relative to the target's folder. */
  path: string
  bytes: number
  sha256: string
  records: number
}

/** Where records go: a file that replaces the target only when all is complete, or a stream. */
export interface Sink {
  write(data: Buffer | string, records: number): Promise<void>
  /** Appends the lines of a batch but the dropped ones, `records` in all; without it they are given as data. */
  writeBatch?(block: Buffer, drops: readonly OrdinalRange[], records: number): Promise<void>
  /** Everything was written: now it is on the disk, under a temporary name. */
  finish(): Promise<WrittenFile[]>
  /** Makes it final; without it, nothing happened to the target. */
  commit(): Promise<void>
  discard(): Promise<void>
}

/** The temporary file has the same name each time, so that one that a killed process left is taken over. */
export function partialName(target: string): string {
  return `${target}.vdata-partial`
}

/** A file, compressed where its name ends in .gz or .zst. */
export class FileSink implements Sink {
  private readonly target: string
  private readonly file: FileHandle
  private readonly thread: FileThread
  private records = 0
  private closed = false

  private constructor(target: string, file: FileHandle, thread: FileThread) {
    this.target = target
    this.file = file
    this.thread = thread
  }

  static async open(target: string, threads: FileThreads): Promise<FileSink> {
    const path = partialName(target)
    const file = await open(path, 'w')
    return new FileSink(target, file, threads.take({ descriptor: file.fd, path, target }))
  }

  write(data: Buffer | string, records: number): Promise<void> {
    return this.append({ bytes: typeof data === 'string' ? Buffer.from(data) : data }, records)
  }

  writeBatch(block: Buffer, drops: readonly OrdinalRange[], records: number): Promise<void> {
    return this.append({ block, drops }, records)
  }

  async finish(): Promise<WrittenFile[]> {
    const { bytes, sha256 } = await this.thread.end()
    await this.file.sync()
    await this.close()
    return [{ path: basename(this.target), bytes, records: this.records, sha256 }]
  }

  async commit(): Promise<void> {
    await rename(partialName(this.target), this.target)
    await syncFolder(dirname(this.target))
  }

  async discard(): Promise<void> {
    await this.close()
    await rm(partialName(this.target), { force: true })
  }

  private async append(piece: Piece, records: number): Promise<void> {
    this.records += records
    await this.thread.append(piece)
  }

  private async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    // First the thread, which would write to whatever is opened next under the same number.
    await this.thread.close()
    await this.file.close()
  }
}

/** A stream that somebody reads, for example standard output. */
export class StreamSink implements Sink {
  private readonly stream: Writable

  constructor(stream: Writable) {
    this.stream = stream
  }

  async write(data: Buffer | string): Promise<void> {
    if (data.length > 0 && !this.stream.write(data)) await once(this.stream, 'drain')
  }

  async finish(): Promise<WrittenFile[]> {
    return []
  }

  async commit(): Promise<void> {}

  async discard(): Promise<void> {}
}

/** A file that something else wrote, as a fact: its length and hash. */
export async function describeFile(path: string, name: string, records: number): Promise<WrittenFile> {
  const { createReadStream } = await import('node:fs')
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return { path: name, bytes: (await stat(path)).size, sha256: hash.digest('hex'), records }
}

/** Makes a file that something else wrote durable. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync().finally(() => file.close())
}
