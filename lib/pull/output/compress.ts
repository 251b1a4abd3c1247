import { Buffer } from 'node:buffer'
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { compress } from '../../volume/codec.js'

/** Compresses what is pushed, as a stream does, but says what came of each piece. */
export interface Compressor {
  push(data: Buffer): Promise<Buffer>
  end(): Promise<Buffer>
}

/** What the name's ending asks for. */
export function compressorFor(path: string): Compressor | null {
  if (/\.gz$/i.test(path)) return new StreamCompressor(zlib.createGzip())
  if (!/\.zst$/i.test(path)) return null
  // Node has it from 22.15 on. Without it a file is a row of zstd frames, which the format allows and `zstd -d` reads.
  return zlib.createZstdCompress ? new StreamCompressor(zlib.createZstdCompress()) : new FrameCompressor()
}

class StreamCompressor implements Compressor {
  private readonly stream: Transform
  private readonly parts: Buffer[] = []

  constructor(stream: Transform) {
    this.stream = stream
    stream.on('data', (part: Buffer) => this.parts.push(part))
  }

  async push(data: Buffer): Promise<Buffer> {
    await new Promise<void>((resolve, reject) => {
      this.stream.write(data, (error) => (error ? reject(error) : resolve()))
    })
    return this.take()
  }

  async end(): Promise<Buffer> {
    const ended = new Promise<void>((resolve, reject) => this.stream.once('end', resolve).once('error', reject))
    this.stream.end()
    await ended
    return this.take()
  }

  private take(): Buffer {
    return Buffer.concat(this.parts.splice(0))
  }
}

const FRAME_BYTES = 8 * 1024 * 1024

class FrameCompressor implements Compressor {
  private readonly parts: Buffer[] = []
  private length = 0

  async push(data: Buffer): Promise<Buffer> {
    this.parts.push(data)
    this.length += data.length
    return this.length < FRAME_BYTES ? Buffer.alloc(0) : this.frame()
  }

  async end(): Promise<Buffer> {
    return this.length > 0 ? this.frame() : Buffer.alloc(0)
  }

  private async frame(): Promise<Buffer> {
    const raw = Buffer.concat(this.parts.splice(0))
    this.length = 0
    return compress(raw)
  }
}
