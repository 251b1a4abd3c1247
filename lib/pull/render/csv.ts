/** What makes a spreadsheet take a cell for a formula; OWASP's list. */
const FORMULA = /^[=+\-@\t\r]/

/**
 * A row of a CSV (RFC 4180), with its line end. What is undefined or null is an empty cell, and empty text is `""`.
 * @param guard put an apostrophe before what a spreadsheet would run as a formula; numbers stay numbers
 */
export function csvLine(values: readonly unknown[], guard = false): string {
  return values.map((value) => cell(value, guard)).join(',') + '\r\n'
}

function cell(value: unknown, guard: boolean): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const own = typeof value === 'string' ? value : JSON.stringify(value)
  const text = guard && FORMULA.test(own) && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(own) ? `'${own}` : own
  // Spaces at the ends are quoted too: some readers trim cells that are not.
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
