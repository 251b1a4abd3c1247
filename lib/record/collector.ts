import { messageOf } from '../errors.js'
import { isPlainObject, quote } from './json-value.js'
import type { Mapping } from './mapping.js'
import { sizeProblem } from './schema.js'
import { importRecord } from './shapes.js'
import type { TrainingRecord } from './types.js'

/** A line that did not become a record. */
export interface Refusal {
  file: string
  /** From 1; where a record spans lines, the first of them. */
  line: number
  reason: string
}

export interface ReadRecord {
  record: TrainingRecord
  /** The record as it is stored: JSON on one line, without a line end. */
  json: string
  line: number
}

/** What came out of one piece of a file. */
export interface Chunk {
  records: ReadRecord[]
  refused: Refusal[]
  /** Bytes of the input that were read so far, from its beginning. */
  bytes: number
}

/** Turns values of a file into records, or into refusals. */
export class Collector {
  readonly #file: string
  readonly #mapping: Mapping | undefined
  #records: ReadRecord[] = []
  #refused: Refusal[] = []

  constructor(file: string, mapping?: Mapping) {
    this.#file = file
    this.#mapping = mapping
  }

  refuse(line: number, reason: string): void {
    this.#refused.push({ file: this.#file, line, reason })
  }

  /** A record's JSON text. */
  addJson(text: string, line: number): void {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return this.refuse(line, `not JSON: ${printable(messageOf(error))}`)
    }
    const { record, problem } = importRecord(value, this.#mapping)
    if (!record) return this.refuse(line, problem)
    if (record.extra && holdsRounded(record.extra)) this.add(JSON.parse(quoteIntegers(text)), line)
    else this.#store(record, line)
  }

  /** A record's value, whatever its shape. */
  add(value: unknown, line: number): void {
    const { record, problem } = importRecord(value, this.#mapping)
    if (record) this.#store(record, line)
    else this.refuse(line, problem)
  }

  #store(record: TrainingRecord, line: number): void {
    const json = JSON.stringify(record)
    const problem = sizeProblem(json)
    if (problem === undefined) this.#records.push({ record, json, line })
    else this.refuse(line, problem)
  }

  /** Hands over what was collected since the last call. */
  take(bytes: number): Chunk {
    const chunk = { records: this.#records, refused: this.#refused, bytes }
    this.#records = []
    this.#refused = []
    return chunk
  }
}

/** A parser's message quotes the line, which may hold anything. */
function printable(message: string): string {
  return quote(message.length > 120 ? message.slice(0, 120) + '…' : message).slice(1, -1)
}

/** Whether a number below is an integer that JSON.parse may have rounded: a double is exact up to 2^53 only. */
function holdsRounded(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  if (Array.isArray(value)) return value.some(holdsRounded)
  return isPlainObject(value) && Object.values(value).some(holdsRounded)
}

/**
 * Puts integers of 16 and more digits in quotes, so that long ids keep all their digits as text: RFC 7493 (I-JSON)
 * section 2.2 recommends just that for numbers that a double can't hold.
 */
function quoteIntegers(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token
  )
}
