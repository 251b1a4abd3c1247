import { stripVTControlCharacters } from 'node:util'

// C0 and C1 controls and DEL; U+2028 and U+2029, which some terminals break lines at; the marks that show text in another
// order than it has; and the byte order mark.
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g
const CONTROLS_BUT_BREAKS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** The colours that vdata itself writes (bin/create-context.ts); every other escape sequence is taken out. */
export const OWN_COLORS = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/

/** Outside text for one line of a terminal: no escape sequences, no control characters, breaks and tabs become a space. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(BREAKS, ' ').replace(CONTROLS, '')
}

/** Outside text for several lines of a terminal: line feeds and tabs stay. */
export function cleanLines(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROLS_BUT_BREAKS, '')
}

/** Like `cleanLines`, but vdata's own colours stay where `color` says so. */
export function cleanColored(text: string, color: boolean): string {
  if (!color) return cleanLines(text)
  return text
    .split(OWN_COLORS)
    .map((part, index) => (index % 2 === 1 ? part : cleanLines(part)))
    .join('')
}

/** JSON on one line, with the characters escaped that a terminal could act on: the value stays the same. */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null'
  return json.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0')
  )
}

/** A capital at the start and a period at the end. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '') + '.'
}

/** The start of a sentence that goes on another; names in capitals stay. */
export function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
