import type { TrainingRecord } from '../record/types.js'

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
  /** C0 controls other than line feed, tab and carriage return, and DEL. */
  readonly controls: boolean
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

  lowerTokensOf(field: Field): readonly string[] {
    return tokenize(field.text.toLowerCase())
  }

  /** The name of the field that holds a place in `all` (or in `text`, which it begins with). */
  fieldAt(offset: number): string {
    let end = -1
    for (const field of this.content) if (offset <= (end += field.text.length + 1)) return field.name
    for (const field of this.labels) if (offset <= (end += field.text.length + 1)) return field.name
    return this.content.at(-1)?.name ?? ''
  }
}

// Words may hold apostrophes and hyphens inside; a run of dots is one mark. Close to NLTK's word_tokenize, which keeps
// most marks apart, but does not split "don't".
const TOKEN = /[\p{L}\p{N}\p{M}_]+(?:['’.-][\p{L}\p{N}\p{M}_]+)*|\.{2,}|[^\s\p{L}\p{N}\p{M}_]/gu

/** Splits a text into words and marks. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** Whether a token is a word or a number rather than a mark. */
export function isWord(token: string): boolean {
  return token.length > 1 ? token.charCodeAt(0) !== 0x2e : /[\p{L}\p{N}]/u.test(token)
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
      addStrings(inner, path, add)
    }
  }
}

// For each ASCII character: bit 0 a digit, bit 1 of a key or token, bit 2 a control character that text has no use for.
const MARKS = new Uint8Array(128)
for (let code = 0; code < 32; code++) if (![9, 10, 13].includes(code)) MARKS[code] = 4
MARKS[127] = 4
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-+/=.') MARKS[character.charCodeAt(0)] = 2
for (const character of '0123456789') MARKS[character.charCodeAt(0)] = 3

function scan(text: string): Scan {
  let seen = 0
  let digits = 0
  let longestRun = 0
  let run = 0
  let ascii = true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const marks = code < 128 ? MARKS[code]! : 0
    if (code >= 128) ascii = false
    seen |= marks
    digits += marks & 1
    run = (marks & 2) === 0 ? 0 : run + 1
    if (run > longestRun) longestRun = run
  }
  return { ascii, digits, at: text.includes('@'), longestRun, controls: (seen & 4) !== 0 }
}
