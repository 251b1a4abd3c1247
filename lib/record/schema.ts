import { z } from 'zod'
import {
  FIELD_LIMITS,
  isColumn,
  isInstant,
  isLabel,
  isLanguage,
  isLicence,
  isUrl,
  isWellFormed,
  type Column
} from './fields.js'
import { extraProblem, isPlainObject, quote } from './json-value.js'
import { KINDS, RECORD_LIMITS, type TrainingRecord } from './types.js'

const text = z.string('must be a string').refine(isWellFormed, 'holds half of a surrogate pair')

function label(max: number) {
  return z
    .string('must be a string')
    .refine(
      (value) => value.length <= max && isLabel(value),
      `must be 1 to ${max} characters without control characters`
    )
}

function matching(test: (value: string) => boolean, what: string) {
  return z.string('must be a string').refine(test, `must be ${what}`)
}

function list<T extends z.ZodType>(element: T) {
  return z.array(element, 'must be a list')
}

function number(test: (value: number) => boolean, what: string) {
  return z.number(`must be ${what}`).refine(test, `must be ${what}`)
}

const count = number((value) => Number.isSafeInteger(value) && value >= 0, 'a non-negative integer')

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` })
}

const message = z.strictObject({
  role: oneOf(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: text,
  name: label(FIELD_LIMITS.facet).optional()
})

const rest = {
  topic: label(FIELD_LIMITS.facet).optional(),
  language: matching(isLanguage, 'a BCP 47 language tag such as en or pt-BR').optional(),
  tags: list(label(FIELD_LIMITS.tag)).optional(),
  provider: label(FIELD_LIMITS.facet).optional(),
  model: label(FIELD_LIMITS.facet).optional(),
  temperature: number(Number.isFinite, 'a finite number').optional(),
  seed: number(Number.isSafeInteger, 'an integer').optional(),
  input_tokens: count.optional(),
  output_tokens: count.optional(),
  created_at: matching(isInstant, 'a time in UTC such as 2026-01-31T12:00:00Z').optional(),
  recipe: label(FIELD_LIMITS.facet).optional(),
  license: matching(isLicence, 'an SPDX expression such as CC0-1.0').optional(),
  terms: matching(isUrl, 'an http or https address').optional(),
  extra: z
    .custom<{ [key: string]: unknown }>()
    .superRefine((value, context) => {
      const problem = extraProblem(value)
      if (problem !== undefined) context.addIssue(problem)
    })
    .optional()
}

const contentFields = {
  kind: oneOf(KINDS),
  system: text,
  prompt: text,
  response: text,
  messages: list(message).min(1, 'must not be empty'),
  chosen: text,
  rejected: text,
  text
}

/**
 * What a record is, field by field. Limits that concern it as a whole are `checkRecord`'s, which is what outside data
 * goes through.
 */
export const recordSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('instruction'), system: text.optional(), prompt: text, response: text, ...rest }),
  z.strictObject({ kind: z.literal('chat'), messages: contentFields.messages, ...rest }),
  z.strictObject({ kind: z.literal('preference'), prompt: text, chosen: text, rejected: text, ...rest }),
  z.strictObject({ kind: z.literal('text'), text, ...rest })
])

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
/** Fails to compile where the schema and the types of types.ts say different things. */
export const SCHEMA_IS_TYPE: Same<z.infer<typeof recordSchema>, TrainingRecord> = true

export type Checked = { record: TrainingRecord; problem?: undefined } | { record?: undefined; problem: string }

/**
 * Checks one record from outside. What is returned is a copy whose fields stand in the order of COLUMNS; `extra` is
 * shared with `value`.
 *
 * Text may hold any character, NUL too, but no half of a surrogate pair: UTF-8 can't say it, so a record with one would
 * change whenever it is written.
 */
export function checkRecord(value: unknown): Checked {
  const checked = checkFields(value)
  if (checked.record && mayBeLarge(checked.record)) {
    const problem = sizeProblem(JSON.stringify(checked.record))
    if (problem !== undefined) return { problem }
  }
  return checked
}

/** `checkRecord` without the limit on bytes, for those who have the record's JSON at hand. */
export function checkFields(value: unknown): Checked {
  const long = listProblem(value)
  if (long !== undefined) return { problem: long }
  const parsed = recordSchema.safeParse(value)
  return parsed.success ? { record: parsed.data } : { problem: sentence(value, parsed.error) }
}

const FIELDS: { readonly [K in Column]: z.ZodType } = { ...contentFields, ...rest }

/** Says why a field can't have this value, as a sentence that begins with its name, or nothing. */
export function fieldProblem(field: Column, value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const long = listProblem({ [field]: value })
    if (long !== undefined) return long
  }
  const parsed = FIELDS[field].safeParse(value)
  if (parsed.success) return undefined
  const issue = parsed.error.issues[0]
  return `${pathOf([field, ...(issue?.path ?? [])])} ${issue?.message ?? 'is not valid'}`
}

/** Says that a record's JSON is too long, or nothing. */
export function sizeProblem(json: string): string | undefined {
  // A UTF-16 unit takes at most three bytes of UTF-8.
  if (json.length * 3 <= RECORD_LIMITS.bytes) return undefined
  const bytes = Buffer.byteLength(json)
  if (bytes <= RECORD_LIMITS.bytes) return undefined
  return `the record takes ${bytes} bytes, and at most ${RECORD_LIMITS.bytes} are allowed`
}

/** Lists are counted before the schema sees them: it would describe every single wrong element of a hostile one. */
function listProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { messages, tags } = value as { messages?: unknown; tags?: unknown }
  if (Array.isArray(messages) && messages.length > FIELD_LIMITS.messages) {
    return `messages has ${messages.length} elements, and at most ${FIELD_LIMITS.messages} are allowed`
  }
  if (Array.isArray(tags) && tags.length > FIELD_LIMITS.tags) {
    return `tags has ${tags.length} elements, and at most ${FIELD_LIMITS.tags} are allowed`
  }
  return undefined
}

/** More than all fields but the content can take as JSON, their names included. */
const REST_BYTES = 160 * 1024

/** Whether the JSON could be over the limit, by a bound that is cheap: a UTF-16 unit takes at most six bytes of JSON. */
function mayBeLarge(record: TrainingRecord): boolean {
  return contentUnits(record) * 6 + REST_BYTES > RECORD_LIMITS.bytes
}

function contentUnits(record: TrainingRecord): number {
  switch (record.kind) {
    case 'instruction':
      return (record.system?.length ?? 0) + record.prompt.length + record.response.length
    case 'chat': {
      let units = 0
      for (const { content, name } of record.messages) units += content.length + (name?.length ?? 0) + 12
      return units
    }
    case 'preference':
      return record.prompt.length + record.chosen.length + record.rejected.length
    case 'text':
      return record.text.length
  }
}

/** The first thing that is wrong, as a sentence that begins with the field's path. */
function sentence(value: unknown, error: z.ZodError): string {
  if (!isPlainObject(value)) return 'a record must be an object'
  const issue = error.issues[0]
  if (!issue) return 'the record is not valid'
  const path = pathOf(issue.path)
  if (issue.code === 'invalid_union' || path === 'kind') return `kind must be one of ${KINDS.join(', ')}`
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? ''
    if (path !== '') return `${path} has an unknown field ${quote(name)}`
    return isColumn(name)
      ? `${name} is not a field of a record of kind ${String(value.kind)}`
      : `${quote(name)} is not a field of a record; other data stands under extra`
  }
  if (issue.code === 'invalid_type' && issue.path.length === 1 && !Object.hasOwn(value, path))
    return `${path} is missing`
  return `${path} ${issue.message}`
}

function pathOf(steps: readonly PropertyKey[]): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .slice(1)
}
