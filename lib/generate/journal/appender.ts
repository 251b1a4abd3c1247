import { open, type FileHandle } from 'node:fs/promises'

const BLOCK = 256 * 1024
const MOST_BLOCKS = 16

interface Waiting {
  bytes: Buffer
  done: (place: Place) => void
  failed: (error: unknown) => void
}

/** Where a line lies, once it was written. */
export interface Place {
  offset: number
  /** Resolves when it survives a power cut too. */
  synced(): Promise<void>
}

/**
 * Appends to a file with group commit. Lines that come together are written together, so that what was written survives
 * the process at once; and whatever was written while the last flush was on its way to the disk goes with the next one, so
 * that hundreds of answers a second share a few flushes.
 */
export class Appender {
  readonly #handle: FileHandle
  #end: number
  #waiting: Waiting[] = []
  readonly #blocks = new Map<number, Promise<Buffer>>()
  #writing: Promise<void> | undefined
  /** The flush that covers all that is written by now, when it has not begun yet. */
  #nextSync: Promise<void> | undefined
  #lastSync: Promise<void> = Promise.resolve()
  #broken: unknown

  private constructor(handle: FileHandle, end: number) {
    this.#handle = handle
    this.#end = end
  }

  /** Opens the file for appending at `end`; what lies behind it (a torn last line) is cut off. */
  static async open(file: string, end: number): Promise<Appender> {
    const handle = await open(file, end === 0 ? 'w+' : 'r+', 0o600)
    await handle.truncate(end)
    return new Appender(handle, end)
  }

  /** Writes a line. Resolves once it is written: from then on it survives the process. */
  append(line: string): Promise<Place> {
    return new Promise((done, failed) => {
      this.#waiting.push({ bytes: Buffer.from(`${line}\n`), done, failed })
      this.#writing ??= this.#write()
    })
  }

  /** Reads a piece of what was written. Neighbours are read about the same time, so whole blocks are kept for a while. */
  async read(offset: number, length: number): Promise<string> {
    const first = Math.floor(offset / BLOCK)
    const last = Math.floor((offset + length - 1) / BLOCK)
    if (first !== last) return (await this.#readAt(offset, length)).toString('utf8')
    const block = await this.#block(first)
    const from = offset - first * BLOCK
    // The block may have been read before its end was written.
    if (from + length <= block.byteLength) return block.toString('utf8', from, from + length)
    this.#blocks.delete(first)
    return (await this.#readAt(offset, length)).toString('utf8')
  }

  #block(number: number): Promise<Buffer> {
    let block = this.#blocks.get(number)
    if (!block) {
      block = this.#readAt(number * BLOCK, BLOCK)
      this.#blocks.set(number, block)
      if (this.#blocks.size > MOST_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value!)
    }
    return block
  }

  async #readAt(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length)
    const { bytesRead } = await this.#handle.read(buffer, 0, length, offset)
    return buffer.subarray(0, bytesRead)
  }

  async close(): Promise<void> {
    await this.#writing
    try {
      if (this.#broken === undefined) await this.#sync()
    } finally {
      await this.#handle.close()
      this.#broken ??= new Error('the file is closed')
    }
  }

  async #write(): Promise<void> {
    // One turn first, so that answers that arrive together are written together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        // After a failed write the file may end in half a line, and a later line would be glued to it.
        if (this.#broken !== undefined) throw this.#broken
        let offset = this.#end
        await this.#writeAll(Buffer.concat(group.map(({ bytes }) => bytes)))
        for (const { bytes, done } of group) {
          done({ offset, synced: () => this.#sync() })
          offset += bytes.byteLength
        }
      } catch (error) {
        this.#broken = error
        for (const { failed } of group) failed(error)
      }
    }
    this.#writing = undefined
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    let written = 0
    while (written < bytes.byteLength) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.byteLength - written, this.#end + written)
      written += bytesWritten
    }
    this.#end += bytes.byteLength
  }

  /** Flushes what is written by now: with the flush that waits for the running one, where there is one. */
  #sync(): Promise<void> {
    this.#nextSync ??= this.#lastSync
      .catch(() => undefined)
      .then(() => {
        this.#nextSync = undefined
        this.#lastSync = this.#handle.datasync()
        return this.#lastSync
      })
    return this.#nextSync
  }
}
