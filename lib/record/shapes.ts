import { CONTENT, isColumn, isFacet, REQUIRED } from './fields.js'
import { isPlainObject, put, quote } from './json-value.js'
import { applyMapping, type Mapping } from './mapping.js'
import { checkFields, fieldProblem, type Checked } from './schema.js'
import { INPUT_GAP } from './shapes-out.js'
import { readTurns } from './turns.js'
import { KINDS, type Kind } from './types.js'

export { parseMapping, type Mapping } from './mapping.js'
export { SHAPES, toShape, type Shape, type Shaped } from './shapes-out.js'

type Row = { [column: string]: unknown }

/** The beginning of a record. */
interface Draft {
  kind: Kind
  content: Row
  /** The columns that the content was made from. */
  used: readonly string[]
  /** What can be said about the content only under `extra`. */
  extra?: Row
}

type Outcome = Draft | { problem: string }

/**
 * Makes a record of one value of an imported file: vdata's own records, Alpaca, OpenAI chat, ShareGPT, preference pairs,
 * plain text, or what `mapping` says. Columns that a record has no field for are kept under `extra`, and so is a
 * foreign column that has a facet's name but not its form (`seed: "none"`). A row that names one of our kinds itself is
 * a record already and is held to the schema; in it, null and an empty facet are the same as nothing, because a table
 * of several kinds is full of them. The record's size is the caller's to check (`sizeProblem`).
 */
export function importRecord(value: unknown, mapping?: Mapping): Checked {
  const row = typeof value === 'string' ? { text: value } : value
  if (!isPlainObject(row)) return { problem: 'it is neither an object nor text' }
  if (!mapping) return finish(row, draft(row), isKind(row.kind))
  const mapped = applyMapping(row, mapping)
  if ('problem' in mapped) return mapped
  const strict = isKind(row.kind) && row.kind === mapped.row.kind
  return finish(mapped.row, draft(mapped.row), strict, mapped.kept)
}

/** Finds the row's shape. A kind that the row names is what it must be. */
function draft(row: Row): Outcome {
  const { kind } = row
  if (!isKind(kind)) return recognise(row) ?? { problem: unknownShape(row) }
  const missing = REQUIRED[kind].find((field) => !has(row, field))
  const found = missing === undefined ? native(row, kind) : recognise(row)
  if (found && 'problem' in found) return found
  if (found?.kind !== kind) return { problem: `${missing} is missing, which a record of kind ${kind} has` }
  return { ...found, used: ['kind', ...found.used] }
}

function isKind(value: unknown): value is Kind {
  return typeof value === 'string' && (KINDS as readonly string[]).includes(value)
}

function has(row: Row, column: string): boolean {
  return Object.hasOwn(row, column) && row[column] !== null && row[column] !== undefined
}

function recognise(row: Row): Outcome | undefined {
  if (has(row, 'chosen') && has(row, 'rejected')) return native(row, 'preference')
  if (has(row, 'messages')) return dialogue(row, 'messages')
  if (has(row, 'conversations')) return dialogue(row, 'conversations')
  if (has(row, 'prompt') && has(row, 'response')) return native(row, 'instruction')
  if (has(row, 'instruction') && has(row, 'output')) return alpaca(row, 'output')
  if (has(row, 'instruction') && has(row, 'response')) return alpaca(row, 'response')
  if (has(row, 'prompt') && has(row, 'completion')) return instruction(row, row.prompt, ['prompt', 'completion'])
  if (has(row, 'text')) return native(row, 'text')
  if (has(row, 'content')) return { kind: 'text', content: { text: row.content }, used: ['content'] }
  return undefined
}

function unknownShape(row: Row): string {
  const names = Object.keys(row)
  if (names.length === 0) return 'it is empty'
  const shown = names.slice(0, 6).map(quote).join(', ')
  return `no known shape has the fields ${shown}${names.length > 6 ? ', …' : ''}; --map field=column says what they are`
}

/** Content that has the names of our own fields. */
function native(row: Row, kind: Kind): Outcome {
  if (kind === 'chat') return dialogue(row, 'messages')
  const content: Row = {}
  for (const field of CONTENT[kind]) if (has(row, field)) content[field] = row[field]
  // Pairs of whole dialogues come without a prompt.
  if (kind === 'preference') content.prompt ??= ''
  return { kind, content, used: CONTENT[kind] }
}

function instruction(row: Row, prompt: unknown, used: [...string[], answer: string], extra?: Row): Draft {
  const content: Row = { prompt, response: row[used.at(-1) ?? ''] }
  if (typeof row.system !== 'string') return { kind: 'instruction', content, used, extra }
  content.system = row.system
  return { kind: 'instruction', content, used: [...used, 'system'], extra }
}

/**
 * Alpaca's input (Dolly calls it context) follows its instruction in the prompt, as a model is to see it. Where it begins
 * is kept, so that the two can be told apart again; a copy of a long input would not fit under `extra`.
 */
function alpaca(row: Row, answer: string): Outcome {
  const asked = row.instruction
  if (typeof asked !== 'string') return { problem: 'instruction must be a string' }
  const column = ['input', 'context'].find((name) => typeof row[name] === 'string')
  if (column === undefined) return instruction(row, asked, ['instruction', answer])
  const input = row[column]
  const used: [...string[], string] = ['instruction', column, answer]
  if (input === '') return instruction(row, asked, used)
  const start = asked + INPUT_GAP
  return instruction(row, start + String(input), used, { input_at: start.length })
}

function dialogue(row: Row, column: string): Outcome {
  const turns = readTurns(row[column], column)
  if ('problem' in turns) return turns
  const { messages, leftover, style } = turns
  const used = [column]
  if (typeof row.system === 'string' && row.system !== '' && messages[0]?.role !== 'system') {
    messages.unshift({ role: 'system', content: row.system })
    leftover?.unshift({})
    used.push('system')
  }
  return { kind: 'chat', content: { messages }, used, extra: leftover && { [style]: leftover } }
}

/** Adds what else is in the row to the content: facets and provenance as fields, all others under `extra`. */
function finish(row: Row, made: Outcome, strict: boolean, kept?: Row): Checked {
  if ('problem' in made) return made
  const record: Row = { kind: made.kind, ...made.content }
  const given = isPlainObject(row.extra) ? row.extra : undefined
  const named = isKind(row.kind)
  let others: Row | undefined
  for (const key of Object.keys(row)) {
    const value = row[key]
    if (value === undefined) continue
    if ((made.used.includes(key) && has(row, key)) || (key === 'extra' && given)) continue
    if (named && (value === null || value === '') && isColumn(key)) continue
    const isField = isFacet(key) ? strict || fieldProblem(key, value) === undefined : strict && key === 'extra'
    if (isField) record[key] = value
    else put((others ??= {}), key, value)
  }
  const parts = [given, others, made.extra, kept].filter((part) => part !== undefined)
  if (parts.length === 1) record.extra = parts[0]
  else if (parts.length > 1) {
    const extra: Row = {}
    for (const part of parts) {
      for (const key of Object.keys(part)) {
        if (Object.hasOwn(extra, key)) return { problem: `${quote(key)} would stand twice under extra` }
        put(extra, key, part[key])
      }
    }
    record.extra = extra
  }
  return checkFields(record)
}
