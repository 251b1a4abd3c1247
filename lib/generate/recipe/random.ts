import { createHash } from 'node:crypto'

/** SHA-256 of the parts, hexadecimal. Parts can't run into each other. */
export function digest(...parts: (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/**
 * A number in [0, 1) that depends on nothing but the parts. Draws are keyed by what they are for and not taken from one
 * running stream: a stream would shift every later draw when one variable of a recipe changes, and each shifted draw
 * would be a request that is paid again.
 */
export function draw(...parts: (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48
}

/** The largest space that `permutation` handles. */
export const PERMUTATION_LIMIT = 2 ** 32

/**
 * A pseudo-random bijection of 0…size-1, computed index by index (a balanced Feistel network with cycle walking, the
 * usual format-preserving construction): a seeded shuffle of a space that is too large to hold.
 */
export function permutation(size: number, seed: string): (index: number) => number {
  if (size > PERMUTATION_LIMIT) throw new RangeError('the space is too large to be permuted')
  const half = Math.max(1, Math.ceil(Math.ceil(Math.log2(Math.max(2, size))) / 2))
  const mask = 2 ** half - 1
  const keys = [0, 1, 2, 3].map((round) =>
    createHash('sha256')
      .update(JSON.stringify([seed, round]))
      .digest()
      .readUInt32BE(0)
  )
  const once = (value: number) => {
    let left = Math.floor(value / (mask + 1))
    let right = value & mask
    for (const key of keys) {
      const mixed = (left ^ mix(right ^ key)) & mask
      left = right
      right = mixed
    }
    return left * (mask + 1) + right
  }
  return (index) => {
    let value = once(index)
    while (value >= size) value = once(value)
    return value
  }
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let hash = value >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
