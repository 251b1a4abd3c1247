import truncatedWidth from 'fast-string-truncated-width'
import { OWN_COLORS } from './text.js'

/** The columns that a text takes on a terminal: wide characters count two, colours none. */
export function displayWidth(text: string): number {
  return truncatedWidth(text).width
}

/** Cuts a text to a number of columns, with an ellipsis where something was cut. */
export function truncate(text: string, columns: number): string {
  const cut = truncatedWidth(text, { limit: columns, ellipsis: '…' })
  if (!cut.truncated) return text
  const colored = OWN_COLORS.test(text) ? '\u001b[22m\u001b[39m' : ''
  return text.slice(0, cut.index) + (cut.ellipsed ? '…' : '') + colored
}
