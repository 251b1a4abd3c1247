/** Limits of Gopher's repetition filter (Rae et al. 2021, table A1), as in datatrove: shares of the lines or characters. */
export interface RepetitionLimits {
  readonly lines: number
  readonly paragraphs: number
  readonly line_chars: number
  readonly paragraph_chars: number
  /** The characters of the most frequent run of 2, 3 and 4 words. */
  readonly top: readonly [two: number, three: number, four: number]
  /** The characters in runs of 5 to 10 words that occurred before. */
  readonly repeated: readonly [five: number, six: number, seven: number, eight: number, nine: number, ten: number]
}

export const GOPHER_REPETITION: RepetitionLimits = {
  lines: 0.3,
  paragraphs: 0.3,
  line_chars: 0.2,
  paragraph_chars: 0.2,
  top: [0.2, 0.18, 0.16],
  repeated: [0.15, 0.14, 0.13, 0.12, 0.11, 0.1]
}

/** A reason by datatrove's name, and the share that is over the limit. */
export interface Repetition {
  readonly reason: string
  readonly share: number
}

/** Lines and paragraphs that occurred before, in datatrove's order. */
export function repeatedLines(text: string, limits: RepetitionLimits): Repetition[] {
  const found: Repetition[] = []
  const over = (reason: string, share: number, limit: number) => {
    if (share > limit) found.push({ reason, share })
  }
  const paragraphs = text.trim().split(/\n{2,}/)
  if (paragraphs.length > 1) {
    const { items, chars } = duplicates(paragraphs)
    over('dup_para_frac', items / paragraphs.length, limits.paragraphs)
    over('dup_para_char_frac', chars / text.length, limits.paragraph_chars)
  }
  // Empty lines only part the others.
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines.length > 1) {
    const { items, chars } = duplicates(lines)
    over('dup_line_frac', items / lines.length, limits.lines)
    over('dup_line_char_frac', chars / text.length, limits.line_chars)
  }
  return found
}

/**
 * Runs of words that occur again and again, in datatrove's order.
 * @param length the characters of the text that the tokens are of
 */
export function repeatedPhrases(tokens: readonly string[], length: number, limits: RepetitionLimits): Repetition[] {
  const found: Repetition[] = []
  const grams = new Grams(tokens)
  for (let n = 2; n <= 10; n++) {
    grams.grow()
    // Where no run of n words occurs twice, no longer one does.
    if (grams.unique) break
    const share = (n <= 4 ? grams.topCharacters() : grams.repeatedCharacters()) / length
    const limit = n <= 4 ? limits.top[n - 2]! : limits.repeated[n - 5]!
    if (share > limit) found.push({ reason: n <= 4 ? `top_${n}_gram` : `duplicated_${n}_n_grams`, share })
  }
  return found
}

/**
 * The runs of n words of a text, for growing n. Each run is known by a number, which is found by the number of the run that
 * is one word shorter and by the last word's: numbers are compared, and no strings are built.
 */
class Grams {
  readonly #tokens: readonly string[]
  readonly #words: number[]
  #n = 1
  #ids: number[]
  #distinct: number

  constructor(tokens: readonly string[]) {
    const numbers = new Map<string, number>()
    this.#tokens = tokens
    this.#words = tokens.map((token) => {
      const known = numbers.get(token)
      if (known === undefined) numbers.set(token, numbers.size)
      return known ?? numbers.size - 1
    })
    this.#distinct = numbers.size
    this.#ids = this.#words
  }

  /** Whether no run occurs twice. */
  get unique(): boolean {
    return this.#distinct === this.#ids.length
  }

  grow(): void {
    const pairs = new PairNumbers(this.#ids.length)
    const ids: number[] = []
    for (let i = 0; i + this.#n < this.#words.length; i++)
      ids.push(pairs.numberOf(this.#ids[i]!, this.#words[i + this.#n]!))
    this.#n++
    this.#ids = ids
    this.#distinct = pairs.size
  }

  /** Characters of all occurrences of the most frequent run; of several, the first. */
  topCharacters(): number {
    const counts = new Uint32Array(this.#distinct)
    for (const id of this.#ids) counts[id]!++
    let top = 0
    for (let id = 1; id < counts.length; id++) if (counts[id]! > counts[top]!) top = id
    return counts[top]! * this.#text(this.#ids.indexOf(top), ' ').length
  }

  /** Characters of the runs that occurred before, none counted in two of them. */
  repeatedCharacters(): number {
    const seen = new Uint8Array(this.#distinct)
    let characters = 0
    for (let i = 0; i < this.#ids.length;) {
      const id = this.#ids[i]!
      if (seen[id] === 1) {
        characters += this.#text(i, '').length
        i += this.#n
      } else {
        seen[id] = 1
        i++
      }
    }
    return characters
  }

  #text(start: number, separator: string): string {
    return this.#tokens.slice(start, start + this.#n).join(separator)
  }
}

/** Numbers pairs of numbers in the order in which they first come, from 0: several times as fast as a Map. */
class PairNumbers {
  size = 0
  readonly #mask: number
  // A slot: the pair, and its number plus 1.
  readonly #slots: Uint32Array

  /** @param most as many different pairs at most */
  constructor(most: number) {
    let capacity = 16
    while (capacity < most * 2) capacity *= 2
    this.#mask = capacity - 1
    this.#slots = new Uint32Array(capacity * 3)
  }

  numberOf(a: number, b: number): number {
    const slots = this.#slots
    const hash = Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b)
    for (let slot = (hash ^ (hash >>> 15)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 3
      if (slots[at + 2] === 0) {
        slots[at] = a
        slots[at + 1] = b
        slots[at + 2] = ++this.size
        return this.size - 1
      }
      if (slots[at] === a && slots[at + 1] === b) return slots[at + 2]! - 1
    }
  }
}

/** How many items, and how many of their characters, are equal to one before them. */
export function duplicates(list: readonly string[]): { items: number; chars: number } {
  const seen = new Set<string>()
  let items = 0
  let chars = 0
  for (const item of list) {
    if (seen.has(item)) {
      items++
      chars += item.length
    } else {
      seen.add(item)
    }
  }
  return { items, chars }
}
