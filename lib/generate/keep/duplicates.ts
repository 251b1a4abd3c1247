import { createHash } from 'node:crypto'

/** Finds texts that were there before, exactly: 8 bytes for each in a typed open-addressing table. */
export class Seen {
  #slots = new BigUint64Array(1024)
  #size = 0

  /** Whether the text was there before; it is from now on. */
  add(text: string): boolean {
    return this.addHash(hash64(text))
  }

  /** As add, for a hash of 64 bits that the caller made. */
  addHash(hash: bigint): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    const slot = this.#slot(hash)
    if (this.#slots[slot] !== 0n) return true
    this.#slots[slot] = hash
    this.#size++
    return false
  }

  has(hash: bigint): boolean {
    return this.#slots[this.#slot(hash)] !== 0n
  }

  #slot(hash: bigint): number {
    const mask = this.#slots.length - 1
    let slot = Number(hash & BigInt(mask))
    while (this.#slots[slot] !== 0n && this.#slots[slot] !== hash) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new BigUint64Array(old.length * 2)
    for (const hash of old) if (hash !== 0n) this.#slots[this.#slot(hash)] = hash
  }
}

/** 64 bits of SHA-256, never 0. */
function hash64(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigUInt64BE(0) || 1n
}

// MinHash as FineWeb has it: 112 hashes of word 5-grams, in 14 buckets of 8.
const HASHES = 112
const BUCKETS = 14
const PER_BUCKET = HASHES / BUCKETS
const SHINGLE = 5
/** Of shorter answers nothing can be said: "Yes." is no copy of another "Yes." */
const MIN_WORDS = 20

const SEEDS = Uint32Array.from({ length: HASHES }, (_, index) => Math.imul(index + 1, 0x9e3779b1))

/** Finds texts that are nearly the same as one before (the share of their 5-grams that both have). */
export class NearDuplicates {
  readonly #similarity: number
  /** For each bucket, the last text that fell into each of its keys. */
  readonly #buckets = Array.from({ length: BUCKETS }, () => new Map<number, number>())
  /** One byte of each hash, for each text: enough to estimate the similarity. */
  #signatures = new Uint8Array(HASHES * 1024)
  #size = 0

  /** `similarity`: the estimated Jaccard similarity from which a text is a near-duplicate. */
  constructor(similarity: number) {
    this.#similarity = similarity
  }

  /** The similarity to an earlier text when it is high enough; else remembers this one. */
  add(text: string): number | undefined {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
    if (words.length < MIN_WORDS) return undefined
    const hashes = minhash(words)
    const signature = Uint8Array.from(hashes, (hash) => hash & 0xff)
    const keys = Array.from({ length: BUCKETS }, (_, bucket) => bucketKey(hashes, bucket))
    for (const [bucket, key] of keys.entries()) {
      const other = this.#buckets[bucket]!.get(key)
      if (other === undefined) continue
      const similarity = this.#compare(signature, other)
      if (similarity >= this.#similarity) return similarity
    }
    this.#remember(signature, keys)
    return undefined
  }

  #compare(signature: Uint8Array, other: number): number {
    let equal = 0
    for (let index = 0; index < HASHES; index++)
      if (signature[index] === this.#signatures[other * HASHES + index]) equal++
    // Of two different hashes, one in 256 has the same byte.
    return (equal / HASHES - 1 / 256) / (1 - 1 / 256)
  }

  #remember(signature: Uint8Array, keys: readonly number[]): void {
    if ((this.#size + 1) * HASHES > this.#signatures.length) {
      const larger = new Uint8Array(this.#signatures.length * 2)
      larger.set(this.#signatures)
      this.#signatures = larger
    }
    this.#signatures.set(signature, this.#size * HASHES)
    for (const [bucket, key] of keys.entries()) this.#buckets[bucket]!.set(key, this.#size)
    this.#size++
  }
}

function minhash(words: readonly string[]): Uint32Array {
  const least = new Uint32Array(HASHES).fill(0xffffffff)
  for (let start = 0; start + SHINGLE <= words.length; start++) {
    const shingle = fnv(words.slice(start, start + SHINGLE).join(' '))
    for (let index = 0; index < HASHES; index++) {
      let hash = shingle ^ SEEDS[index]!
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
      hash = (hash ^ (hash >>> 16)) >>> 0
      if (hash < least[index]!) least[index] = hash
    }
  }
  return least
}

/** 53 bits of a bucket's hashes: as many as a number holds. */
function bucketKey(hashes: Uint32Array, bucket: number): number {
  let high = 0
  let low = 0x811c9dc5
  for (const hash of hashes.subarray(bucket * PER_BUCKET, (bucket + 1) * PER_BUCKET)) {
    low = Math.imul(low ^ hash, 0x01000193) >>> 0
    high = Math.imul(high ^ (hash >>> 7) ^ low, 0x85ebca6b) >>> 0
  }
  return (high & 0x1fffff) * 2 ** 32 + low
}

/** FNV-1a with 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
