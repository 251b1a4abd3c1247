import type { TrainingRecord } from '../record/types.js'
import { scan, type Scan } from './scan.js'
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
  readonly #fieldTokens = new Map<Field, string[]>()
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
    if (this.#tokens) return this.#tokens
    const [first, ...others] = this.content.map((field) => this.tokensOf(field))
    return (this.#tokens = first?.concat(...others) ?? [])
  }

  /** The words, numbers and marks of one of the content fields. */
  tokensOf(field: Field): readonly string[] {
    let tokens = this.#fieldTokens.get(field)
    if (!tokens) this.#fieldTokens.set(field, (tokens = tokenize(field.text)))
    return tokens
  }

  /** The same in lower case. */
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
