import { HASHES, ROWS, type MinHash } from '../minhash/minhash.js'

/**
 * A row: what is kept of a record to find it again, 128 bytes. The first half of its id, and of each of its 112 minima the
 * lowest byte. Eight of these bytes are a band, as eight minima are in datatrove: bands of records with Jaccard similarity s
 * agree with probability (s + (1 - s) / 256)^8, and the bytes that agree estimate s. A row without an id is of no record; one
 * without a sketch is of a record too short to have one.
 */
export const ROW_BYTES = 128
export const ID_BYTES = 16
const SKETCH_AT = ID_BYTES

/** A row's keys: of its id, and of each of the 14 bands. */
export const KEYS = 1 + HASHES / ROWS

/** Writes a record's row. */
export function writeRow(rows: Uint8Array, row: number, id: Uint8Array, hasher: MinHash): void {
  const at = row * ROW_BYTES
  rows.set(id.subarray(0, ID_BYTES), at)
  const signature = hasher.signature()
  if (!signature) return
  const bytes = new Uint8Array(signature.buffer, signature.byteOffset, signature.byteLength)
  for (let i = 0; i < HASHES; i++) rows[at + SKETCH_AT + i] = bytes[i * 8]!
}

/**
 * Writes a row's keys: 40 bits each, the upper 32 to `high` and the lower 8 to `low`. Keys of different bands, and of the id, are
 * mixed differently, so that they share one table.
 * @returns how many there are: 0 for no record, 1 where there is no sketch
 */
export function keysOf(rows: Uint8Array, row: number, high: Uint32Array, low: Uint8Array): number {
  const at = row * ROW_BYTES
  if (isZero(rows, at, ID_BYTES)) return 0
  const count = isZero(rows, at + SKETCH_AT, HASHES) ? 1 : KEYS
  for (let key = 0; key < count; key++) {
    const from = at + (key === 0 ? 0 : SKETCH_AT + (key - 1) * ROWS)
    const a = word(rows, from)
    const b = word(rows, from + 4)
    // The finalizer of MurmurHash3, over both words.
    let h = Math.imul(a ^ Math.imul(key + 1, 0x9e3779b1), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13) ^ b, 0xc2b2ae35)
    h ^= h >>> 16
    high[key] = h
    low[key] = Math.imul(h ^ b, 0x27d4eb2f) >>> 24
  }
  return count
}

/** Whether two rows are of records with the same content. */
export function sameId(a: Uint8Array, rowA: number, b: Uint8Array, rowB: number): boolean {
  for (let i = 0; i < ID_BYTES; i++) if (a[rowA * ROW_BYTES + i] !== b[rowB * ROW_BYTES + i]) return false
  return true
}

/** The estimate of the Jaccard similarity of two records' word 5-grams, from 0 to 1. Its standard error is at most 0.05. */
export function similarity(a: Uint8Array, rowA: number, b: Uint8Array, rowB: number): number {
  let same = 0
  for (let i = SKETCH_AT; i < ROW_BYTES; i++) if (a[rowA * ROW_BYTES + i] === b[rowB * ROW_BYTES + i]) same++
  // Of minima that differ, one in 256 has the same lowest byte.
  return Math.max(0, (same / HASHES - 1 / 256) / (1 - 1 / 256))
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function isZero(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0) return false
  return true
}
