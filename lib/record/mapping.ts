import { VdataError } from '../errors.js'
import { COLUMNS, isColumn, isFacet, type Column } from './fields.js'
import { put, quote } from './json-value.js'
import { fieldProblem } from './schema.js'

/** Which columns of a foreign file are which fields of a record, and which fields are the same for all its lines. */
export interface Mapping {
  columns: ReadonlyMap<Column, string>
  constants: ReadonlyMap<Column, unknown>
}

type Row = { [column: string]: unknown }

const ADVICE =
  'Write field=column, or field:=value for a value that is the same for every record, as in --map prompt=question.'

/**
 * Reads what `--map` was given: `prompt=question` (the field `prompt` is in the column `question`) or
 * `license:=CC0-1.0` (the field is this for every line).
 * @throws VdataError usage: no such field, no column, a field twice, or a constant that the field can't have.
 */
export function parseMapping(entries: readonly string[]): Mapping {
  const columns = new Map<Column, string>()
  const constants = new Map<Column, unknown>()
  for (const entry of entries) {
    const at = entry.indexOf('=')
    const constant = at > 0 && entry[at - 1] === ':'
    const field = entry.slice(0, constant ? at - 1 : at).trim()
    const value = entry.slice(at + 1)
    if (at < 1 || field === '' || (value === '' && !constant)) throw wrong(`${quote(entry)} is not a mapping.`, ADVICE)
    if (!isColumn(field)) {
      throw wrong(`A record has no field ${quote(field)}.`, `The fields are ${COLUMNS.join(', ')}.`)
    }
    if (columns.has(field) || constants.has(field)) throw wrong(`The field ${field} is mapped twice.`, ADVICE)
    if (!constant) {
      columns.set(field, value)
      continue
    }
    const converted = convert(field, value)
    const problem = fieldProblem(field, converted)
    if (problem !== undefined) throw wrong(`${quote(entry)} cannot be: ${problem}.`, ADVICE)
    constants.set(field, converted)
  }
  return { columns, constants }
}

function wrong(message: string, advice: string): VdataError {
  return new VdataError('usage', 'BAD_MAPPING', message, advice)
}

/**
 * Renames the columns of a line to fields. A column that already had a mapped field's name keeps its value under
 * `kept`, which belongs to `extra`. Says what is wrong where a mapped facet has a value that it can't have.
 */
export function applyMapping(row: Row, mapping: Mapping): { row: Row; kept?: Row } | { problem: string } {
  const fields: Row = {}
  for (const [field, column] of mapping.columns) {
    const value = Object.hasOwn(row, column) ? row[column] : undefined
    if (value === undefined || value === null) continue
    const converted = convert(field, value)
    // Content is checked with the record, once its shape is known.
    const problem = isFacet(field) || field === 'kind' ? fieldProblem(field, converted) : undefined
    if (problem !== undefined) return { problem: `${problem} (column ${quote(column)})` }
    fields[field] = converted
  }
  for (const [field, value] of mapping.constants) fields[field] = value
  const used = new Set(mapping.columns.values())
  const renamed: Row = {}
  let kept: Row | undefined
  for (const key of Object.keys(row)) {
    if (used.has(key) || row[key] === fields[key]) continue
    if (Object.hasOwn(fields, key)) put((kept ??= {}), key, row[key])
    else put(renamed, key, row[key])
  }
  return { row: Object.assign(renamed, fields), kept }
}

const NUMBERS: ReadonlySet<string> = new Set(['temperature', 'seed', 'input_tokens', 'output_tokens'])
const LISTS: ReadonlySet<string> = new Set(['messages', 'conversations', 'tags', 'extra'])
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Brings a value nearer to the type of the field for which a person chose it: `5` as a topic is the text "5". */
function convert(field: Column, value: unknown): unknown {
  if (typeof value === 'string') {
    const parsed = fromText(field, value)
    return field === 'tags' && typeof parsed === 'string' ? [parsed] : parsed
  }
  if (NUMBERS.has(field) || LISTS.has(field)) return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}

/** A cell of a table in the type that its column has in a record: numbers, and lists and objects written as JSON. */
export function fromText(column: string, text: string): unknown {
  if (NUMBERS.has(column)) return NUMBER.test(text) ? Number(text) : text
  if (!LISTS.has(column) || !/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
