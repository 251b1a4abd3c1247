import { readFileSync } from 'node:fs'
import { readData } from '../data.js'
import { decomposed, readWords, wordBounds, type Words } from './words.js'

/** datatrove's and FineWeb's parameters: two texts of Jaccard similarity s share a band with probability 1 - (1 - s^8)^14. */
export const BANDS = 14
export const ROWS = 8
export const HASHES = BANDS * ROWS
export const SHINGLE_WORDS = 5

interface Exports {
  memory: WebAssembly.Memory
  xxh64(at: number, length: number): bigint
  shingle(starts: number, words: number, n: number, out: number): number
  signature(hashes: number, count: number, a: number, b: number, functions: number, out: number): void
}

// Where things lie in the memory, in bytes: the parameters, the signature, then for each text its bytes, word starts and hashes.
const A = 0
const B = HASHES * 8
const OUT = B + HASHES * 8
const TEXT = 4096
const PAGE = 65536

/**
 * Hashes a text's word n-grams, and their MinHash. One text at a time: what it returns are views that are valid until its
 * next call. The work is done in WebAssembly (minhash.wat), because JavaScript's numbers can't multiply 64-bit integers.
 */
export class MinHash {
  readonly #wasm = instantiate()
  #words: Words | undefined
  #ends = new Uint8Array(0)
  #hashesAt = TEXT
  #startsAt = TEXT

  constructor() {
    const { a, b } = readData<{ a: string[]; b: string[] }>('./minhash/parameters.json')
    new BigUint64Array(this.#wasm.memory.buffer, A, HASHES).set(a.map(BigInt))
    new BigUint64Array(this.#wasm.memory.buffer, B, HASHES).set(b.map(BigInt))
  }

  /** Takes the words of a text, and says how many there are. */
  load(text: string): number {
    const simple = decomposed(text)
    const bounds = wordBounds(simple.length)
    this.#startsAt = align(TEXT + bounds.bytes)
    this.#hashesAt = align(this.#startsAt + (bounds.words + 1) * 4)
    this.#reserve(this.#hashesAt + bounds.words * 8)
    if (this.#ends.length < bounds.words) this.#ends = new Uint8Array(bounds.words * 2)
    const { buffer } = this.#wasm.memory
    const words = readWords(simple, {
      bytes: new Uint8Array(buffer, TEXT, bounds.bytes),
      starts: new Uint32Array(buffer, this.#startsAt, bounds.words + 1),
      ends: this.#ends
    })
    // The assembler's code counts from the start of the memory, and wants the end of the text to look like another word's start.
    for (let i = 0; i <= words.count; i++) words.starts[i]! += TEXT
    this.#words = words
    return words.count
  }

  /** The text's sentences and lines, each as its first word and its number of words. */
  *sentences(): Generator<[first: number, count: number]> {
    let first = 0
    for (let word = 0; word < (this.#words?.count ?? 0); word++) {
      if (this.#words!.ends[word] !== 1) continue
      yield [first, word + 1 - first]
      first = word + 1
    }
  }

  /** The XXH64 of every run of n words, as pairs of 32 bits, the low ones first. */
  shingles(n: number): Uint32Array {
    const count = this.#wasm.shingle(this.#startsAt, this.#words?.count ?? 0, n, this.#hashesAt)
    return new Uint32Array(this.#wasm.memory.buffer, this.#hashesAt, count * 2)
  }

  /** The XXH64 of `n` words from one on, as a pair of 32 bits, the low ones first. */
  shingleAt(word: number, n: number): Uint32Array {
    this.#wasm.shingle(this.#startsAt + word * 4, n, n, this.#hashesAt)
    return new Uint32Array(this.#wasm.memory.buffer, this.#hashesAt, 2)
  }

  /**
   * The 112 minima over the text's 5-grams, in the order of datatrove's buckets; undefined for a text of fewer words,
   * which has no 5-gram.
   */
  signature(): BigUint64Array | undefined {
    const count = this.shingles(SHINGLE_WORDS).length / 2
    return count === 0 ? undefined : this.#minima(count)
  }

  /** The minima over hashes that were made elsewhere: for the test vectors, whose shingles are hashed with SHA-1. */
  signatureOf(hashes: BigUint64Array): BigUint64Array {
    this.#hashesAt = TEXT
    this.#reserve(TEXT + hashes.byteLength)
    new BigUint64Array(this.#wasm.memory.buffer, TEXT, hashes.length).set(hashes)
    return this.#minima(hashes.length)
  }

  #minima(count: number): BigUint64Array {
    this.#wasm.signature(this.#hashesAt, count, A, B, HASHES, OUT)
    return new BigUint64Array(this.#wasm.memory.buffer, OUT, HASHES)
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#wasm.memory.buffer.byteLength
    if (missing > 0) this.#wasm.memory.grow(Math.ceil(missing / PAGE))
  }
}

function align(at: number): number {
  return (at + 7) & ~7
}

function instantiate(): Exports {
  const module = new WebAssembly.Module(readFileSync(new URL('./minhash.wasm', import.meta.url)))
  return new WebAssembly.Instance(module).exports as unknown as Exports
}
