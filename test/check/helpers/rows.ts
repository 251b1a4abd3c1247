import { ROW_BYTES } from '../../../lib/check/bands/row.js'
import { Random } from './random.js'

/** Rows of records that are like no other, the same for the same seed. */
export function randomRows(seed: number, count: number): Uint8Array {
  const random = new Random(seed)
  const words = new Uint32Array((count * ROW_BYTES) / 4)
  for (let i = 0; i < words.length; i++) words[i] = random.next() * 2 ** 32
  return new Uint8Array(words.buffer)
}
