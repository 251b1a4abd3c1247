import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { VdataError } from '../../errors.js'
import { KEYS, keysOf, ROW_BYTES } from './row.js'

/**
 * A segment: an immutable file that finds like records among up to 16 million. Little-endian, in this order:
 *
 *   header   magic, and how many rows, entries and words of the filter it has
 *   rows     128 bytes each
 *   filter   a Bloom filter over the keys of all entries
 *   fences   of each page of entries, the upper 32 bits of its first key
 *   entries  8 bytes each, sorted: a key of 40 bits, a row's number of 24 bits
 *
 * Filter and fences are kept in memory, 2.1 bytes an entry; a key that the filter lets through costs a read of one page.
 */
export interface SegmentShape {
  readonly rows: number
  readonly entries: number
  readonly filterWords: number
}

export const HEADER_BYTES = 64
const MAGIC = Buffer.from('vdata bands 1\n')
/** Entries a page: 4 KiB. */
const PAGE = 512
const FILTER_BITS = 16

export function shapeOf(rows: number, entries: number): SegmentShape {
  return { rows, entries, filterWords: Math.ceil((entries * FILTER_BITS) / 32) + 1 }
}

export function layoutOf({ rows, entries, filterWords }: SegmentShape) {
  const filter = HEADER_BYTES + rows * ROW_BYTES
  const fences = filter + filterWords * 4
  const fenceCount = Math.ceil(entries / PAGE)
  // Entries are aligned to their size, so that a page can be read as numbers.
  const start = Math.ceil((fences + fenceCount * 4) / 8) * 8
  return { filter, fences, fenceCount, entries: start, end: start + entries * 8 }
}

export function headerOf(shape: SegmentShape): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(shape.rows, 16)
  header.writeUInt32LE(shape.entries, 20)
  header.writeUInt32LE(shape.filterWords, 24)
  return header
}

/** The sorted entries of rows, as pairs of 32 bits, the lower ones first: an entry is its key, then the row's number. */
export function entriesOf(rows: Uint8Array): Uint32Array {
  const count = rows.length / ROW_BYTES
  const high = new Uint32Array(KEYS)
  const low = new Uint8Array(KEYS)
  const entries = new Uint32Array(count * KEYS * 2)
  let used = 0
  for (let row = 0; row < count; row++) {
    const keys = keysOf(rows, row, high, low)
    for (let key = 0; key < keys; key++) {
      entries[used++] = ((low[key]! << 24) | row) >>> 0
      entries[used++] = high[key]!
    }
  }
  // Both halves as one number: the engine sorts these natively, and without comparing objects.
  new BigUint64Array(entries.buffer, 0, used / 2).sort()
  return entries.subarray(0, used)
}

/** Adds sorted entries to what lookups need in memory. */
export class SummaryBuilder {
  readonly filter: Uint32Array
  readonly fences: Uint32Array
  #at = 0

  constructor(shape: SegmentShape) {
    this.filter = new Uint32Array(shape.filterWords)
    this.fences = new Uint32Array(layoutOf(shape).fenceCount)
  }

  add(low: number, high: number): void {
    if (this.#at % PAGE === 0) this.fences[this.#at / PAGE] = high
    this.#at++
    this.filter[wordIn(high, this.filter.length)]! |= bitsOf(high, low >>> 24)
  }
}

/** What threads share of a segment: its file, and in memory its filter and fences. */
export interface SegmentData {
  readonly path: string
  readonly shape: SegmentShape
  readonly summary: SharedArrayBuffer
}

/** Reads what lookups need in memory. Throws BAND_INDEX_DAMAGED for a file that is not a whole segment. */
export function loadSegment(path: string): SegmentData {
  const fd = openSync(path, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    readSync(fd, header, 0, HEADER_BYTES, 0)
    const shape = {
      rows: header.readUInt32LE(16),
      entries: header.readUInt32LE(20),
      filterWords: header.readUInt32LE(24)
    }
    const layout = layoutOf(shape)
    if (!header.subarray(0, MAGIC.length).equals(MAGIC) || fstatSync(fd).size !== layout.end) throw damaged(path)
    const summary = new SharedArrayBuffer(layout.entries - layout.filter)
    readFully(fd, new Uint8Array(summary), layout.filter)
    return { path, shape, summary }
  } finally {
    closeSync(fd)
  }
}

export function damaged(path: string, cause?: unknown): VdataError {
  return new VdataError(
    'verification',
    'BAND_INDEX_DAMAGED',
    `The index of near-duplicates is damaged: ${path} is not whole.`,
    'Delete its folder; it is made again from the volumes.',
    { cause }
  )
}

/** A segment opened for lookups, by one thread. Reads block: they belong into threads of their own. */
export class Segment {
  readonly #fd: number
  readonly #shape: SegmentShape
  readonly #layout: ReturnType<typeof layoutOf>
  readonly #filter: Uint32Array
  readonly #fences: Uint32Array
  readonly #page = new Uint32Array(PAGE * 2)
  readonly #row = new Uint8Array(ROW_BYTES)

  constructor(data: SegmentData) {
    this.#fd = openSync(data.path, 'r')
    this.#shape = data.shape
    this.#layout = layoutOf(data.shape)
    this.#filter = new Uint32Array(data.summary, 0, data.shape.filterWords)
    this.#fences = new Uint32Array(data.summary, data.shape.filterWords * 4, this.#layout.fenceCount)
  }

  /** The numbers of the rows that have a key, at most `limit`, in order. */
  *rowsWith(high: number, low: number, limit: number): Generator<number> {
    const bits = bitsOf(high, low)
    if ((this.#filter[wordIn(high, this.#filter.length)]! & bits) >>> 0 !== bits) return
    // The first page that can hold the key is the one before the first fence that is not below it.
    let page = Math.max(0, lowerBound(this.#fences, high) - 1)
    for (let found = 0; page < this.#fences.length && this.#fences[page]! <= high; page++) {
      const count = Math.min(PAGE, this.#shape.entries - page * PAGE)
      readFully(this.#fd, new Uint8Array(this.#page.buffer, 0, count * 8), this.#layout.entries + page * PAGE * 8)
      // What is yielded is read from the page, so the caller may not ask this segment for another key meanwhile.
      for (let entry = firstIn(this.#page, count, high, low); entry < count; entry++) {
        const rest = this.#page[entry * 2]!
        if (this.#page[entry * 2 + 1] !== high || rest >>> 24 !== low || found++ === limit) return
        yield rest & 0xffffff
      }
    }
  }

  /** A row; valid until the next call. */
  row(number: number): Uint8Array {
    readFully(this.#fd, this.#row, HEADER_BYTES + number * ROW_BYTES)
    return this.#row
  }

  close(): void {
    closeSync(this.#fd)
  }
}

export function readFully(fd: number, into: Uint8Array, position: number): void {
  for (let at = 0; at < into.length;) {
    const read = readSync(fd, into, at, into.length - at, position + at)
    if (read === 0) throw damaged(`file ${fd}`)
    at += read
  }
}

function wordIn(high: number, words: number): number {
  return Math.floor((high / 2 ** 32) * words)
}

/** Four of a word's 32 bits. */
function bitsOf(high: number, low: number): number {
  const h = Math.imul(high ^ (low << 24) ^ low, 0x9e3779b1)
  return ((1 << (h >>> 27)) | (1 << ((h >>> 22) & 31)) | (1 << ((h >>> 17) & 31)) | (1 << ((h >>> 12) & 31))) >>> 0
}

/** The first of sorted numbers that is not below one. */
function lowerBound(sorted: Uint32Array, value: number): number {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}

/** The first of a page's sorted entries whose key is not below one. */
function firstIn(page: Uint32Array, count: number, high: number, low: number): number {
  let from = 0
  let to = count
  while (from < to) {
    const middle = (from + to) >>> 1
    const at = page[middle * 2 + 1]!
    if (at < high || (at === high && page[middle * 2]! >>> 24 < low)) from = middle + 1
    else to = middle
  }
  return from
}
