import type { Writable } from 'node:stream'
import type { OrdinalRange } from '../drops.js'
import type { FileThreads } from './file-thread.js'
import { FileSink, StreamSink, type Sink, type WrittenFile } from './sink.js'

/** What stands before the first record and after the last one of a file; and whether records are joined by commas. */
export interface Frame {
  head: string
  tail: string
  commas: boolean
}

/** The outputs of a pull: one, or one for each part of a split; all of them are there in the end, or none. */
export class Outputs {
  /** Records that were written. */
  records = 0
  private readonly sinks: readonly Sink[]
  private readonly frame: Frame
  private readonly begun: boolean[]

  constructor(sinks: readonly Sink[], frame: Frame) {
    this.sinks = sinks
    this.frame = frame
    this.begun = sinks.map(() => false)
  }

  /** Appends records, written one behind the other. */
  async write(side: number, data: Buffer | string, records: number): Promise<void> {
    if (records === 0) return
    const sink = this.sinks[side]!
    let rest = data
    if (!this.begun[side]) {
      this.begun[side] = true
      if (this.frame.head) await sink.write(this.frame.head, 0)
      if (this.frame.commas) rest = typeof data === 'string' ? data.slice(1) : data.subarray(1)
    }
    await sink.write(rest, records)
    this.records += records
  }

  /** Whether batches can be appended as they are stored: there is one file, and nothing between its records. */
  get takesBatches(): boolean {
    return this.sinks.length === 1 && !!this.sinks[0]!.writeBatch && !this.frame.head && !this.frame.commas
  }

  /** Appends the lines of a batch but the dropped ones, `records` in all. */
  async writeBatch(block: Buffer, drops: readonly OrdinalRange[], records: number): Promise<void> {
    this.begun[0] = true
    await this.sinks[0]!.writeBatch!(block, drops, records)
    this.records += records
  }

  /** Everything was written: now it is on the disk, and only has to be given its names. */
  async finish(): Promise<WrittenFile[]> {
    const files: WrittenFile[] = []
    for (const [side, sink] of this.sinks.entries()) {
      if (!this.begun[side] && this.frame.head) await sink.write(this.frame.head, 0)
      if (this.frame.tail) await sink.write(this.frame.tail, 0)
      files.push(...(await sink.finish()))
    }
    return files
  }

  async commit(): Promise<void> {
    for (const sink of this.sinks) await sink.commit()
  }

  async discard(): Promise<void> {
    for (const sink of this.sinks) await sink.discard()
  }
}

/** The path of a part's file: `data.train.jsonl.gz`. */
export function sidePath(path: string, side: string): string {
  const match = /((?:\.[A-Za-z0-9]+)?(?:\.(?:gz|zst))?)$/i.exec(path)
  const ending = match?.[1] ?? ''
  return `${path.slice(0, path.length - ending.length)}.${side}${ending}`
}

/** Sinks for text: the file or stream itself, or a file for each part. */
export async function openTextSinks(
  output: string | Writable,
  parts: readonly string[],
  threads: FileThreads
): Promise<Sink[]> {
  if (typeof output !== 'string') return [new StreamSink(output)]
  const paths = parts.length === 0 ? [output] : parts.map((part) => sidePath(output, part))
  const sinks: Sink[] = []
  for (const path of paths) sinks.push(await FileSink.open(path, threads))
  return sinks
}
