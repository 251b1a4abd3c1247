import { open, type FileHandle } from 'node:fs/promises'

interface Waiting {
  bytes: Buffer
  sync: boolean
  done: (offset: number) => void
  failed: (error: unknown) => void
}

/**
 * Appends to a file with group commit: whatever came in while the last write was on its way to the disk goes with the
 * next one, so that hundreds of answers a second share a few flushes and each still waits until it is on the disk.
 */
export class Appender {
  readonly #handle: FileHandle
  #end: number
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
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

  /** Writes a line. Resolves with its offset once it is written, and with `sync` once it survives a power cut. */
  append(line: string, sync: boolean): Promise<number> {
    return new Promise((done, failed) => {
      this.#waiting.push({ bytes: Buffer.from(`${line}\n`), sync, done, failed })
      this.#running ??= this.#drain()
    })
  }

  async read(offset: number, length: number): Promise<string> {
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await this.#handle.read(buffer, 0, length, offset)
    return buffer.toString('utf8', 0, bytesRead)
  }

  async close(): Promise<void> {
    await this.#running
    try {
      if (this.#broken === undefined) await this.#handle.datasync()
    } finally {
      await this.#handle.close()
    }
  }

  async #drain(): Promise<void> {
    // One turn of the loop first, so that answers that arrive together are written together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        // After a failed write the file may end in half a line, and a later line would be glued to it.
        if (this.#broken !== undefined) throw this.#broken
        await this.#write(Buffer.concat(group.map(({ bytes }) => bytes)))
        if (group.some(({ sync }) => sync)) await this.#handle.datasync()
        let offset = this.#end - group.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
        for (const { bytes, done } of group) {
          done(offset)
          offset += bytes.byteLength
        }
      } catch (error) {
        this.#broken = error
        for (const { failed } of group) failed(error)
      }
    }
    this.#running = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    let written = 0
    while (written < bytes.byteLength) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.byteLength - written, this.#end + written)
      written += bytesWritten
    }
    this.#end += bytes.byteLength
  }
}
