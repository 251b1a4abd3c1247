import { open, type FileHandle } from 'node:fs/promises'
import { messageOf, VdataError } from '../errors.js'
import { VOLUME_LIMITS } from './limits.js'

const LENGTH_BYTES = 4

/**
 * Batches on their way into a volume, in a file: the header, which comes first in a volume, holds totals that are known
 * only at the end. The file is a sequence of blocks, each one behind its length (u32, little-endian).
 */
export class SpoolWriter {
  readonly path: string
  readonly #file: FileHandle

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  static async create(path: string): Promise<SpoolWriter> {
    return new SpoolWriter(path, await open(path, 'w'))
  }

  async append(block: Buffer): Promise<void> {
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32LE(block.length)
    try {
      const { bytesWritten } = await this.#file.writev([length, block])
      if (bytesWritten !== LENGTH_BYTES + block.length) throw new Error('the disk is full')
    } catch (cause) {
      const what = `The file ${this.path} could not be written: ${messageOf(cause)}.`
      throw new VdataError('error', 'SPOOL_FAILED', what, 'Make room on the disk and try again.', { cause })
    }
  }

  /** Flushes it to the disk and closes it. */
  async finish(): Promise<void> {
    await this.#file.sync()
    await this.#file.close()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** The blocks of a spool, in order. */
export async function* readSpool(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    let length = await readLength(file, path)
    while (length !== null) {
      // The next block's length comes with this block, so that a block costs one read.
      const chunk = Buffer.allocUnsafeSlow(length + LENGTH_BYTES)
      const { bytesRead } = await file.read(chunk)
      if (bytesRead !== length && bytesRead !== chunk.length) throw damaged(path)
      yield chunk.subarray(0, length)
      length = bytesRead === length ? null : checkLength(chunk.readUInt32LE(length), path)
    }
  } finally {
    await file.close()
  }
}

async function readLength(file: FileHandle, path: string): Promise<number | null> {
  const buffer = Buffer.alloc(LENGTH_BYTES)
  const { bytesRead } = await file.read(buffer)
  if (bytesRead === 0) return null
  if (bytesRead !== LENGTH_BYTES) throw damaged(path)
  return checkLength(buffer.readUInt32LE(), path)
}

function checkLength(length: number, path: string): number {
  if (length === 0 || length > VOLUME_LIMITS.wireBytes) throw damaged(path)
  return length
}

function damaged(path: string): VdataError {
  return new VdataError(
    'error',
    'SPOOL_DAMAGED',
    `The file ${path} is damaged.`,
    'Share the data again from its source.'
  )
}
