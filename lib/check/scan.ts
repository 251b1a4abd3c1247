/** What one pass over a record's text tells, so that most checks know at once that there is nothing for them. */
export interface Scan {
  readonly digits: number
  readonly at: boolean
  /** The longest run of letters, digits and the marks that keys and tokens are made of. */
  readonly longestRun: number
  /** Characters that do not belong in text, or only rarely: the check `characters` looks which. */
  readonly suspicious: boolean
  /** Characters of scripts from Thai on, which the Latin, Greek, Cyrillic, Arabic and Indian ones come before. */
  readonly eastern: boolean
}

const DIGIT = 1
/** Keys and tokens are made of these. */
const KEY = 2
const SUSPICIOUS = 4
const EASTERN = 8

/** What each UTF-16 unit is. */
const MARKS = new Uint8Array(65536)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-+/=.')
  MARKS[character.charCodeAt(0)]! |= KEY
for (const character of '0123456789') MARKS[character.charCodeAt(0)]! |= KEY | DIGIT
// prettier-ignore
mark(SUSPICIOUS, [
  // C0 but tab, line feed and carriage return; DEL and C1.
  [0x00, 0x08], [0x0b, 0x0c], [0x0e, 0x1f], [0x7f, 0x9f],
  // Mongolian and zero-width marks; marks for the order of text; invisible operators; byte order mark.
  [0x180e, 0x180e], [0x200b, 0x200b], [0x202a, 0x202e], [0x2060, 0x2069], [0xfeff, 0xfeff],
  // What text that was lost in a conversion begins with; the replacement character; the first surrogate of tags.
  [0xc2, 0xc3], [0xe2, 0xe2], [0xfffd, 0xfffd], [0xdb40, 0xdb40]
])
// prettier-ignore
mark(EASTERN, [[0x0e00, 0x11ff], [0x1780, 0x17ff], [0x2e80, 0xd7ff]])

function mark(as: number, ranges: readonly (readonly [from: number, to: number])[]): void {
  for (const [from, to] of ranges) for (let code = from; code <= to; code++) MARKS[code]! |= as
}

/** Looks at each character of a text once. */
export function scan(text: string): Scan {
  let seen = 0
  let digits = 0
  let longestRun = 0
  let run = 0
  for (let i = 0; i < text.length; i++) {
    const marks = MARKS[text.charCodeAt(i)]!
    seen |= marks
    digits += marks & DIGIT
    run = (marks & KEY) === 0 ? 0 : run + 1
    if (run > longestRun) longestRun = run
  }
  return {
    digits,
    at: text.includes('@'),
    longestRun,
    suspicious: (seen & SUSPICIOUS) !== 0,
    eastern: (seen & EASTERN) !== 0
  }
}
