import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api'
import { codeOf, messageOf } from '../../errors.js'
import { SIDE_TABLES, TABLE_COLUMNS, type SideRows, type SideTable } from './columns.js'

/** What a statement may use at most. */
export interface EngineLimits {
  /** Bytes of memory of DuckDB's own; beyond it, it spills. */
  memory: number
  /** Bytes that it may spill to the disk. */
  spill: number
  threads: number
}

/** JSON Lines on the disk, to be loaded, and what all of them have in common. */
export interface LoadedFile {
  path: string
  volume: string
  contributor: string
}

/** What went wrong in DuckDB, as its own words and place. */
export class EngineError extends Error {
  readonly kind: string
  readonly position: number | undefined

  constructor(kind: string, message: string, position?: number) {
    super(message)
    this.kind = kind
    this.position = position
  }
}

const ROWS_AT_ONCE = 512 * 1024
/** No line of JSON Lines is longer: a record's limit and room for its id. */
const LINE_MAX = 1_200_000

/**
 * DuckDB with the tables of a dataset: `open`, `load`, `lock`, then the statement. Runs in a process of its own, see
 * process.ts: a statement can use more memory or time than DuckDB keeps account of.
 */
export class Engine {
  private readonly instance: DuckDBInstance
  private readonly connection: DuckDBConnection
  private columns: string[] = []
  private result: DuckDBResult | null = null

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance
    this.connection = connection
  }

  static async open(scratch: string, limits: EngineLimits): Promise<Engine> {
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const spill = join(scratch, 'spill')
    mkdirSync(spill, { recursive: true })
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(limits.threads),
      memory_limit: `${limits.memory}B`,
      temp_directory: spill,
      max_temp_directory_size: `${limits.spill}B`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      errors_as_json: 'true'
    })
    return new Engine(instance, await instance.connect())
  }

  /** The tree of a statement, as JSON; see tree.ts. */
  async tree(sql: string): Promise<string> {
    const [row] = await this.rows('SELECT json_serialize_sql($sql::VARCHAR, skip_null := true)', { sql })
    return String(row?.[0])
  }

  /** Which of these functions are aggregates. */
  async aggregates(names: string[]): Promise<string[]> {
    const sql = `SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'`
    const all = new Set((await this.rows(sql)).map(([name]) => String(name)))
    return names.filter((name) => all.has(name))
  }

  /** @param columns the columns of `records` that are loaded; the others are there, and null */
  async createTables(columns: string[], sides: SideRows): Promise<void> {
    this.columns = columns
    const all = TABLE_COLUMNS.map(({ name, type }) => `"${name}" ${type}`)
    await this.connection.run(`CREATE TABLE records (${all.join(', ')})`)
    for (const [table, types] of Object.entries(SIDE_TABLES)) {
      const columnList = Object.entries(types).map(([name, type]) => `"${name}" ${type}`)
      await this.connection.run(`CREATE TABLE ${table} (${columnList.join(', ')})`)
      await this.insert(table as SideTable, sides[table as SideTable])
    }
  }

  private async insert(table: SideTable, rows: (string | number | null)[][]): Promise<void> {
    const types = Object.values(SIDE_TABLES[table])
    const AT_ONCE = 500
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const some = rows
        .slice(from, from + AT_ONCE)
        .map((row) => row.map((value) => (value === null ? null : String(value))))
      const values = some.map((row, i) => `(${row.map((_, j) => `$${i * types.length + j + 1}::VARCHAR`).join(', ')})`)
      const casts = types.map((type, j) => `CAST(c${j} AS ${type})`)
      const names = types.map((_, j) => `c${j}`).join(', ')
      const sql = `INSERT INTO ${table} SELECT ${casts.join(', ')} FROM (VALUES ${values.join(', ')}) AS v(${names})`
      await this.connection.run(sql, some.flat())
    }
  }

  /** Appends the files' records to the table, in the order of the files and their lines. */
  async load(files: LoadedFile[]): Promise<void> {
    const added = new Set(['volume', 'contributor'])
    const read = TABLE_COLUMNS.filter(({ name }) => this.columns.includes(name) && !added.has(name))
    const struct = (read.length > 0 ? read : TABLE_COLUMNS.slice(0, 1)).map(({ name, type }) => `"${name}": '${type}'`)
    const paths = files.map(({ path }) => literal(path)).join(', ')
    const of = (field: 'volume' | 'contributor') => {
      const values = files.map((file) => literal(file[field])).join(', ')
      return `[${values}][list_position([${paths}], filename)]`
    }
    const selected = this.columns.map((name) => (added.has(name) ? of(name as 'volume') : `"${name}"`))
    await this.connection.run(
      `INSERT INTO records (${this.columns.map((name) => `"${name}"`).join(', ')}) SELECT ${selected.join(', ')} FROM read_json([${paths}], format = 'newline_delimited', ` +
        `columns = {${struct.join(', ')}}, maximum_object_size = ${LINE_MAX}, filename = true)`
    )
  }

  /** Rows that the statement has now, at most `most`. */
  async count(sql: string): Promise<number> {
    await this.connection.run(`CREATE OR REPLACE TEMP VIEW answer AS\n${sql}`)
    const [row] = await this.rows('SELECT count(*) FROM answer')
    return Number(row?.[0])
  }

  /** Shuts everything but the tables away, for good. `path` is the one file that may still be written. */
  async lock(threads: number, path?: string): Promise<void> {
    await this.connection.run(`SET threads = ${threads}`)
    if (path !== undefined) await this.connection.run(`SET allowed_paths = [${literal(path)}]`)
    await this.connection.run('SET enable_external_access = false')
    await this.connection.run('SET lock_configuration = true')
  }

  /** Prepares the statement; what comes then is its answer. Returns its columns and their types. */
  async ask(sql: string): Promise<{ name: string; type: string }[]> {
    // A view would say an error's place in its own text.
    const prepared = await this.connection.prepare(sql)
    prepared.destroySync()
    await this.connection.run(`CREATE OR REPLACE TEMP VIEW answer AS\n${sql}`)
    const rows = await this.rows('SELECT column_name, column_type FROM (DESCRIBE answer)')
    return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
  }

  /**
   * Starts the answer as lines: JSON objects, or, with `cells`, JSON lists of text and null. Times are RFC 3339, in UTC;
   * numbers that JSON lacks are null.
   */
  async start(columns: { name: string; type: string }[], cells: boolean): Promise<void> {
    const values = columns.map(({ name, type }) => shown(`"${name.replaceAll('"', '""')}"`, type, cells))
    const fields = columns.map(({ name }, i) => `${literal(name)}, ${values[i]}`)
    const line = cells ? `json_array(${values.join(', ')})` : `json_object(${fields.join(', ')})`
    this.result = await this.connection.stream(`SELECT CAST(${line} AS VARCHAR) FROM answer`)
  }

  /** The next lines and their number, or null at the end. */
  async next(): Promise<{ lines: string; rows: number } | null> {
    const parts: string[] = []
    let length = 0
    while (this.result && length < ROWS_AT_ONCE) {
      const chunk = await this.result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) {
        this.result = null
        break
      }
      for (const line of chunk.getColumnValues(0)) {
        parts.push(String(line))
        length += String(line).length + 1
      }
    }
    return parts.length === 0 ? null : { lines: parts.join('\n') + '\n', rows: parts.length }
  }

  /** Writes the answer, or the table, as Parquet to the one allowed path; returns the number of rows. */
  async writeParquet(from: 'answer' | 'records', path: string): Promise<number> {
    const options = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 50000'
    const [row] = await this.rows(`COPY ${from} TO ${literal(path)} (${options})`)
    return Number(row?.[0])
  }

  /** Runs a statement of our own, for tables of another shape than a record's; before `lock` only. */
  async run(sql: string): Promise<void> {
    await this.connection.run(sql)
  }

  close(): void {
    this.connection.closeSync()
    this.instance.closeSync()
  }

  private async rows(sql: string, values?: { [name: string]: string }): Promise<unknown[][]> {
    const reader = await this.connection.runAndReadAll(sql, values)
    return reader.getRows()
  }
}

/** How a column is written: text for times and what JSON lacks, itself for the rest. */
function shown(column: string, type: string, cells: boolean): string {
  let value = column
  if (type === 'TIMESTAMP') value = time(column)
  else if (type === 'TIMESTAMP WITH TIME ZONE') value = time(`timezone('UTC', ${column})`)
  else if (type === 'DOUBLE' || type === 'FLOAT') value = `CASE WHEN isfinite(${column}) THEN ${column} END`
  if (!cells) return value
  return /[[(]/.test(type) && !type.startsWith('DECIMAL')
    ? `CAST(to_json(${value}) AS VARCHAR)`
    : `CAST(${value} AS VARCHAR)`
}

function time(column: string): string {
  const format = (seconds: string) => `strftime(${column}, '%Y-%m-%dT%H:%M:${seconds}Z')`
  return `CASE WHEN date_trunc('second', ${column}) = ${column} THEN ${format('%S')} ELSE ${format('%S.%f')} END`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** DuckDB's errors, which come as JSON, as a kind, words and a place. */
export function toEngineError(error: unknown): EngineError {
  const text = messageOf(error)
  try {
    const told = JSON.parse(text.slice(text.indexOf('{'))) as { [field: string]: unknown }
    const position = Number(told.position)
    const at = told.position !== undefined && Number.isSafeInteger(position) ? position : undefined
    return new EngineError(String(told.exception_type), String(told.exception_message), at)
  } catch {
    return new EngineError(codeOf(error) || /^(\w[\w ]*) Error:/.exec(text)?.[1] || 'Unknown', text)
  }
}
