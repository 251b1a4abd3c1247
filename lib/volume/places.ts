import { open, type FileHandle } from 'node:fs/promises'
import { VOLUME_LIMITS } from './limits.js'

// Where each record of a draft was read from, in the order of the volume: a file beside the spool that stays with the
// contributor, who is told of faults by the lines of their own files. For each batch: u32 records, u32 bytes (both
// little-endian), then the places as differences, each a zigzag varint. Records mostly stay in order, so it is about a byte each.

const LINES = 2 ** 32
const MAX_FILES = 2 ** 20
const HEAD_BYTES = 8
const MAX_BATCH_BYTES = VOLUME_LIMITS.records * 8

/** A line of one of several files, as one number. @param file its ordinal, from 0 @param line from 1 */
export function placeOf(file: number, line: number): number {
  return Math.min(file, MAX_FILES - 1) * LINES + Math.min(line, LINES - 1)
}

export function fileAndLine(place: number): { file: number; line: number } {
  return { file: Math.floor(place / LINES), line: place % LINES }
}

/** Where the places of a spool's records are. */
export function placesOf(spool: string): string {
  return `${spool}.places`
}

export class PlacesWriter {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async create(path: string): Promise<PlacesWriter> {
    return new PlacesWriter(await open(path, 'w'))
  }

  /** Adds the places of a batch's records. */
  async append(places: readonly number[]): Promise<void> {
    const buffer = Buffer.allocUnsafe(HEAD_BYTES + places.length * 8)
    let at = HEAD_BYTES
    let last = 0
    for (const place of places) {
      let rest = place >= last ? (place - last) * 2 : (last - place) * 2 - 1
      for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80
      buffer[at++] = rest
      last = place
    }
    buffer.writeUInt32LE(places.length, 0)
    buffer.writeUInt32LE(at - HEAD_BYTES, 4)
    await this.#file.writeFile(buffer.subarray(0, at))
  }

  async finish(): Promise<void> {
    await this.#file.sync()
    await this.#file.close()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** The places of a file, a batch at a time. Ends early where the file is damaged: places only help to find lines. */
export async function* readPlaces(path: string): AsyncGenerator<number[]> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    while ((await file.read(head, 0, HEAD_BYTES)).bytesRead === HEAD_BYTES) {
      const [records, bytes] = [head.readUInt32LE(0), head.readUInt32LE(4)]
      if (records > VOLUME_LIMITS.records || bytes > MAX_BATCH_BYTES) return
      const buffer = Buffer.alloc(bytes)
      if ((await file.read(buffer, 0, bytes)).bytesRead !== bytes) return
      const places = decode(buffer)
      if (places.length !== records) return
      yield places
    }
  } finally {
    await file.close()
  }
}

function decode(buffer: Buffer): number[] {
  const places: number[] = []
  let last = 0
  let value = 0
  let scale = 1
  for (const byte of buffer) {
    value += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte > 0x7f) continue
    last += value % 2 === 0 ? value / 2 : -(value + 1) / 2
    places.push(last)
    value = 0
    scale = 1
  }
  return places
}
