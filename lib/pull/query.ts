import { Buffer } from 'node:buffer'
import { VdataError } from '../errors.js'
import type { Assembler } from './assemble.js'
import type { Outputs } from './output/outputs.js'
import { csvLine } from './render/csv.js'
import { RenderPool } from './render/pool.js'
import type { RenderSpec, TextFormat } from './render/render.js'
import type { RemoteEngine } from './sql/remote.js'

export type AnswerColumns = { name: string; type: string }[]

/** Whether rows are written as they are; else they have to be records, and are treated as such. */
export function rowsAreEnough({ shape, split, sample, maxTokens, ids, benchmarks }: RenderSpec): boolean {
  return !shape && !split && sample === undefined && maxTokens === undefined && !ids && !benchmarks
}

/** Writes the rows of an answer as they are. */
export async function writeRows(
  engine: RemoteEngine,
  columns: AnswerColumns,
  format: TextFormat,
  outputs: Outputs,
  guard = false
): Promise<void> {
  if (format === 'text' && columns.length !== 1) throw notText(columns.length)
  const cells = format === 'csv' || format === 'text'
  await engine.call('start', columns, cells)
  for (;;) {
    const part = await engine.call('next')
    if (!part) return
    await outputs.write(0, cells ? toText(part.lines, columns, format, guard) : toJson(part.lines, format), part.rows)
  }
}

/** The first row of a CSV. */
export function csvHead(columns: AnswerColumns): string {
  return csvLine(columns.map(({ name }) => name))
}

function toJson(lines: string, format: TextFormat): string {
  return format === 'json' ? lines.trimEnd().replaceAll(/^/gm, ',\n').replaceAll('\n\n', '\n') : lines
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN)$/

function toText(lines: string, columns: AnswerColumns, format: TextFormat, guard: boolean): string {
  const numbers = columns.map(({ type }) => NUMBER.test(type))
  let text = ''
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const values = JSON.parse(line) as (string | null)[]
    if (format === 'text') text += `${values[0] ?? ''}\n\n`
    // A number needs no quotes, whatever it begins with.
    else if (!guard) text += csvLine(values)
    else text += values.map((value, i) => csvLine([value], !numbers[i]).slice(0, -2)).join(',') + '\r\n'
  }
  return text
}

/** Writes the rows of an answer as the records that they are. */
export async function writeRowsAsRecords(
  engine: RemoteEngine,
  columns: AnswerColumns,
  spec: RenderSpec,
  assembler: Assembler
): Promise<void> {
  if (!columns.some(({ name }) => name === 'kind')) throw notRecords()
  const pool = new RenderPool({ ...spec, rows: true })
  try {
    await engine.call('start', columns, false)
    for (;;) {
      const part = await engine.call('next')
      if (!part) return
      const job = { bytes: Buffer.from(part.lines), encoded: false, drops: [], whole: true }
      await assembler.add(await pool.render(job))
    }
  } finally {
    await pool.close()
  }
}

function notText(columns: number): VdataError {
  const what = `A text file has one column, and the statement has ${columns}.`
  return new VdataError('usage', 'NOT_TEXT', what, 'SELECT one column, or write another format.')
}

function notRecords(): VdataError {
  const what = 'The rows of the statement are no records, and only records have a shape, a split, a sample or tokens.'
  return new VdataError('usage', 'NOT_RECORDS', what, 'Begin it with SELECT * FROM records.')
}
