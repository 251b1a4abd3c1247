/**
 * Where each answer lies in the journal, by the first 128 bits of its request's hash: an open-addressing table in typed
 * arrays, 28 bytes an entry. A Map of strings takes five times that, which counts with a million answers.
 */
export class Offsets {
  #keys = new Uint32Array(4 * 1024)
  #offsets = new Float64Array(1024)
  #lengths = new Uint32Array(1024)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: string): { offset: number; length: number } | undefined {
    const slot = this.#slot(keyOf(id))
    const length = this.#lengths[slot]!
    return length === 0 ? undefined : { offset: this.#offsets[slot]!, length }
  }

  set(id: string, offset: number, length: number): void {
    if (this.#size * 3 > this.#lengths.length * 2) this.#grow()
    this.#put(keyOf(id), offset, length)
  }

  /** Forgets where an answer lies; its place stays taken until the table grows. */
  delete(id: string): void {
    const slot = this.#slot(keyOf(id))
    if (this.#lengths[slot] === 0) return
    const kept = [...this.#entries()].filter((entry) => entry.slot !== slot)
    this.#reset(this.#lengths.length)
    for (const { key, offset, length } of kept) this.#put(key, offset, length)
  }

  #put(key: Key, offset: number, length: number): void {
    const slot = this.#slot(key)
    if (this.#lengths[slot] === 0) this.#size++
    this.#keys.set(key, slot * 4)
    this.#offsets[slot] = offset
    this.#lengths[slot] = length
  }

  /** The slot that holds the key, or the free one where it belongs. */
  #slot(key: Key): number {
    const mask = this.#lengths.length - 1
    for (let slot = key[0] & mask; ; slot = (slot + 1) & mask) {
      if (this.#lengths[slot] === 0) return slot
      if (key.every((part, index) => this.#keys[slot * 4 + index] === part)) return slot
    }
  }

  *#entries(): Generator<{ slot: number; key: Key; offset: number; length: number }> {
    for (let slot = 0; slot < this.#lengths.length; slot++) {
      if (this.#lengths[slot] === 0) continue
      const key = [...this.#keys.subarray(slot * 4, slot * 4 + 4)] as Key
      yield { slot, key, offset: this.#offsets[slot]!, length: this.#lengths[slot]! }
    }
  }

  #grow(): void {
    const kept = [...this.#entries()]
    this.#reset(this.#lengths.length * 2)
    for (const { key, offset, length } of kept) this.#put(key, offset, length)
  }

  #reset(slots: number): void {
    this.#keys = new Uint32Array(4 * slots)
    this.#offsets = new Float64Array(slots)
    this.#lengths = new Uint32Array(slots)
    this.#size = 0
  }
}

type Key = [number, number, number, number]

function keyOf(id: string): Key {
  const part = (index: number) => Number.parseInt(id.slice(index * 8, index * 8 + 8), 16)
  return [part(0), part(1), part(2), part(3)]
}
