import { VolumeFault } from './faults.js'

// RFC 8878, section 3.1.1.
const MAGIC = 0xfd2fb528
const BLOCK_MAX = 128 * 1024
const enum BlockType {
  raw,
  rle,
  compressed,
  reserved
}

/** What a decoder may be asked to keep of the past: as much as the RFC recommends every decoder to support. */
const WINDOW_MAX = 8 * 1024 * 1024

/**
 * A frame that lies about its content size can make a decoder without an output limit expand each block to 128 KiB, so
 * this also bounds the memory that a lie costs: 64 MiB. Encoders make a block of every 8 to 128 KiB; 4 MiB fit.
 */
const BLOCKS_MAX = 512

/**
 * Walks the structure of a zstd frame without decompressing anything: one frame, no dictionary, a content size equal to
 * `rawLength`, every block within its bounds, nothing behind the last one. Every platform's decoder is given only frames
 * that pass, so that all of them accept the same.
 */
export function checkZstdFrame(frame: Buffer, rawLength: number): void {
  const header = readHeader(frame)
  if (header.dictionary !== 0) throw bad('its zstd frame needs a dictionary')
  if (header.contentSize === null) throw bad('its zstd frame does not say how much it holds')
  if (header.contentSize !== rawLength) {
    throw new VolumeFault('WRONG_LENGTH', `the batch declares ${rawLength} bytes, its payload ${header.contentSize}.`)
  }
  if (header.window > WINDOW_MAX) throw bad('its zstd window is over 8 MiB')

  const blockMax = Math.min(header.window, BLOCK_MAX)
  let offset = header.end
  let blocks = 0
  let plain = 0
  for (let last = false; !last; blocks++) {
    if (blocks === BLOCKS_MAX) throw bad('its zstd frame has too many blocks')
    if (offset + 3 > frame.length) throw bad('its zstd frame is cut short')
    const block = frame.readUIntLE(offset, 3)
    const type: BlockType = (block >> 1) & 3
    const size = block >> 3
    last = (block & 1) === 1
    if (type === BlockType.reserved) throw bad('its zstd frame has a block of a reserved type')
    if (size > blockMax) throw bad('its zstd frame has a block over the limit')
    if (type !== BlockType.compressed) plain += size
    offset += 3 + (type === BlockType.rle ? 1 : size)
  }
  if (plain > rawLength) throw bad('its zstd frame holds more than it says')
  const end = offset + (header.checksum ? 4 : 0)
  if (end > frame.length) throw bad('its zstd frame is cut short')
  if (end < frame.length) throw bad('there are bytes behind its zstd frame')
}

/** The frame with its content size in the header: encoders that stream leave it out, and decoders here insist on it. */
export function withContentSize(frame: Buffer, rawLength: number): Buffer {
  const header = readHeader(frame)
  if (header.contentSize !== null) return frame
  const SIZE_FLAG = 0b10_000000 // a content size of four bytes
  const before = Buffer.alloc(header.end + 4)
  frame.copy(before, 0, 0, header.end)
  before[4] = frame[4]! | SIZE_FLAG
  before.writeUInt32LE(rawLength, header.end)
  return Buffer.concat([before, frame.subarray(header.end)])
}

interface FrameHeader {
  dictionary: number
  checksum: boolean
  window: number
  contentSize: number | null
  /** Where the first block begins. */
  end: number
}

function readHeader(frame: Buffer): FrameHeader {
  if (frame.length < 6 || frame.readUInt32LE(0) !== MAGIC) throw bad('it is not a zstd frame')
  const descriptor = frame[4]!
  if (descriptor & 0b0000_1000) throw bad('its zstd frame uses a reserved bit')
  const single = (descriptor & 0b0010_0000) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const sizeAt = 5 + (single ? 0 : 1) + dictionary
  const end = sizeAt + sizeBytes
  if (end > frame.length) throw bad('its zstd frame is cut short')
  const contentSize = sizeBytes === 0 ? null : readContentSize(frame, sizeAt, sizeBytes)
  const window = single ? (contentSize ?? 0) : windowSize(frame[5]!)
  return { dictionary, checksum: (descriptor & 0b0000_0100) !== 0, window, contentSize, end }
}

function readContentSize(frame: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(frame.readBigUInt64LE(at))
  // Two bytes count from 256: one byte holds what is below.
  return frame.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0)
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function bad(what: string): VolumeFault {
  return new VolumeFault('BAD_PAYLOAD', `the batch cannot be decompressed: ${what}.`)
}
