import { isUtf8 } from 'node:buffer'
import { CODEC_ZSTD, compress, decompress } from './codec.js'
import { VolumeFault } from './faults.js'
import { VOLUME_LIMITS } from './limits.js'

/**
 * A batch is one block of a volume (block 1 and up). Integers are little-endian:
 *
 *   offset 0   u8    version of this frame: 1
 *   offset 1   u8    codec of the payload: 1 = one zstd frame (RFC 8878) with its content size, without a dictionary
 *   offset 2   u32   number of records, 1 to 65,536
 *   offset 6   u32   bytes of the decompressed payload, at most 4 MiB
 *   offset 10  …     payload: the records as JSON Lines in UTF-8, each one followed by a newline, compressed as a whole
 *
 * The whole block is at most 2 MiB.
 */
export interface Frame {
  codec: number
  records: number
  rawLength: number
  payload: Buffer
}

/** A decoded batch: `raw` is its JSON Lines, `records` their number. */
export interface Batch {
  records: number
  raw: Buffer
}

export const FRAME_VERSION = 1
export const FRAME_BYTES = 10

const NEWLINE = 0x0a

/** Makes a block of JSON Lines (`records` lines, each ended by a newline). */
export async function encodeBatch(lines: Buffer, records: number): Promise<Buffer> {
  checkAmounts(records, lines.length)
  const payload = await compress(lines)
  const block = Buffer.alloc(FRAME_BYTES + payload.length)
  block.writeUInt8(FRAME_VERSION, 0)
  block.writeUInt8(CODEC_ZSTD, 1)
  block.writeUInt32LE(records, 2)
  block.writeUInt32LE(lines.length, 6)
  payload.copy(block, FRAME_BYTES)
  checkWire(block)
  return block
}

/** Reads and checks a block's frame; decompresses nothing. Throws a VolumeFault. */
export function readFrame(block: Buffer): Frame {
  checkWire(block)
  if (block.length <= FRAME_BYTES) throw new VolumeFault('BAD_FRAME', 'the block is too short for a batch.')
  const version = block.readUInt8(0)
  if (version !== FRAME_VERSION) throw new VolumeFault('BAD_FRAME', `the batch is of version ${version}, not 1.`)
  const codec = block.readUInt8(1)
  if (codec !== CODEC_ZSTD) throw new VolumeFault('BAD_CODEC', `the batch's codec, ${codec}, is unknown.`)
  const records = block.readUInt32LE(2)
  const rawLength = block.readUInt32LE(6)
  checkAmounts(records, rawLength)
  return { codec, records, rawLength, payload: block.subarray(FRAME_BYTES) }
}

/** Decodes a block to its JSON Lines and checks everything but the lines themselves. Throws a VolumeFault. */
export async function decodeBatch(block: Buffer): Promise<Batch> {
  const { records, rawLength, payload } = readFrame(block)
  const raw = await decompress(payload, rawLength)
  const lines = countLines(raw)
  if (lines !== records)
    throw new VolumeFault('WRONG_COUNT', `the batch declares ${records} records and holds ${lines}.`)
  if (!isUtf8(raw)) throw new VolumeFault('NOT_UTF8', 'the batch is not valid UTF-8.')
  return { records, raw }
}

/** The lines of a decoded batch, without their newlines. */
export function splitLines(raw: Buffer): string[] {
  const lines = raw.toString('utf8').split('\n')
  lines.pop()
  return lines
}

function countLines(raw: Buffer): number {
  if (raw.at(-1) !== NEWLINE) throw new VolumeFault('WRONG_COUNT', 'the batch does not end with a newline.')
  let count = 0
  for (let at = raw.indexOf(NEWLINE); at !== -1; at = raw.indexOf(NEWLINE, at + 1)) count++
  return count
}

function checkAmounts(records: number, rawLength: number): void {
  if (records === 0) throw new VolumeFault('BAD_FRAME', 'the batch declares no records.')
  if (records > VOLUME_LIMITS.records) throw new VolumeFault('TOO_LARGE', `the batch declares ${records} records.`)
  if (rawLength > VOLUME_LIMITS.rawBytes) throw new VolumeFault('TOO_LARGE', `the batch declares ${rawLength} bytes.`)
}

function checkWire(block: Buffer): void {
  if (block.length > VOLUME_LIMITS.wireBytes) throw new VolumeFault('TOO_LARGE', `the block has ${block.length} bytes.`)
}
