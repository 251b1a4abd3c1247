import type { TrainingRecord } from '../record/types.js'
import { tokenize } from './tokens.js'

/** A text of a record. */
export interface Field {
  readonly name: string
  readonly text: string
  /** Whether a model made it: the answer, not the question. */
  readonly made: boolean
  /** Whether it tells the model how to behave. */
  readonly system?: boolean
}

/** What one pass over a record's text tells, so that most checks know at once that there is nothing for them. */
export interface Scan {
  readonly ascii: boolean
  readonly digits: number
  readonly at: boolean
  /** The longest run of letters, digits and the marks that keys and tokens are made of. */
  readonly longestRun: number
  /** Characters that do not belong in text, or only rarely: the check `characters` looks which. */
  readonly suspicious: boolean
  /** Characters of scripts from Thai on, which the Latin, Greek, Cyrillic, Arabic and Indian ones come before. */
  readonly eastern: boolean
}

/**
 * One record as the checks see it: its texts in a fixed order, and what several checks need of them, worked out once. The
 * record must have passed `checkRecord`.
 */
export class Sample {
  readonly record: TrainingRecord
  readonly content: readonly Field[]
  /** The content, a line feed between each two texts. */
  readonly text: string
  #labels: readonly Field[] | undefined
  #all: string | undefined
  #body: string | undefined
  #scan: Scan | undefined
  readonly #fieldTokens = new Map<Field, readonly string[]>()
  #tokens: readonly string[] | undefined

  constructor(record: TrainingRecord) {
    this.record = record
    this.content = contentOf(record)
    this.text = this.content.length === 1 ? this.content[0]!.text : this.content.map((field) => field.text).join('\n')
  }

  /** The content without system messages, which many records have in common: what is compared with other texts. */
  get body(): string {
    return (this.#body ??= this.content.some(isSystem)
      ? this.content
          .filter((field) => !isSystem(field))
          .map((field) => field.text)
          .join('\n')
      : this.text)
  }

  /** The texts beside the content: topic, tags, and every string in `extra`. */
  get labels(): readonly Field[] {
    return (this.#labels ??= labelsOf(this.record))
  }

  /** The content and the labels, a line feed between each two. */
  get all(): string {
    return (this.#all ??= [this.text, ...this.labels.map((field) => field.text)].join('\n'))
  }

  get scan(): Scan {
    return (this.#scan ??= scan(this.all))
  }

  /** The content's words, numbers and marks, in order. */
  get tokens(): readonly string[] {
    return (this.#tokens ??= this.content.flatMap((field) => this.tokensOf(field)))
  }

  /** The words, numbers and marks of one of the content fields. */
  tokensOf(field: Field): readonly string[] {
    let tokens = this.#fieldTokens.get(field)
    if (!tokens) this.#fieldTokens.set(field, (tokens = tokenize(field.text)))
    return tokens
  }

  /** The same in lower case. */
  lowerTokensOf(field: Field): string[] {
    return this.tokensOf(field).map((token) => token.toLowerCase())
  }

  /** The name of the field that holds a place in `all` (or in `text`, which it begins with). */
  fieldAt(offset: number): string {
    let end = -1
    for (const field of this.content) if (offset <= (end += field.text.length + 1)) return field.name
    for (const field of this.labels) if (offset <= (end += field.text.length + 1)) return field.name
    return this.content.at(-1)?.name ?? ''
  }
}

function contentOf(record: TrainingRecord): Field[] {
  switch (record.kind) {
    case 'instruction': {
      const fields = [
        { name: 'prompt', text: record.prompt, made: false },
        { name: 'response', text: record.response, made: true }
      ]
      return record.system === undefined
        ? fields
        : [{ name: 'system', text: record.system, made: false, system: true }, ...fields]
    }
    case 'chat':
      return record.messages.map(({ role, content }, index) => ({
        name: `messages[${index}].content`,
        text: content,
        made: role === 'assistant',
        system: role === 'system' || role === 'developer'
      }))
    case 'preference':
      return [
        { name: 'prompt', text: record.prompt, made: false },
        { name: 'chosen', text: record.chosen, made: true },
        { name: 'rejected', text: record.rejected, made: true }
      ]
    case 'text':
      return [{ name: 'text', text: record.text, made: true }]
  }
}

function isSystem(field: Field): boolean {
  return field.system === true
}

function labelsOf(record: TrainingRecord): Field[] {
  const fields: Field[] = []
  const add = (name: string, text: string) => fields.push({ name, text, made: false })
  if (record.topic !== undefined) add('topic', record.topic)
  for (const [index, tag] of (record.tags ?? []).entries()) add(`tags[${index}]`, tag)
  if (record.kind === 'chat') {
    for (const [index, { name }] of record.messages.entries())
      if (name !== undefined) add(`messages[${index}].name`, name)
  }
  if (record.extra !== undefined) addStrings(record.extra, 'extra', add)
  return fields
}

/** Every string in a JSON value, names of fields included. The record's depth is limited, so recursion is, too. */
function addStrings(value: unknown, path: string, add: (name: string, text: string) => void): void {
  if (typeof value === 'string') add(path, value)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) add(path, key)
      addStrings(inner, `${path}.${key}`, add)
    }
  }
}

const DIGIT = 1
/** Keys and tokens are made of these. */
const KEY = 2
const SUSPICIOUS = 4
const EASTERN = 8
const BEYOND_ASCII = 16

/** What each UTF-16 unit is. */
const MARKS = new Uint8Array(65536).fill(BEYOND_ASCII, 128)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-+/=.')
  MARKS[character.charCodeAt(0)]! |= KEY
for (const character of '0123456789') MARKS[character.charCodeAt(0)]! |= KEY | DIGIT
for (const [from, to] of [
  // C0 but tab, line feed and carriage return; DEL and C1; Mongolian and zero-width marks; order of text; invisible operators.
  [0x00, 0x08], [0x0b, 0x0c], [0x0e, 0x1f], [0x7f, 0x9f], [0x180e, 0x180e], [0x200b, 0x200b], [0x202a, 0x202e], [0x2060, 0x2069],
  // Letters that text lost in a conversion begins with; byte order mark and replacement character; the surrogate of tags.
  [0xc2, 0xc3], [0xe2, 0xe2], [0xfeff, 0xfeff], [0xfffd, 0xfffd], [0xdb40, 0xdb40]
] as const) for (let code = from; code <= to; code++) MARKS[code]! |= SUSPICIOUS // prettier-ignore
for (const [from, to] of [[0x0e00, 0x11ff], [0x1780, 0x17ff], [0x2e80, 0xd7ff]] as const) {
  for (let code = from; code <= to; code++) MARKS[code]! |= EASTERN
} // prettier-ignore

function scan(text: string): Scan {
  let seen = 0
  let digits = 0
  let longestRun = 0
  let run = 0
  for (let i = 0; i < text.length; i++) {
    const marks = MARKS[text.charCodeAt(i)]!
    seen |= marks
    digits += marks & DIGIT
    run = (marks & KEY) === 0 ? 0 : run + 1
    if (run > longestRun) longestRun = run
  }
  return {
    ascii: (seen & BEYOND_ASCII) === 0,
    digits,
    at: text.includes('@'),
    longestRun,
    suspicious: (seen & SUSPICIOUS) !== 0,
    eastern: (seen & EASTERN) !== 0
  }
}
