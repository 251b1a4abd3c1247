import { isUtf8 } from 'node:buffer'
import { VdataError } from '../errors.js'
import type { Collector } from './collector.js'
import { quote } from './json-value.js'
import { fromText } from './mapping.js'
import type { Parser } from './read.js'
import { RECORD_LIMITS } from './types.js'

const NEWLINE = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22

type Row = { cells: (string | undefined)[]; next: number; lines: number }

/**
 * A table in the form of RFC 4180, whose first row names the columns; cells may also be separated by semicolons or tabs.
 * An empty cell without quotes is one that the row does not have. A row that is malformed is refused, and reading goes
 * on with the next line, so that a stray quote takes no more rows with it than it has to.
 */
export class Csv implements Parser {
  readonly #collector: Collector
  /** What was not parsed yet: an unfinished row. */
  #rest: Buffer = Buffer.alloc(0)
  #line = 1
  #header: string[] | undefined
  #delimiter = 0x2c
  /** Passing over a line that is longer than a record can be. */
  #skipping = false

  constructor(collector: Collector) {
    this.#collector = collector
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = Buffer.from(bytes.subarray(this.#rows(bytes, false)))
  }

  end(): void {
    this.#rows(this.#rest, true)
    this.#rest = Buffer.alloc(0)
  }

  /** Reads all rows that are complete. Returns how many bytes were taken. */
  #rows(bytes: Buffer, end: boolean): number {
    let at = 0
    while (at < bytes.length) {
      if (this.#skipping) {
        const newline = bytes.indexOf(NEWLINE, at)
        if (newline < 0) return bytes.length
        this.#skipping = false
        this.#line++
        at = newline + 1
        continue
      }
      if (!this.#header) this.#delimiter = delimiterOf(bytes, at)
      const row = parseRow(bytes, at, this.#delimiter, end)
      if (row === 'more' && bytes.length - at <= RECORD_LIMITS.bytes) return at
      if (typeof row === 'object') {
        this.#row(row, row.next - at)
        this.#line += row.lines
        at = row.next
        continue
      }
      this.#refuse(
        row === 'more' ? `the row is longer than ${RECORD_LIMITS.bytes} bytes, or a quote in it is not closed` : row
      )
      this.#skipping = true
    }
    return at
  }

  #refuse(reason: string): void {
    if (!this.#header) throw headerError(reason)
    this.#collector.refuse(this.#line, reason)
  }

  #row({ cells }: Row, bytes: number): void {
    if (cells.length === 1 && cells[0] === undefined) return
    if (bytes > RECORD_LIMITS.bytes) return this.#refuse(`the row is longer than ${RECORD_LIMITS.bytes} bytes`)
    const header = this.#header
    if (!header) {
      this.#header = headerOf(cells)
      return
    }
    if (cells.length !== header.length) {
      return this.#refuse(`the row has ${cells.length} cells, and the table has ${header.length} columns`)
    }
    const row: { [column: string]: unknown } = {}
    for (let i = 0; i < header.length; i++) {
      const cell = cells[i]
      const column = header[i] ?? ''
      if (cell !== undefined) row[column] = fromText(column, cell)
    }
    this.#collector.add(row, this.#line)
  }
}

function headerError(reason: string): VdataError {
  return new VdataError(
    'error',
    'CSV_HEADER',
    `The first row of the table does not name its columns: ${reason}.`,
    'A CSV begins with one row that has a name for each column.'
  )
}

function headerOf(cells: (string | undefined)[]): string[] {
  const header = cells.map((cell) => (cell ?? '').trim())
  const seen = new Set<string>()
  for (const name of header) {
    if (seen.has(name)) throw headerError(`${quote(name)} stands in it twice`)
    if (name === '__proto__') throw headerError('no column can be called __proto__')
    seen.add(name)
  }
  return header
}

/** The separator that is most frequent in the first line: comma, semicolon or tab. */
function delimiterOf(bytes: Buffer, from: number): number {
  const newline = bytes.indexOf(NEWLINE, from)
  const counts = new Map([
    [0x2c, 0],
    [0x3b, 0],
    [0x09, 0]
  ])
  let quoted = false
  for (const byte of bytes.subarray(from, newline < 0 ? bytes.length : newline)) {
    if (byte === QUOTE) quoted = !quoted
    const count = counts.get(byte)
    if (count !== undefined && !quoted) counts.set(byte, count + 1)
  }
  let best = 0x2c
  for (const [byte, count] of counts) if (count > (counts.get(best) ?? 0)) best = byte
  return best
}

/** Parses the row that begins at `from`; 'more' where the bytes end before it does, or what is wrong with it. */
function parseRow(bytes: Buffer, from: number, delimiter: number, end: boolean): Row | string {
  const cells: (string | undefined)[] = []
  let lines = 1
  let at = from
  for (;;) {
    let stop: number
    if (bytes[at] === QUOTE) {
      const close = closingQuote(bytes, at + 1)
      // A quote that is the last byte may be the first half of a doubled one.
      if (close < 0 || (close === bytes.length - 1 && !end)) return end ? 'a quote is not closed' : 'more'
      stop = close + 1
      const after = bytes[stop]
      const ends = after === undefined || after === delimiter || after === NEWLINE || after === RETURN
      if (!ends) return 'text follows a closing quote'
      const cell = bytes.subarray(at + 1, close)
      if (!isUtf8(cell)) return 'the row is not UTF-8'
      const text = cell.toString()
      cells.push(text.includes('"') ? text.replaceAll('""', '"') : text)
      for (let n = cell.indexOf(NEWLINE); n >= 0; n = cell.indexOf(NEWLINE, n + 1)) lines++
    } else {
      stop = at
      while (stop < bytes.length && bytes[stop] !== delimiter && bytes[stop] !== NEWLINE) stop++
      if (stop === bytes.length && !end) return 'more'
      let last = stop
      if (bytes[stop] !== delimiter && last > at && bytes[last - 1] === RETURN) last--
      const cell = bytes.subarray(at, last)
      if (!isUtf8(cell)) return 'the row is not UTF-8'
      cells.push(last === at ? undefined : cell.toString())
    }
    if (bytes[stop] === delimiter) {
      at = stop + 1
      continue
    }
    if (bytes[stop] === RETURN) stop++
    if (stop >= bytes.length) return end ? { cells, next: stop, lines } : 'more'
    if (bytes[stop] !== NEWLINE) return 'a carriage return stands where the row should end'
    return { cells, next: stop + 1, lines }
  }
}

/** The place of the quote that ends a quoted cell, or -1. */
function closingQuote(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const found = bytes.indexOf(QUOTE, at)
    if (found < 0 || bytes[found + 1] !== QUOTE) return found
    at = found + 2
  }
}
