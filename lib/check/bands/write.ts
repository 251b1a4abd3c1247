import { open, rename, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  entriesOf,
  HEADER_BYTES,
  headerOf,
  layoutOf,
  shapeOf,
  SummaryBuilder,
  type SegmentData,
  type SegmentShape
} from './segment.js'
import { ROW_BYTES } from './row.js'

/** Entries or rows that are read or written at a time: between them other work of this thread gets its turn. */
const CHUNK_BYTES = 256 * 1024

/** Makes a segment of rows. It is complete and on the disk once this resolves. */
export async function writeRows(path: string, rows: Uint8Array): Promise<void> {
  const entries = entriesOf(rows)
  await writeSegment(path, shapeOf(rows.length / ROW_BYTES, entries.length / 2), [rows], chunksOf(entries))
}

/** One segment to merge, and which of its rows stay. */
export interface MergeSource {
  readonly data: SegmentData
  /** Ranges of rows to leave out, in order: from, and up to but without. */
  readonly without: readonly (readonly [from: number, to: number])[]
}

/** Makes one segment of several. Rows keep their order, one segment's after the other's, and are numbered anew. */
export async function mergeSegments(path: string, sources: readonly MergeSource[]): Promise<void> {
  const handles: FileHandle[] = []
  try {
    for (const { data } of sources) handles.push(await open(data.path, 'r'))
    let rows = 0
    const numbers = sources.map(({ data, without }) => {
      const renumbered = renumber(data.shape.rows, without, rows)
      rows = renumbered.next
      return renumbered.numbers
    })
    let entries = 0
    for (const [index, { data }] of sources.entries()) {
      entries += await countEntries(handles[index]!, data.shape, numbers[index]!)
    }
    await writeSegment(
      path,
      shapeOf(rows, entries),
      keptRows(handles, sources),
      mergedEntries(handles.map((handle, index) => new Cursor(handle, sources[index]!.data.shape, numbers[index]!)))
    )
  } finally {
    for (const handle of handles) await handle.close()
  }
}

async function writeSegment(
  path: string,
  shape: SegmentShape,
  rows: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  entries: Iterable<Uint32Array> | AsyncIterable<Uint32Array>
): Promise<void> {
  const layout = layoutOf(shape)
  const summary = new SummaryBuilder(shape)
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  try {
    await writeAt(file, headerOf(shape), 0)
    let at = HEADER_BYTES
    for await (const chunk of rows) at = await writeAt(file, chunk, at)
    at = layout.entries
    for await (const chunk of entries) {
      for (let i = 0; i < chunk.length; i += 2) summary.add(chunk[i]!, chunk[i + 1]!)
      at = await writeAt(file, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength), at)
    }
    await writeAt(file, new Uint8Array(summary.filter.buffer), layout.filter)
    await writeAt(file, new Uint8Array(summary.fences.buffer), layout.fences)
    // Where there are no entries, the file would end before the place where they would stand.
    await file.truncate(layout.end)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Makes a rename in a folder last through a loss of power. Windows can't, and needs no such thing. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let at = 0; at < bytes.length;) {
    at += (await file.write(bytes, at, Math.min(CHUNK_BYTES * 4, bytes.length - at), position + at)).bytesWritten
  }
  return position + bytes.length
}

function* chunksOf(entries: Uint32Array): Generator<Uint32Array> {
  const step = CHUNK_BYTES / 4
  for (let at = 0; at < entries.length; at += step) yield entries.subarray(at, at + step)
}

/** The new number of each row, or -1 for those that are left out. */
function renumber(rows: number, without: MergeSource['without'], first: number): { numbers: Int32Array; next: number } {
  const numbers = new Int32Array(rows)
  for (const [from, to] of without) numbers.fill(-1, from, to)
  let next = first
  for (let row = 0; row < rows; row++) if (numbers[row] === 0) numbers[row] = next++
  return { numbers, next }
}

async function* keptRows(handles: readonly FileHandle[], sources: readonly MergeSource[]): AsyncGenerator<Uint8Array> {
  for (const [index, { data, without }] of sources.entries()) {
    let from = 0
    for (const [start, end] of [...without, [data.shape.rows, data.shape.rows] as const]) {
      yield* readRange(handles[index]!, HEADER_BYTES + from * ROW_BYTES, (start - from) * ROW_BYTES)
      from = end
    }
  }
}

async function* readRange(handle: FileHandle, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length;) {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, length - at))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + at)
    if (bytesRead === 0) throw new Error('A segment ended early.')
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

async function countEntries(handle: FileHandle, shape: SegmentShape, numbers: Int32Array): Promise<number> {
  if (!numbers.includes(-1)) return shape.entries
  const cursor = new Cursor(handle, shape, numbers)
  let count = 0
  while (await cursor.fill()) {
    while (cursor.ready) {
      cursor.advance()
      count++
    }
  }
  return count
}

/** Reads a segment's entries in order, renumbered, without those of rows that are left out. */
class Cursor {
  low = 0
  high = 0
  /** Whether `low` and `high` hold an entry. */
  ready = false
  readonly #handle: FileHandle
  readonly #shape: SegmentShape
  readonly #numbers: Int32Array
  #chunk = new Uint32Array(0)
  #at = 0
  #read = 0

  constructor(handle: FileHandle, shape: SegmentShape, numbers: Int32Array) {
    this.#handle = handle
    this.#shape = shape
    this.#numbers = numbers
  }

  /** Makes an entry ready, reading on where it must; false at the end. */
  async fill(): Promise<boolean> {
    while (!this.ready) {
      const count = Math.min(CHUNK_BYTES / 8, this.#shape.entries - this.#read)
      if (count === 0) return false
      this.#chunk = new Uint32Array(count * 2)
      const bytes = new Uint8Array(this.#chunk.buffer)
      let at = 0
      for await (const part of readRange(this.#handle, layoutOf(this.#shape).entries + this.#read * 8, count * 8)) {
        bytes.set(part, at)
        at += part.length
      }
      this.#read += count
      this.#at = 0
      this.advance()
    }
    return true
  }

  /** Goes on to the chunk's next entry. */
  advance(): void {
    this.ready = false
    while (this.#at < this.#chunk.length && !this.ready) {
      const low = this.#chunk[this.#at]!
      const number = this.#numbers[low & 0xffffff]!
      this.low = ((low & 0xff000000) | number) >>> 0
      this.high = this.#chunk[this.#at + 1]!
      this.ready = number !== -1
      this.#at += 2
    }
  }
}

async function* mergedEntries(cursors: Cursor[]): AsyncGenerator<Uint32Array> {
  let left: Cursor[] = []
  for (const cursor of cursors) if (await cursor.fill()) left.push(cursor)
  let out = new Uint32Array(CHUNK_BYTES / 4)
  let used = 0
  while (left.length > 0) {
    let least = left[0]!
    for (const cursor of left) {
      if (cursor.high < least.high || (cursor.high === least.high && cursor.low < least.low)) least = cursor
    }
    out[used++] = least.low
    out[used++] = least.high
    least.advance()
    if (!least.ready && !(await least.fill())) left = left.filter((cursor) => cursor !== least)
    if (used === out.length) {
      yield out
      out = new Uint32Array(CHUNK_BYTES / 4)
      used = 0
    }
  }
  yield out.subarray(0, used)
}
