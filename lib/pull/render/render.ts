import { Buffer } from 'node:buffer'
import z32 from 'z32'
import { recordHash } from '../../record/id.js'
import { checkFields } from '../../record/schema.js'
import { toShape, type Shape } from '../../record/shapes-out.js'
import type { TrainingRecord } from '../../record/types.js'
import { matches, type Where } from '../../record/where.js'
import { asText, csvHeader, csvRow, renderText } from '../../record/write.js'
import { SHAPE_COLUMNS } from './shapes.js'
import { forTrainers } from './trainers.js'
import { drawOf, partOf, type SplitPart } from './choose.js'
import { csvLine } from './csv.js'

export type TextFormat = 'jsonl' | 'json' | 'text' | 'csv'

/** What is to become of records. Plain data: it is sent to worker threads. */
export interface RenderSpec {
  format: TextFormat
  shape?: Shape
  where: readonly Where[]
  /** Puts an apostrophe before cells of a CSV that a spreadsheet would take for a formula. */
  guard?: boolean
  split?: readonly SplitPart[]
  /** The share of the records that is wanted. */
  sample?: number
  seed: number
  /** Records of more tokens are left out. */
  maxTokens?: number
  /** Say every record's id, so that who puts the batches together can leave out what came before. */
  ids?: boolean
  /** Write the id into the record, as the field `id`. */
  withId?: boolean
  /** The lines are rows of a statement's answer, which may be records or not. */
  rows?: boolean
  /** Say where each record ends, so that only some can be taken. */
  ends?: boolean
}

/** Records, written one behind the other. */
export interface Rendered {
  data: Buffer
  records: number
  /** Where each ends in `data`. */
  ends?: Uint32Array
  /** For each the index of its part. */
  sides?: Uint8Array
  /** The first sixteen bytes of each id. */
  ids?: Buffer
  /** How many were left out, by reason; not those that do not match. */
  left: { [reason: string]: number }
}

export const ID_BYTES = 16

export type TokenCounter = (text: string) => number

/** Whether records can be passed on as they are stored, without being looked at. */
export function passesThrough(spec: RenderSpec): boolean {
  return (
    spec.format === 'jsonl' &&
    !spec.shape &&
    !spec.split &&
    spec.sample === undefined &&
    spec.maxTokens === undefined &&
    !spec.ids &&
    !spec.withId &&
    !spec.rows
  )
}

/** Whether it has to know where a record ends. */
export function needsEnds(spec: RenderSpec): boolean {
  return spec.ends === true || spec.ids === true || spec.split !== undefined
}

/** What stands before the first record and after the last one. */
export function frameOf({ format, shape }: RenderSpec): { head: string; tail: string } {
  if (format === 'json') return { head: '[', tail: '\n]\n' }
  if (format !== 'csv') return { head: '', tail: '' }
  return { head: shape ? csvLine(SHAPE_COLUMNS[shape]) : csvHeader(), tail: '' }
}

/**
 * Renders JSON Lines. With `whole`, every record is known to meet the conditions.
 * @param tokens needed only with `maxTokens`
 */
export function render(raw: Buffer, whole: boolean, spec: RenderSpec, tokens?: TokenCounter): Rendered {
  const parts: string[] = []
  const ends: number[] = []
  const sides: number[] = []
  const ids: Buffer[] = []
  const left: { [reason: string]: number } = {}
  const exact = needsEnds(spec)
  let length = 0
  const leave = (reason: string) => (left[reason] = (left[reason] ?? 0) + 1)
  for (const line of raw.toString('utf8').split('\n')) {
    if (line === '') continue
    const record = readLine(line, spec)
    if (!record) {
      leave('it is not a record')
      continue
    }
    if (!whole && !matches(record, spec.where)) continue
    const hash = needsHash(spec) ? recordHash(record) : undefined
    if (spec.sample !== undefined && drawOf(hash!, spec.seed, 'sample') >= spec.sample) continue
    if (spec.maxTokens !== undefined && isLonger(record, spec.maxTokens, tokens)) {
      leave(`it has more than ${spec.maxTokens} tokens`)
      continue
    }
    const side = spec.split ? partOf(drawOf(hash!, spec.seed, 'split'), spec.split) : 0
    if (side === -1) continue
    const shaped = write(record, line, hash, spec)
    if (typeof shaped !== 'string') {
      leave(shaped.reason)
      continue
    }
    parts.push(shaped)
    if (exact) ends.push((length += Buffer.byteLength(shaped)))
    if (spec.split) sides.push(side)
    if (spec.ids) ids.push(hash!.subarray(0, ID_BYTES))
  }
  return {
    data: Buffer.from(parts.join('')),
    records: parts.length,
    left,
    ...(exact && { ends: Uint32Array.from(ends) }),
    ...(spec.split && { sides: Uint8Array.from(sides) }),
    ...(spec.ids && { ids: Buffer.concat(ids) })
  }
}

function needsHash({ split, sample, ids, withId }: RenderSpec): boolean {
  return split !== undefined || sample !== undefined || ids === true || withId === true
}

function readLine(line: string, { rows }: RenderSpec): TrainingRecord | undefined {
  const value = JSON.parse(line) as { [field: string]: unknown }
  if (!rows) return value as unknown as TrainingRecord
  return recordOfRow(value)
}

/** A row of an answer as a record, if it has all that a record has; what a statement adds to it is left out. */
function recordOfRow(row: { [field: string]: unknown }): TrainingRecord | undefined {
  const fields: { [field: string]: unknown } = {}
  for (const [name, value] of Object.entries(row)) {
    if (value === null || ['id', 'volume', 'contributor'].includes(name)) continue
    fields[name] = name === 'messages' && Array.isArray(value) ? value.map(withoutNulls) : value
  }
  return checkFields(fields).record
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}

function isLonger(record: TrainingRecord, most: number, tokens: TokenCounter | undefined): boolean {
  const text = renderText(record)
  // No token has less than a byte.
  if (Buffer.byteLength(text) <= most) return false
  return (tokens?.(text) ?? 0) > most
}

function write(
  record: TrainingRecord,
  line: string,
  hash: Buffer | undefined,
  { format, shape, guard, withId }: RenderSpec
): string | { reason: string } {
  if (shape) {
    const { value, reason } = forTrainers(record, shape, toShape(record, shape))
    if (!value) return { reason }
    if (format === 'csv')
      return csvLine(
        SHAPE_COLUMNS[shape].map((column) => value[column]),
        guard
      )
    if (format === 'text') return asText(record)
    return jsonOf(JSON.stringify(value), format)
  }
  if (format === 'text') return asText(record)
  if (format === 'csv') return guard ? guardedRow(record) : csvRow(record)
  return jsonOf(withId ? `{"id":"${z32.encode(hash!)}",${line.slice(line.indexOf('{') + 1)}` : line, format)
}

/** The first record of an array loses its comma where the array begins. */
function jsonOf(json: string, format: TextFormat): string {
  return format === 'json' ? `,\n${json}` : json + '\n'
}

function guardedRow(record: TrainingRecord): string {
  const fields: { [field: string]: unknown } = { ...record }
  return csvLine(
    csvHeader()
      .trim()
      .split(',')
      .map((column) => fields[column]),
    true
  )
}
