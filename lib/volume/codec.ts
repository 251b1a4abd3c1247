import { promisify } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { messageOf } from '../errors.js'
import { VolumeFault } from './faults.js'
import { checkZstdFrame, withContentSize } from './zstd.js'

/** The codec byte of a frame. Others may follow; a reader refuses the ones it does not know. */
export const CODEC_ZSTD = 1

interface Engine {
  compress(raw: Buffer): Promise<Buffer>
  decompress(payload: Buffer, rawLength: number): Promise<Buffer>
}

let engine: Promise<Engine> | null = null

/**
 * Compresses JSON Lines to one zstd frame that says its content size, on the thread pool. Level 3, zstd's default: on
 * dialogue text it takes as long as level 1 and a tenth less space, and it is the one level that both engines write.
 */
export async function compress(raw: Buffer): Promise<Buffer> {
  const zstd = await (engine ??= loadEngine())
  return withContentSize(await zstd.compress(raw), raw.length)
}

/**
 * Decompresses, on a thread where nothing waits for it, a payload that claims to hold exactly `rawLength` bytes, or throws
 * a VolumeFault. The frame's structure is checked first: a lie costs a bounded amount of memory (see zstd.ts).
 */
export async function decompress(payload: Buffer, rawLength: number): Promise<Buffer> {
  checkZstdFrame(payload, rawLength)
  const zstd = await (engine ??= loadEngine())
  let raw: Buffer
  try {
    raw = await zstd.decompress(payload, rawLength)
  } catch (error) {
    throw new VolumeFault('BAD_PAYLOAD', `the batch cannot be decompressed: ${messageOf(error)}.`, {}, { cause: error })
  }
  if (raw.length !== rawLength) {
    throw new VolumeFault('BAD_PAYLOAD', `the batch declares ${rawLength} bytes and decompresses to ${raw.length}.`)
  }
  return raw
}

/** Loads what compresses and decompresses ahead of its first use. */
export async function loadCodec(): Promise<void> {
  await (engine ??= loadEngine())
}

/** Node's own zstd where it has it (22.15 on), else the one from the registry. */
async function loadEngine(): Promise<Engine> {
  return nodeEngine() ?? (await packageEngine())
}

function nodeEngine(): Engine | null {
  const { zstdCompress, zstdDecompress, zstdDecompressSync } = zlib
  if (!zstdCompress || !zstdDecompress || !zstdDecompressSync) return null
  const deflate = promisify(zstdCompress)
  // A worker is such a thread itself, and the way to the pool and back costs a quarter of what decompressing does.
  const inflate = isMainThread
    ? promisify(zstdDecompress)
    : async (payload: Buffer, options: zlib.ZstdOptions) => zstdDecompressSync(payload, options)
  return {
    // zlib hands its output over in chunks, with a round trip through the thread pool for each: one big chunk is
    // three times faster than the default of 16 KiB.
    compress: (raw) => deflate(raw, { chunkSize: Math.max(64, raw.length) }),
    decompress: (payload, rawLength) =>
      inflate(payload, { chunkSize: Math.max(64, rawLength), maxOutputLength: rawLength })
  }
}

async function packageEngine(): Promise<Engine> {
  const { default: zstd } = await import('@mongodb-js/zstd')
  return { compress: (raw) => zstd.compress(raw), decompress: (payload) => zstd.decompress(payload) }
}
