import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parse as parseCsv } from 'csv-parse'
import { codeOf, messageOf, VdataError } from '../../errors.js'
import type { Rows } from './schema.js'

/** A row of a seed file: its columns by name. */
export type Row = { [column: string]: unknown }

const MAX_BYTES = 512 * 1024 * 1024
const MAX_ROWS = 1_000_000

/** Reads a seed file whole: .csv, .parquet, and JSON Lines for every other ending. Throws a VdataError with the line. */
export async function readRows(source: Rows, directory: string): Promise<Row[]> {
  const { file, columns, limit } = typeof source === 'string' ? { file: source } : source
  const path = resolve(directory, file)
  const most = Math.min(limit ?? MAX_ROWS, MAX_ROWS)
  const rows = await readAll(path, file, most)
  if (rows.length === 0) throw unusable(file, 'has no rows')
  if (!columns) return rows
  const missing = columns.find((column) => !Object.hasOwn(rows[0]!, column))
  if (missing !== undefined)
    throw unusable(file, `has no column ${JSON.stringify(missing)}, but ${Object.keys(rows[0]!).join(', ')}`)
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])))
}

async function readAll(path: string, name: string, most: number): Promise<Row[]> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw unusable(name, `has ${size} bytes, more than ${MAX_BYTES}`)
    const ending = extname(path).toLowerCase()
    if (ending === '.parquet') return await readParquet(path, most)
    return ending === '.csv' ? await readCsv(path, most) : await readJsonLines(path, name, most)
  } catch (error) {
    if (error instanceof VdataError) throw error
    throw unusable(name, codeOf(error) === 'ENOENT' ? 'does not exist' : `could not be read: ${messageOf(error)}`)
  }
}

async function readJsonLines(path: string, name: string, most: number): Promise<Row[]> {
  const rows: Row[] = []
  const input = createReadStream(path)
  let number = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++
      if (line.trim() === '') continue
      const row: unknown = parseLine(line)
      if (row === null || typeof row !== 'object' || Array.isArray(row))
        throw unusable(`${name}:${number}`, 'is not a JSON object')
      rows.push(row as Row)
      if (rows.length >= most) break
    }
  } finally {
    input.destroy()
  }
  return rows
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

async function readCsv(path: string, most: number): Promise<Row[]> {
  const rows: Row[] = []
  const input = createReadStream(path)
  const parser = input.pipe(
    parseCsv({ columns: true, bom: true, skip_empty_lines: true, max_record_size: 4 * 1024 * 1024 })
  )
  // pipe() does not carry errors: without this a file that disappears would wait for ever.
  input.on('error', (error) => parser.destroy(error))
  try {
    for await (const row of parser) {
      rows.push(row as Row)
      if (rows.length >= most) break
    }
  } finally {
    input.destroy()
  }
  return rows
}

async function readParquet(path: string, most: number): Promise<Row[]> {
  // 70 MB of native code, which a recipe without Parquet has no need of.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll('SELECT * FROM read_parquet($path) LIMIT $most', { path, most })
    return reader.getRowObjectsJson() as Row[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function unusable(name: string, why: string): VdataError {
  return new VdataError(
    'usage',
    'DATA_FILE',
    `The data file ${name} ${why}.`,
    'Paths in a recipe are relative to the recipe.'
  )
}
