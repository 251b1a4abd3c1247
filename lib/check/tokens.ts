// Classes of characters.
const SPACE = 0
const WORD = 1
/** Joins two words into one where it stands between them. */
const JOINER = 2
const MARK = 3
const UNKNOWN = 255

/** The class of each UTF-16 unit, found out when it first comes. */
const CLASSES = new Uint8Array(65536).fill(UNKNOWN)
const LETTERS = new Uint8Array(65536).fill(UNKNOWN)

const IN_WORD = /[\p{L}\p{N}\p{M}_]/u

function classOf(code: number): number {
  const known = CLASSES[code]!
  return known === UNKNOWN ? (CLASSES[code] = classify(String.fromCharCode(code))) : known
}

function classify(character: string): number {
  if (/\s/.test(character)) return SPACE
  if ("'’.-".includes(character)) return JOINER
  // Characters beyond the first 65,536 come as two surrogates: most of them are letters or emoji, and none joins words.
  return IN_WORD.test(character) ? WORD : MARK
}

/**
 * Splits a text into words and marks. Words may hold apostrophes, hyphens and full stops inside; a run of full stops is one mark.
 * Close to NLTK's word_tokenize, which however takes "don't" apart.
 */
export function tokenize(text: string): string[] {
  const tokens: string[] = []
  const { length } = text
  let at = 0
  while (at < length) {
    const code = text.charCodeAt(at)
    const kind = classOf(code)
    const start = at++
    if (kind === SPACE) continue
    if (kind === WORD) {
      while (at < length) {
        const next = classOf(text.charCodeAt(at))
        if (next !== WORD && !(next === JOINER && at + 1 < length && classOf(text.charCodeAt(at + 1)) === WORD)) break
        at++
      }
    } else if (code === FULL_STOP) {
      while (at < length && text.charCodeAt(at) === FULL_STOP) at++
    } else if (isHighSurrogate(code) && at < length) {
      at++
    }
    tokens.push(text.slice(start, at))
  }
  return tokens
}

const FULL_STOP = 0x2e

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

/** Whether a token is a word or a number rather than a mark. */
export function isWord(token: string): boolean {
  return classOf(token.charCodeAt(0)) === WORD
}

function isLetter(code: number): boolean {
  const known = LETTERS[code]!
  return (known === UNKNOWN ? (LETTERS[code] = Number(/\p{L}/u.test(String.fromCharCode(code)))) : known) === 1
}

/** The share of what stands between white space that has a letter; 1 where nothing does. */
export function alphaShare(text: string): number {
  let chunks = 0
  let withLetter = 0
  let inside = false
  let counted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (classOf(code) === SPACE) {
      inside = counted = false
      continue
    }
    if (!inside) {
      inside = true
      chunks++
    }
    if (!counted && isLetter(code)) {
      counted = true
      withLetter++
    }
  }
  return chunks === 0 ? 1 : withLetter / chunks
}

/** A text's letters, what lies between them as one space: at most so many characters. */
export function lettersOf(text: string, most: number): string {
  let letters = ''
  let from = -1
  for (let i = 0; i <= text.length && letters.length < most; i++) {
    const letter = i < text.length && isLetter(text.charCodeAt(i))
    if (letter && from === -1) from = i
    if (letter || from === -1) continue
    letters += letters === '' ? text.slice(from, i) : ` ${text.slice(from, i)}`
    from = -1
  }
  return letters.slice(0, most)
}
