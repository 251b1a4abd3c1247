import type { Collector } from './collector.js'
import { Lines, type LineHandler } from './lines.js'
import type { Parser, TextUnit } from './read.js'
import { RECORD_LIMITS } from './types.js'

/**
 * Plain text. A record is a paragraph, which blank lines end, because the lines of a book are where its page was wide
 * enough and no text of their own; or, when asked for, a line or the whole file. Line ends become LF.
 */
export function plainText(collector: Collector, unit: TextUnit): Parser {
  const handler = unit === 'line' ? singleLines(collector) : new Passage(collector, unit)
  const lines = new Lines(handler, RECORD_LIMITS.bytes)
  return {
    push: (chunk) => lines.push(chunk),
    end() {
      lines.end()
      if (handler instanceof Passage) handler.end()
    }
  }
}

function singleLines(collector: Collector): LineHandler {
  return {
    line(text, number) {
      if (text.trim() !== '') collector.add(text, number)
    },
    bad(number, reason) {
      collector.refuse(number, reason)
    }
  }
}

const SIZE_ADVICE = 'if each of its lines is a text of its own, read them as lines'

/** Gathers the lines of a paragraph, or of all the file. */
class Passage implements LineHandler {
  readonly #collector: Collector
  readonly #unit: 'paragraph' | 'file'
  #lines: string[] = []
  #units = 0
  #first = 0
  /** The rest of a passage that was refused is passed over. */
  #refused = false

  constructor(collector: Collector, unit: 'paragraph' | 'file') {
    this.#collector = collector
    this.#unit = unit
  }

  line(text: string, number: number): void {
    const blank = text.trim() === ''
    if (blank && this.#unit === 'paragraph') return this.end()
    if (this.#refused || (blank && this.#lines.length === 0)) return
    if (this.#lines.length === 0) this.#first = number
    this.#units += text.length + 1
    if (this.#units > RECORD_LIMITS.bytes) {
      const reason = `the ${this.#unit} is longer than ${RECORD_LIMITS.bytes} bytes; ${SIZE_ADVICE}`
      return this.#refuse(this.#first, reason)
    }
    this.#lines.push(text)
  }

  bad(number: number, reason: string): void {
    if (!this.#refused) this.#refuse(number, reason)
  }

  end(): void {
    while (this.#lines.at(-1)?.trim() === '') this.#lines.pop()
    if (this.#lines.length > 0) this.#collector.add(this.#lines.join('\n'), this.#first)
    this.#lines = []
    this.#units = 0
    this.#refused = false
  }

  #refuse(line: number, reason: string): void {
    this.#collector.refuse(line, reason)
    this.#lines = []
    this.#refused = true
  }
}
