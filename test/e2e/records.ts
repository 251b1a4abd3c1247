// Records in files, for the tests of the whole way.
import { readFile } from 'node:fs/promises'

export type Row = { [field: string]: unknown }

/** The JSON Lines of a file. */
export async function rowsOf(path: string): Promise<Row[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}

/** The same rows in an order, and with fields in an order, that depend on nothing but what they say. */
export function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(ordered(row))).sort()
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, ordered(each)])
  )
}

export function toLines(rows: readonly Row[]): string {
  return rows.map((row) => JSON.stringify(row) + '\n').join('')
}
