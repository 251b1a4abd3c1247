import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { ALIGNMENT, alignedMemory, openDirect, refusesDirect } from '../../direct-io.js'

/** Bytes of one write: enough that a disk works at its full rate. */
const CHUNK = 2 * 1024 * 1024
/** Bytes that are copied and hashed at a time: they are still in the processor's cache when they are hashed. */
const PIECE = 64 * 1024

/**
 * Appends to a file past the page cache where the file system lets it, else as usual, and hashes what it appends. One chunk
 * is written while the next one is filled.
 */
export class DirectFile {
  /** Of all that was appended. */
  readonly hash = createHash('sha256')
  private readonly descriptor: number
  private readonly direct: FileHandle | null
  private chunk: Buffer
  private spare: Buffer
  private filled = 0
  /** Where in the file the chunk begins. */
  private position = 0
  private writing: Promise<void> = Promise.resolve()
  private refused = false

  private constructor(descriptor: number, direct: FileHandle | null, memory: Buffer) {
    this.descriptor = descriptor
    this.direct = direct
    this.chunk = memory.subarray(0, memory.length / 2)
    this.spare = memory.subarray(memory.length / 2)
  }

  /**
   * @param descriptor of an empty file, open for writing; stays open
   * @param path of the same file
   */
  static async open(descriptor: number, path: string): Promise<DirectFile> {
    const memory = alignedMemory(2 * CHUNK)
    const direct = memory && (await openDirect(path))
    return new DirectFile(descriptor, direct, memory ?? Buffer.alloc(0))
  }

  /** Resolves once the data was taken over; it may then change. */
  async append(data: Buffer): Promise<void> {
    if (!this.direct) {
      this.hash.update(data)
      return this.write(data, null)
    }
    for (let at = 0; at < data.length;) {
      const taken = data.copy(this.chunk, this.filled, at, Math.min(at + PIECE, data.length))
      this.hash.update(this.chunk.subarray(this.filled, this.filled + taken))
      at += taken
      this.filled += taken
      if (this.filled === this.chunk.length) await this.flush()
    }
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    if (!this.direct) return
    try {
      await this.writing
      const whole = this.filled - (this.filled % ALIGNMENT)
      await this.writeDirect(this.chunk.subarray(0, whole), this.position)
      this.write(this.chunk.subarray(whole, this.filled), this.position + whole)
    } finally {
      await this.direct.close()
    }
  }

  /** Begins to write the chunk, which is full, once the one before it is written. */
  private async flush(): Promise<void> {
    await this.writing
    this.writing = this.writeDirect(this.chunk, this.position)
    this.writing.catch(() => {})
    this.position += this.chunk.length
    ;[this.chunk, this.spare] = [this.spare, this.chunk]
    this.filled = 0
  }

  private async writeDirect(data: Buffer, position: number): Promise<void> {
    let at = 0
    while (at < data.length && !this.refused) {
      try {
        at += (await this.direct!.write(data, at, data.length - at, position + at)).bytesWritten
      } catch (error) {
        if (!refusesDirect(error)) throw error
        this.refused = true
      }
    }
    this.write(data.subarray(at), position + at)
  }

  /** @param position in the file, or null: behind what was written last */
  private write(data: Buffer, position: number | null): void {
    for (let at = 0; at < data.length;) {
      at += writeSync(this.descriptor, data, at, data.length - at, position === null ? null : position + at)
    }
  }
}
