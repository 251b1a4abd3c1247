import { createHash } from 'node:crypto'

/** Finds texts that were there before, exactly: 64 bits of each text's hash in an open-addressing table. */
export class Seen {
  #slots = new BigUint64Array(1024)
  #size = 0

  /** Whether the text was there before; it is from now on. */
  add(text: string): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    // 0 is a free place.
    const hash = createHash('sha256').update(text).digest().readBigUInt64BE(0) || 1n
    const slot = this.#slot(hash)
    if (this.#slots[slot] !== 0n) return true
    this.#slots[slot] = hash
    this.#size++
    return false
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
