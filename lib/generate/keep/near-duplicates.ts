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
  readonly #buckets = Array.from({ length: BUCKETS }, () => new Bucket())
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
    for (let index = 0; index < HASHES; index++) {
      if (signature[index] === this.#signatures[other * HASHES + index]) equal++
    }
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

/**
 * The last text for each key, in an open-addressing table of 8 bytes an entry (a Map of numbers takes five times that).
 * Keys have 32 bits: two texts that share one by chance are told apart by their signatures.
 */
class Bucket {
  #keys = new Uint32Array(1024)
  /** The text's number and one; 0 is a free place. */
  #texts = new Uint32Array(1024)
  #size = 0

  get(key: number): number | undefined {
    const text = this.#texts[this.#slot(key)]!
    return text === 0 ? undefined : text - 1
  }

  set(key: number, text: number): void {
    if (this.#size * 4 >= this.#texts.length * 3) this.#grow()
    const slot = this.#slot(key)
    if (this.#texts[slot] === 0) this.#size++
    this.#keys[slot] = key
    this.#texts[slot] = text + 1
  }

  #slot(key: number): number {
    const mask = this.#texts.length - 1
    let slot = key & mask
    while (this.#texts[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [keys, texts] = [this.#keys, this.#texts]
    this.#keys = new Uint32Array(keys.length * 2)
    this.#texts = new Uint32Array(keys.length * 2)
    for (const [slot, text] of texts.entries()) {
      if (text === 0) continue
      const place = this.#slot(keys[slot]!)
      this.#keys[place] = keys[slot]!
      this.#texts[place] = text
    }
  }
}

function minhash(words: readonly string[]): Uint32Array {
  const wordHashes = words.map(fnv)
  const least = new Uint32Array(HASHES).fill(0xffffffff)
  for (let start = 0; start + SHINGLE <= words.length; start++) {
    let shingle = 0
    for (let place = start; place < start + SHINGLE; place++) shingle = mix(shingle ^ wordHashes[place]!)
    for (let index = 0; index < HASHES; index++) {
      const hash = mix(shingle ^ SEEDS[index]!)
      if (hash < least[index]!) least[index] = hash
    }
  }
  return least
}

function bucketKey(hashes: Uint32Array, bucket: number): number {
  let key = bucket
  for (let index = bucket * PER_BUCKET; index < (bucket + 1) * PER_BUCKET; index++) key = mix(key ^ hashes[index]!)
  return key
}

/** The finaliser of MurmurHash3. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** FNV-1a with 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
