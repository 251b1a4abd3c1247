import type { OrdinalRange } from './drops.js'
import type { Outputs } from './output/outputs.js'
import { ID_BYTES, type Rendered } from './render/render.js'

/** Puts rendered batches together, in their order: at most so many records, none twice, each into its part. */
export class Assembler {
  /** How many records were left out, by reason. */
  readonly left = new Map<string, number>()
  private readonly outputs: Outputs
  private readonly limit: number
  private readonly known: IdSet | null

  constructor(outputs: Outputs, { limit = Infinity, dedup = false }: { limit?: number; dedup?: boolean }) {
    this.outputs = outputs
    this.limit = limit
    this.known = dedup ? new IdSet() : null
  }

  /** Whether no more records are wanted. */
  get full(): boolean {
    return this.outputs.records >= this.limit
  }

  /** Whether a batch can be added as it is stored: see `addBatch`. */
  get takesBatches(): boolean {
    return this.outputs.takesBatches && this.limit === Infinity && !this.known
  }

  /** Adds all records of a batch but the dropped ones, `records` in all. */
  addBatch(block: Buffer, drops: readonly OrdinalRange[], records: number): Promise<void> {
    return this.outputs.writeBatch(block, drops, records)
  }

  async add(rendered: Rendered): Promise<void> {
    for (const [reason, count] of Object.entries(rendered.left)) this.leave(reason, count)
    const { data, records, ends, sides, ids } = rendered
    if (!ends || (!sides && !ids && records <= this.limit - this.outputs.records)) {
      return this.outputs.write(0, data, records)
    }
    let start = 0
    // Records that stand together and go to the same part are written together.
    let run: { side: number; from: number; to: number; records: number } | null = null
    const flush = async () => {
      if (run) await this.outputs.write(run.side, data.subarray(run.from, run.to), run.records)
      run = null
    }
    let taken = this.outputs.records
    for (let i = 0; i < records && taken < this.limit; i++) {
      const end = ends[i]!
      const side = sides?.[i] ?? 0
      if (ids && this.known && !this.known.add(ids, i * ID_BYTES)) {
        this.leave('it is there already', 1)
      } else {
        if (run && run.side === side && run.to === start) {
          run.to = end
          run.records++
        } else {
          await flush()
          run = { side, from: start, to: end, records: 1 }
        }
        taken++
      }
      start = end
    }
    await flush()
  }

  private leave(reason: string, count: number): void {
    this.left.set(reason, (this.left.get(reason) ?? 0) + count)
  }
}

const WORDS = ID_BYTES / 4
const FIRST_SLOTS = 1024

/** A set of ids in little memory: sixteen bytes of a hash each, in one table. */
export class IdSet {
  private table = new Uint32Array(FIRST_SLOTS * WORDS)
  private slots = FIRST_SLOTS
  private size = 0

  /** Whether the id was not there yet. */
  add(ids: Buffer, at: number): boolean {
    if (this.size * 3 > this.slots * 2) this.grow()
    const words = [0, 4, 8, 12].map((offset) => ids.readUInt32LE(at + offset))
    // All zeros marks a slot that is free.
    if (!words.some(Boolean)) words[0] = 1
    const slot = this.find(words)
    const fresh = this.isFree(slot)
    if (fresh) {
      this.table.set(words, slot)
      this.size++
    }
    return fresh
  }

  private find(words: ArrayLike<number>): number {
    let slot = (words[0]! % this.slots) * WORDS
    while (!this.isFree(slot) && !this.equals(slot, words)) slot = (slot + WORDS) % this.table.length
    return slot
  }

  private isFree(slot: number): boolean {
    const { table } = this
    return table[slot] === 0 && table[slot + 1] === 0 && table[slot + 2] === 0 && table[slot + 3] === 0
  }

  private equals(slot: number, words: ArrayLike<number>): boolean {
    for (let i = 0; i < WORDS; i++) if (this.table[slot + i] !== words[i]) return false
    return true
  }

  private grow(): void {
    const before = this.table
    this.slots *= 2
    this.table = new Uint32Array(this.slots * WORDS)
    for (let slot = 0; slot < before.length; slot += WORDS) {
      const words = before.subarray(slot, slot + WORDS)
      if (words.some((word) => word !== 0)) this.table.set(words, this.find(words))
    }
  }
}
