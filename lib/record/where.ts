import { VdataError } from '../errors.js'
import { quote } from './json-value.js'
import type { TrainingRecord } from './types.js'

/** The facets by which records can be chosen. */
export const WHERE_FIELDS = ['topic', 'language', 'tags', 'model', 'provider', 'license', 'kind'] as const

export type WhereField = (typeof WHERE_FIELDS)[number]

/** A record must have one of these values in this field. */
export interface Where {
  readonly field: WhereField
  readonly values: readonly string[]
}

const ADVICE = `Write field=value, or field=one,other for several, with one of ${WHERE_FIELDS.join(', ')}.`

/**
 * Reads `topic=law` or `topic=law,medicine`. A comma or backslash that belongs to a value is written after a backslash.
 * @throws VdataError usage: no such field, or no value.
 */
export function parseWhere(text: string): Where {
  const at = text.indexOf('=')
  const name = text.slice(0, Math.max(at, 0)).trim()
  const field = WHERE_FIELDS.find((known) => known === name)
  if (at < 0 || field === undefined) {
    throw new VdataError('usage', 'BAD_WHERE', `${quote(text)} does not say which records.`, ADVICE)
  }
  const values = splitValues(text.slice(at + 1))
  if (values.some((value) => value === '')) {
    throw new VdataError('usage', 'BAD_WHERE', `${quote(text)} has an empty value.`, ADVICE)
  }
  return { field, values }
}

function splitValues(text: string): string[] {
  const values = ['']
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    const next = text.charAt(i + 1)
    if (char === ',') values.push('')
    else if (char === '\\' && (next === ',' || next === '\\')) values[values.length - 1] += text.charAt(++i)
    else values[values.length - 1] += char
  }
  return values
}

/** Whether a record has one of the values of every condition. Values are compared as they are written. */
export function matches(record: TrainingRecord, wheres: readonly Where[]): boolean {
  for (const { field, values } of wheres) {
    const value = record[field]
    if (value === undefined) return false
    if (typeof value === 'string' ? !values.includes(value) : !value.some((tag) => values.includes(tag))) return false
  }
  return true
}
