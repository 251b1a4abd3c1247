import type { TrainingRecord } from './types.js'

/** Bounds that the schema puts on single fields, beside RECORD_LIMITS: characters (UTF-16 units) or elements. */
export const FIELD_LIMITS = {
  facet: 256,
  tags: 64,
  tag: 128,
  url: 2048,
  licence: 256,
  language: 64,
  messages: 4096
} as const

/** Every field that a record of any kind can have, in the order in which they are written; the columns of a CSV. */
export const COLUMNS = [
  'kind',
  'system',
  'prompt',
  'response',
  'messages',
  'chosen',
  'rejected',
  'text',
  'topic',
  'language',
  'tags',
  'provider',
  'model',
  'temperature',
  'seed',
  'input_tokens',
  'output_tokens',
  'created_at',
  'recipe',
  'license',
  'terms',
  'extra'
] as const

export type Column = (typeof COLUMNS)[number]

/** The content fields of each kind, in RFC 8785 order: what a record's id commits to, beside `kind`. */
export const CONTENT = {
  instruction: ['prompt', 'response', 'system'],
  chat: ['messages'],
  preference: ['chosen', 'prompt', 'rejected'],
  text: ['text']
} as const satisfies { [K in TrainingRecord['kind']]: readonly Column[] }

/** The content fields without which an imported row is no record of its kind. */
export const REQUIRED = {
  instruction: ['prompt', 'response'],
  chat: ['messages'],
  preference: ['chosen', 'rejected'],
  text: ['text']
} as const satisfies { [K in TrainingRecord['kind']]: readonly Column[] }

/** Facets and provenance: the fields that a record of every kind can have, without `extra`. */
export const FACETS = [
  'topic',
  'language',
  'tags',
  'provider',
  'model',
  'temperature',
  'seed',
  'input_tokens',
  'output_tokens',
  'created_at',
  'recipe',
  'license',
  'terms'
] as const satisfies readonly Column[]

export type Facet = (typeof FACETS)[number]

const COLUMN_SET: ReadonlySet<string> = new Set(COLUMNS)
const FACET_SET: ReadonlySet<string> = new Set(FACETS)

export function isColumn(name: string): name is Column {
  return COLUMN_SET.has(name)
}

export function isFacet(name: string): name is Facet {
  return FACET_SET.has(name)
}

/** Text that any program can encode: a lone surrogate has no UTF-8 form, so writing it would change it. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed()
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** A short label that can be shown on one line: not empty, no control characters or line separators. */
export function isLabel(text: string): boolean {
  return text.length > 0 && !CONTROL.test(text) && text.isWellFormed()
}

// RFC 5646 section 2.1, with its irregular grandfathered tags. Well-formed says nothing about whether it is registered.
const LANGUAGE = new RegExp(
  '^(?:' +
    '(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})' +
    '(?:-[a-z]{4})?' +
    '(?:-(?:[a-z]{2}|[0-9]{3}))?' +
    '(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*' +
    '(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*' +
    '(?:-x(?:-[a-z0-9]{1,8})+)?' +
    '|x(?:-[a-z0-9]{1,8})+' +
    '|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)' +
    '|en-GB-oed|sgn-(?:BE-FR|BE-NL|CH-DE)' +
    ')$',
  'i'
)

/** A well-formed BCP 47 language tag. */
export function isLanguage(text: string): boolean {
  return text.length <= FIELD_LIMITS.language && LANGUAGE.test(text)
}

const INSTANT = /^\d{4}-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/

/** An RFC 3339 time in UTC that ends in `Z`. Leap seconds are left out: `Date` can't read them. */
export function isInstant(text: string): boolean {
  const parts = INSTANT.exec(text)
  if (!parts) return false
  const month = Number(parts[1])
  const day = Number(parts[2])
  if (month < 1 || month > 12 || day < 1) return false
  // Day 0 of the next month is the last day of this one; the proleptic Gregorian calendar is RFC 3339's, too.
  return day <= 28 || day <= new Date(Date.UTC(2000 + (Number(text.slice(0, 4)) % 400), month, 0)).getUTCDate()
}

const LICENCE = /^\(*[A-Za-z0-9][A-Za-z0-9.:+-]*\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9][A-Za-z0-9.:+-]*\)*)*$/

/** An expression in the syntax of SPDX 2.3 annex D (`MIT`, `(MIT OR Apache-2.0)`), whatever its identifiers. */
export function isLicence(text: string): boolean {
  if (text.length > FIELD_LIMITS.licence || !LICENCE.test(text)) return false
  let open = 0
  for (const char of text) {
    if (char === '(') open++
    else if (char === ')' && --open < 0) return false
  }
  return open === 0
}

/** An absolute http or https address. */
export function isUrl(text: string): boolean {
  return text.length <= FIELD_LIMITS.url && /^https?:\/\/[^\s]+$/i.test(text) && isLabel(text) && URL.canParse(text)
}
