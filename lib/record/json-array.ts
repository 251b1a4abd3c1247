import { isUtf8 } from 'node:buffer'
import type { Collector } from './collector.js'
import type { Parser } from './read.js'
import { RECORD_LIMITS } from './types.js'

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN = 0x5b
const CLOSE = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

type Place = 'before' | 'between' | 'element' | 'after'

/**
 * One JSON array, whose elements are records. It is cut at the commas of its outermost level, so that an array of any
 * size takes no more memory than its largest element; elements over the limit of a record are passed over.
 */
export class JsonArray implements Parser {
  readonly #collector: Collector
  #place: Place = 'before'
  #depth = 0
  #inString = false
  /** In a string: whether an odd number of backslashes stands right before the next byte. */
  #escaped = false
  #held: Buffer[] = []
  #heldBytes = 0
  #tooLong = false
  /** Lines are counted up to the newline, in this chunk, that is the next one to count. */
  #line = 1
  #newline = Infinity
  #elementLine = 1
  #failed = false

  constructor(collector: Collector) {
    this.#collector = collector
  }

  push(chunk: Buffer): void {
    this.#newline = newlineAfter(chunk, 0)
    let at = 0
    while (at < chunk.length) {
      if (this.#place === 'element') at = this.#element(chunk, at)
      else at = this.#outside(chunk, at)
    }
    this.#countTo(chunk, chunk.length)
  }

  end(): void {
    if (this.#place === 'before') this.#collector.refuse(1, 'the file is empty')
    else if (this.#place === 'element') this.#collector.refuse(this.#elementLine, 'the file ends inside this element')
    else if (this.#place === 'between') this.#collector.refuse(this.#line, 'the file ends before its array does')
  }

  /** Passes over spaces and punctuation to where an element begins. Returns the place of the first byte not taken. */
  #outside(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length && isSpace(chunk[at])) at++
    const byte = chunk[at]
    if (byte === undefined) return at
    if (this.#place === 'after') {
      this.#fail(chunk, at, 'something follows the end of the array')
      return chunk.length
    }
    if (this.#place === 'before') {
      if (byte === OPEN) this.#place = 'between'
      else this.#fail(chunk, at, 'the file does not begin with [')
      return at + 1
    }
    if (byte === CLOSE) this.#place = 'after'
    else if (byte !== COMMA) {
      this.#countTo(chunk, at)
      this.#elementLine = this.#line
      this.#place = 'element'
      return at
    }
    return at + 1
  }

  /** After this nothing more is read: the rest has no meaning that could be relied on. */
  #fail(chunk: Buffer, at: number, reason: string): void {
    if (this.#failed) return
    this.#countTo(chunk, at)
    this.#collector.refuse(this.#line, reason)
    this.#failed = true
    this.#place = 'after'
  }

  /** Goes to the end of the element, or of the chunk. */
  #element(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#string(chunk, at)
        continue
      }
      const byte = chunk[at]
      if (byte === QUOTE) this.#inString = true
      else if (byte === OPEN || byte === OPEN_OBJECT) this.#depth++
      else if (this.#depth > 0) {
        if (byte === CLOSE || byte === CLOSE_OBJECT) this.#depth--
      } else if (byte === COMMA || byte === CLOSE) {
        this.#finish(chunk, from, at)
        this.#place = byte === COMMA ? 'between' : 'after'
        return at + 1
      }
      at++
    }
    this.#hold(chunk.subarray(from))
    return at
  }

  /** Goes behind the quote that ends the string, or to the end of the chunk. */
  #string(chunk: Buffer, from: number): number {
    const quote = chunk.indexOf(QUOTE, from)
    const stop = quote < 0 ? chunk.length : quote
    let first = stop
    while (first > from && chunk[first - 1] === BACKSLASH) first--
    const carried = first === from && this.#escaped ? 1 : 0
    const escaped = (stop - first + carried) % 2 === 1
    if (quote < 0) {
      this.#escaped = escaped
      return stop
    }
    this.#escaped = false
    if (!escaped) this.#inString = false
    return quote + 1
  }

  #hold(part: Buffer): void {
    if (this.#tooLong) return
    this.#heldBytes += part.length
    if (this.#heldBytes > RECORD_LIMITS.bytes) {
      this.#tooLong = true
      this.#held = []
    } else {
      this.#held.push(Buffer.from(part))
    }
  }

  #finish(chunk: Buffer, from: number, to: number): void {
    const last = chunk.subarray(from, to)
    const bytes = this.#held.length === 0 ? last : Buffer.concat([...this.#held, last])
    const tooLong = this.#tooLong || bytes.length > RECORD_LIMITS.bytes
    this.#held = []
    this.#heldBytes = 0
    this.#tooLong = false
    if (tooLong) {
      this.#collector.refuse(this.#elementLine, `the element is longer than ${RECORD_LIMITS.bytes} bytes`)
    } else if (isUtf8(bytes)) {
      this.#collector.addJson(bytes.toString(), this.#elementLine)
    } else {
      this.#collector.refuse(this.#elementLine, 'the element is not UTF-8')
    }
  }

  /** Moves the line number on to a place in the chunk. */
  #countTo(chunk: Buffer, to: number): void {
    while (this.#newline < to) {
      this.#line++
      this.#newline = newlineAfter(chunk, this.#newline + 1)
    }
  }
}

function newlineAfter(chunk: Buffer, from: number): number {
  const at = chunk.indexOf(NEWLINE, from)
  return at < 0 ? Infinity : at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09
}
