import { COLUMNS, type Column } from './fields.js'
import type { TrainingRecord } from './types.js'

export { COLUMNS } from './fields.js'

/** A record as a line of JSON Lines, with its line end. */
export function jsonLine(record: TrainingRecord): string {
  return JSON.stringify(record) + '\n'
}

/** The names of the columns as the first row of a CSV, with its line end. */
export function csvHeader(): string {
  return COLUMNS.join(',') + '\r\n'
}

/**
 * A record as a row of a CSV (RFC 4180), with its line end. Messages, tags and extra are JSON. A field that the record
 * does not have is an empty cell; one that is empty text is `""`, so that reading the table gives the same record.
 */
export function csvRow(record: TrainingRecord): string {
  const fields: { readonly [K in Column]?: unknown } = record
  let row = ''
  for (const column of COLUMNS) row += (row === '' ? '' : ',') + cell(fields[column])
  return row + '\r\n'
}

function cell(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // Spaces at the ends are quoted too: some readers trim cells that are not.
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * A record as plain text, with the blank line that separates it from the next: a text as it is; an instruction as
 * system, prompt and response with a blank line between them; a dialogue as a paragraph `role: content` a turn; a
 * preference as its prompt and the chosen answer.
 */
export function asText(record: TrainingRecord): string {
  return renderText(record) + '\n\n'
}

/** `asText` without the separator. */
export function renderText(record: TrainingRecord): string {
  switch (record.kind) {
    case 'text':
      return record.text
    case 'instruction':
      return paragraphs(record.system, record.prompt, record.response)
    case 'chat':
      return paragraphs(...record.messages.map(({ role, name, content }) => `${name ?? role}: ${content}`))
    case 'preference':
      return paragraphs(record.prompt, record.chosen)
  }
}

function paragraphs(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}
