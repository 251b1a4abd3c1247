import type { BenchmarkSource } from './benchmark-files.js'
import { MinHash } from './minhash/minhash.js'

/** Words in a row that are no accident: datatrove's default for decontamination. */
export const BENCHMARK_WORDS = 12
/** Shorter sentences than this occur in any text ("He is a lawyer."). */
export const SENTENCE_WORDS = 5

/** What threads share: the hashes in one memory, and where each comes from. */
export interface BenchmarkTableData {
  readonly slots: SharedArrayBuffer
  readonly sources: readonly string[]
}

// A slot: the hash's low and high 32 bits, and the number of its source, from 1; 0 for an empty slot.
const SLOT = 3
const FILL = 0.6

/** The hashes of benchmarks' sentences and runs of words: a hash table that many threads read. */
export class BenchmarkTable {
  readonly #slots: Uint32Array
  readonly #mask: number
  readonly #sources: readonly string[]

  constructor(data: BenchmarkTableData) {
    this.#slots = new Uint32Array(data.slots)
    this.#mask = this.#slots.length / SLOT - 1
    this.#sources = data.sources
  }

  /** The benchmark that has the text with this XXH64, if any has. */
  find(low: number, high: number): string | undefined {
    const slots = this.#slots
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const source = slots[slot * SLOT + 2]!
      if (source === 0) return undefined
      if (slots[slot * SLOT] === low && slots[slot * SLOT + 1] === high) return this.#sources[source - 1]
    }
  }
}

/** Where a text shares 12 words in a row or a whole sentence with a benchmark: in words; undefined where nowhere. */
export function sharedText(words: MinHash, benchmarks: BenchmarkTable): string | undefined {
  const runs = words.shingles(BENCHMARK_WORDS)
  for (let i = 0; i < runs.length; i += 2) {
    const source = benchmarks.find(runs[i]!, runs[i + 1]!)
    if (source !== undefined) return `${BENCHMARK_WORDS} words of ${source}`
  }
  for (const [first, count] of words.sentences()) {
    if (count < SENTENCE_WORDS || count >= BENCHMARK_WORDS) continue
    const [low, high] = words.shingleAt(first, count)
    const source = benchmarks.find(low!, high!)
    if (source !== undefined) return `a sentence of ${source}`
  }
  return undefined
}

/** Hashes benchmarks once, for all threads and runs. */
export function benchmarkTable(benchmarks: readonly BenchmarkSource[]): BenchmarkTableData {
  const hashes: number[] = []
  const hasher = new MinHash()
  for (const [index, { texts }] of benchmarks.entries()) {
    for (const text of texts) {
      hasher.load(text)
      for (const [first, count] of hasher.sentences()) {
        if (count >= SENTENCE_WORDS && count < BENCHMARK_WORDS)
          hashes.push(...hasher.shingleAt(first, count), index + 1)
      }
      const runs = hasher.shingles(BENCHMARK_WORDS)
      for (let i = 0; i < runs.length; i += 2) hashes.push(runs[i]!, runs[i + 1]!, index + 1)
    }
  }
  let capacity = 16
  while (capacity * FILL < hashes.length / SLOT) capacity *= 2
  const slots = new SharedArrayBuffer(capacity * SLOT * 4)
  const table = new Uint32Array(slots)
  for (let i = 0; i < hashes.length; i += SLOT) insert(table, capacity - 1, hashes[i]!, hashes[i + 1]!, hashes[i + 2]!)
  return { slots, sources: benchmarks.map(({ name }) => name) }
}

function insert(table: Uint32Array, mask: number, low: number, high: number, source: number): void {
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const at = slot * SLOT
    if (table[at + 2] === 0) {
      table[at] = low
      table[at + 1] = high
      table[at + 2] = source
      return
    }
    if (table[at] === low && table[at + 1] === high) return
  }
}
