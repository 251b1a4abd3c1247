import { CONTENT, FACETS, isColumn, type Facet } from './fields.js'
import { isPlainObject, put, quote } from './json-value.js'
import { applyMapping, type Mapping } from './mapping.js'
import { checkFields, fieldProblem, type Checked } from './schema.js'
import { INPUT_GAP } from './shapes-out.js'
import { readTurns, type TurnStyle } from './turns.js'
import { KINDS, type Kind } from './types.js'

export { parseMapping, type Mapping } from './mapping.js'
export { SHAPES, toShape, type Shape } from './shapes-out.js'

type Row = { [column: string]: unknown }

/** A record in the making. */
interface Draft {
  /** Kind and content. */
  content: Row
  /** The columns that the content was made from. */
  used: readonly string[]
  /** What can be said of the content only under `extra`. */
  extra?: Row
}

type Outcome = Draft | { problem: string }

/**
 * Makes a record of one value of an imported file: vdata's own records, Alpaca, OpenAI chat, ShareGPT, preference pairs,
 * plain text, or what `mapping` says. Columns that a record has no field for are kept under `extra`, and so is a
 * foreign column that has a facet's name but not its form (`seed: "none"`). vdata's own records are held to their schema.
 * The record's size is the caller's to check (`sizeProblem`).
 */
export function importRecord(value: unknown, mapping?: Mapping): Checked {
  if (typeof value === 'string') return checkFields({ kind: 'text', text: value })
  if (!isPlainObject(value)) return { problem: 'it is neither an object nor text' }
  if (!mapping) return finish(value, draft(value), ownKind(value) !== undefined)
  const mapped = applyMapping(value, mapping)
  if ('problem' in mapped) return mapped
  return finish(mapped.row, draft(mapped.row), false, mapped.kept)
}

/** The kind, where the row is one of vdata's own records: it names a kind and has all that the kind needs. */
function ownKind(row: Row): Kind | undefined {
  const kind = KINDS.find((known) => known === row.kind)
  if (kind === undefined) return undefined
  // An instruction can do without a system prompt, and a table leaves out a preference's empty prompt.
  const optional = kind === 'instruction' ? 'system' : 'prompt'
  return CONTENT[kind].every((field) => field === optional || has(row, field)) ? kind : undefined
}

function draft(row: Row): Outcome {
  const kind = ownKind(row)
  if (kind === 'chat') return dialogue(row, 'messages', ['kind'])
  if (kind !== undefined) return { content: pick(row, kind), used: ['kind', ...CONTENT[kind]] }
  if (has(row, 'chosen') && has(row, 'rejected')) {
    return { content: pick(row, 'preference'), used: CONTENT.preference }
  }
  if (has(row, 'messages')) return dialogue(row, 'messages')
  if (has(row, 'conversations')) return dialogue(row, 'conversations')
  if (has(row, 'prompt') && has(row, 'response')) return question(row, 'prompt', 'response')
  if (has(row, 'instruction')) {
    for (const answer of ['output', 'response']) if (has(row, answer)) return alpaca(row, answer)
  }
  if (has(row, 'prompt') && has(row, 'completion')) return question(row, 'prompt', 'completion')
  for (const field of ['text', 'content']) {
    if (has(row, field)) return { content: { kind: 'text', text: row[field] }, used: [field] }
  }
  return { problem: unknownShape(row) }
}

function has(row: Row, column: string): boolean {
  return Object.hasOwn(row, column) && row[column] !== null && row[column] !== undefined
}

function unknownShape(row: Row): string {
  if (typeof row.kind === 'string' && Object.hasOwn(CONTENT, row.kind)) {
    const missing = CONTENT[row.kind as Kind].find((field) => field !== 'system' && !has(row, field))
    return `${missing ?? 'its content'} is missing, which a record of kind ${row.kind} has`
  }
  const names = Object.keys(row)
  if (names.length === 0) return 'it is empty'
  const shown = names.slice(0, 6).map(quote).join(', ')
  return `no known shape has the fields ${shown}${names.length > 6 ? ', …' : ''}; --map field=column says what they are`
}

function pick(row: Row, kind: Exclude<Kind, 'chat'>): Row {
  const content: Row = { kind }
  for (const field of CONTENT[kind]) if (has(row, field)) content[field] = row[field]
  // Pairs of whole dialogues come without a prompt.
  if (kind === 'preference') content.prompt ??= ''
  return content
}

function question(row: Row, prompt: string, response: string): Draft {
  const content: Row = { kind: 'instruction', prompt: row[prompt], response: row[response] }
  return withSystem(row, { content, used: [prompt, response] })
}

function withSystem(row: Row, made: Draft): Draft {
  if (typeof row.system !== 'string') return made
  made.content.system = row.system
  return { ...made, used: [...made.used, 'system'] }
}

/**
 * Alpaca's input follows its instruction in the prompt, as a model is to see it. Where it begins is kept, so that the
 * two can be told apart again; a copy of a long input would not fit under `extra`.
 */
function alpaca(row: Row, answer: string): Outcome {
  const { instruction, input } = row
  if (typeof instruction !== 'string') return { problem: 'instruction must be text' }
  const made: Draft = {
    content: { kind: 'instruction', prompt: instruction, response: row[answer] },
    used: ['instruction', answer]
  }
  if (typeof input === 'string') {
    made.used = [...made.used, 'input']
    if (input !== '') {
      made.content.prompt = instruction + INPUT_GAP + input
      made.extra = { input_at: instruction.length + INPUT_GAP.length }
    }
  }
  return withSystem(row, made)
}

function dialogue(row: Row, field: TurnStyle, used: string[] = []): Outcome {
  const turns = readTurns(row[field], field)
  if ('problem' in turns) return turns
  const { messages, leftover } = turns
  used.push(field)
  if (typeof row.system === 'string' && row.system !== '' && messages[0]?.role !== 'system') {
    messages.unshift({ role: 'system', content: row.system })
    leftover?.unshift({})
    used.push('system')
  }
  return { content: { kind: 'chat', messages }, used, extra: leftover && { [field]: leftover } }
}

const FACET_SET: ReadonlySet<string> = new Set(FACETS)

/** Adds what else is in the row to the content: facets and provenance as fields, all others under `extra`. */
function finish(row: Row, made: Outcome, own: boolean, kept?: Row): Checked {
  if ('problem' in made) return made
  const record = made.content
  const given = isPlainObject(row.extra) ? row.extra : undefined
  const others: Row = {}
  let some = false
  for (const key of Object.keys(row)) {
    const value = row[key]
    if (made.used.includes(key) || (key === 'extra' && given)) continue
    // A table that holds records of several kinds has nulls where a kind has no such field.
    if (own && (value === null || value === undefined) && isColumn(key)) continue
    if (FACET_SET.has(key) ? own || fieldProblem(key as Facet, value) === undefined : own && key === 'extra') {
      record[key] = value
    } else {
      put(others, key, value)
      some = true
    }
  }
  if (!some && !made.extra && !kept) {
    if (given) record.extra = given
    return checkFields(record)
  }
  const extra: Row = {}
  for (const part of [given, others, made.extra, kept]) {
    for (const key of Object.keys(part ?? {})) {
      if (Object.hasOwn(extra, key)) return { problem: `${quote(key)} would stand twice under extra` }
      put(extra, key, part?.[key])
    }
  }
  record.extra = extra
  return checkFields(record)
}
