import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ALIGNMENT, alignedMemory, openDirect, refusesDirect } from '../direct-io.js'
import { codeOf } from '../errors.js'

/** Bytes of one write. */
const CHUNK = 1024 * 1024

/** Where in its core's file a block lies. */
export interface Place {
  offset: number
  bytes: number
}

const FILE_NAME = /^\d{1,16}\.blocks$/

/**
 * Blocks of a store in files of their own, one for each core, each block behind the one that came before it, at a multiple
 * of 4 KiB. A database that takes blocks in writes each of them twice, to its log and to a file, and copies and sums it up
 * each time; here it is written once, past the page cache where the disk takes it so.
 *
 * A block is with the system before its place is told: a process that is killed loses none of which the place was noted.
 * Where the computer itself stops, a place may be noted of a block that is not there, or not whole.
 */
export class BlockFiles {
  private readonly folder: string
  /** Where the next block of a core goes. */
  private readonly ends = new Map<number, Promise<number>>()
  /** What is being written, one after another: there is one disk, and one piece of memory. */
  private writing: Promise<void> = Promise.resolve()
  private memory: Buffer | null | undefined
  /** The file that was written last. */
  private current: { core: number; file: FileHandle; direct: boolean } | null = null

  constructor(folder: string) {
    this.folder = folder
  }

  /** Writes a block behind the others of its core. */
  async append(core: number, block: Buffer): Promise<Place> {
    const offset = await this.reserve(core, block.length)
    const written = this.writing.then(() => this.write(core, block, offset))
    this.writing = written.catch(() => {})
    await written
    return { offset, bytes: block.length }
  }

  /** What lies there, or null where the file ends before. */
  async read(core: number, { offset, bytes }: Place): Promise<Buffer | null> {
    let file: FileHandle
    try {
      file = await open(this.path(core), 'r')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
    try {
      // A damaged note may ask for any amount.
      if (offset + bytes > (await file.stat()).size) return null
      const block = Buffer.allocUnsafeSlow(bytes)
      for (let at = 0; at < bytes;) {
        const { bytesRead } = await file.read(block, at, bytes - at, offset + at)
        if (bytesRead === 0) return null
        at += bytesRead
      }
      return block
    } finally {
      await file.close()
    }
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.writing
    await this.leave()
  }

  /** Removes the files of cores that are gone. Nothing may be written meanwhile. */
  async sweep(isGone: (core: number) => Promise<boolean>): Promise<void> {
    await this.close()
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!FILE_NAME.test(name)) continue
      const core = Number.parseInt(name, 10)
      if (!(await isGone(core))) continue
      await rm(join(this.folder, name), { force: true })
      this.ends.delete(core)
    }
  }

  private path(core: number): string {
    return join(this.folder, `${core}.blocks`)
  }

  private reserve(core: number, bytes: number): Promise<number> {
    const offset = this.ends.get(core) ?? this.size(core)
    const end = offset.then((at) => aligned(at + bytes))
    // Whoever comes next asks the file again.
    end.catch(() => this.ends.delete(core))
    this.ends.set(core, end)
    return offset
  }

  private async size(core: number): Promise<number> {
    await mkdir(this.folder, { recursive: true })
    try {
      return aligned((await stat(this.path(core))).size)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0
      throw error
    }
  }

  private async write(core: number, block: Buffer, offset: number): Promise<void> {
    if (this.current?.core !== core) {
      await this.leave()
      this.current = await this.enter(core)
    }
    const { file, direct } = this.current
    if (!direct) return writeAll(file, block, offset)
    try {
      await this.writeDirect(file, block, offset)
    } catch (error) {
      if (!refusesDirect(error)) throw error
      this.memory = null
      await this.leave()
      await this.write(core, block, offset)
    }
  }

  private async enter(core: number): Promise<{ core: number; file: FileHandle; direct: boolean }> {
    const path = this.path(core)
    if (this.memory === undefined) this.memory = alignedMemory(CHUNK)
    const file = this.memory && (await openDirect(path, { create: true }))
    if (file) return { core, file, direct: true }
    return { core, file: await open(path, constants.O_WRONLY | constants.O_CREAT), direct: false }
  }

  private async leave(): Promise<void> {
    const left = this.current
    this.current = null
    await left?.file.close()
  }

  private async writeDirect(file: FileHandle, block: Buffer, offset: number): Promise<void> {
    const memory = this.memory!
    for (let at = 0; at < block.length; at += memory.length) {
      const filled = block.copy(memory, 0, at)
      const whole = aligned(filled)
      memory.fill(0, filled, whole)
      await writeAll(file, memory.subarray(0, whole), offset + at)
    }
  }
}

async function writeAll(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let at = 0; at < data.length;) {
    at += (await file.write(data, at, data.length - at, position + at)).bytesWritten
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
