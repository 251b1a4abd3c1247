import { clean } from './text.js'
import { displayWidth } from './width.js'

export interface TableOptions {
  head?: readonly string[]
  /** The columns whose cells end at the same place: numbers. */
  right?: readonly number[]
}

/** Rows as aligned columns, two spaces apart. Cells are cleaned, because they are mostly outside text. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const all = (options.head ? [options.head, ...rows] : rows).map((row) => row.map(clean))
  const widths: number[] = []
  for (const row of all) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))
  }
  const right = new Set(options.right)
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - displayWidth(cell))
        return right.has(column) ? space + cell : cell + space
      })
      return cells.join('  ').trimEnd()
    })
    .join('\n')
}
