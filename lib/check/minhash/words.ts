/** What a text becomes before its words are compared: see `readWords`. */
export interface Words {
  /** The words as UTF-8, one space between each two. */
  readonly bytes: Uint8Array
  /** Where each word begins, and at last one past the end of the last. Only the first `count + 1` are set. */
  readonly starts: Uint32Array
  /** 1 where a sentence or a line ends after the word. */
  readonly ends: Uint8Array
  readonly count: number
}

/** The most bytes and words that `readWords` writes for a text of so many UTF-16 units, once it is decomposed. */
export function wordBounds(units: number): { bytes: number; words: number } {
  // A unit takes at most three bytes of UTF-8, and may be a word with a space after it.
  return { bytes: units * 4 + 8, words: units + 1 }
}

const SPACE = 0x20
const ZERO = 0x30

// For each ASCII character: 0 nothing, 1 part of a word, 2 a digit, 3 white space, 4 white space that ends a line, 5 ends a sentence.
const CLASS = new Uint8Array(128)
for (let code = 0x61; code <= 0x7a; code++) CLASS[code] = CLASS[code - 0x20] = 1
for (let code = ZERO; code <= ZERO + 9; code++) CLASS[code] = 2
for (const code of [0x09, 0x0b, 0x0c, SPACE]) CLASS[code] = 3
for (const code of [0x0a, 0x0d]) CLASS[code] = 4
for (const mark of '.!?') CLASS[mark.charCodeAt(0)] = 5

// Scripts that put no spaces between words: each character counts as one.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const IGNORED = /[\p{P}\p{S}\p{C}\p{M}]/u
const WHITE = /\s/u
const SENTENCE_END = /[。！？…؟۔।]/u

/** Lower case without diacritics, as `readWords` wants it. */
export function decomposed(text: string): string {
  const lower = text.toLowerCase()
  return DECOMPOSABLE.test(lower) ? lower.normalize('NFD').replace(/\p{Mn}+/gu, '') : lower
}

// All but ASCII, the marks of Latin-1, general punctuation and symbols, none of which has a diacritic.
const DECOMPOSABLE = /[\u00c0-\u1fff\u2c00-\uffff]/

/**
 * Reads the words of a text as datatrove's `simplify_text` leaves them: lower case, no punctuation, no diacritics, each run of
 * digits a single 0, any white space one space. Where datatrove would run spaCy, vdata splits at spaces, and at each
 * character of scripts without spaces.
 * @param text as `decomposed` gives it
 * @param into buffers of the size that `wordBounds` says; only `count` is new in what is returned
 */
export function readWords(text: string, into: Omit<Words, 'count'>): Words {
  const { bytes, starts, ends } = into
  let at = 0
  let count = 0
  /** Whether a word is open: something of it was written. */
  let open = false
  let digits = false

  function close(): void {
    if (!open) return
    open = digits = false
    bytes[at++] = SPACE
    count++
  }
  function begin(): void {
    if (open) return
    open = true
    starts[count] = at
    ends[count] = 0
  }
  function endSentence(): void {
    if (open) ends[count] = 1
    else if (count > 0) ends[count - 1] = 1
  }

  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 128) {
      switch (CLASS[code]) {
        case 1:
          begin()
          digits = false
          bytes[at++] = code | 0x20
          break
        case 2:
          begin()
          if (!digits) bytes[at++] = ZERO
          digits = true
          break
        case 3:
          close()
          break
        case 4:
          endSentence()
          close()
          break
        case 5:
          // A full stop between two characters ("3.5", "e.g") ends nothing.
          if (i + 1 === text.length || text.charCodeAt(i + 1) <= SPACE || CLASS[text.charCodeAt(i + 1)] === 0)
            endSentence()
          break
      }
      continue
    }
    const point = text.codePointAt(i)!
    const character = String.fromCodePoint(point)
    if (point > 0xffff) i++
    if (SENTENCE_END.test(character)) {
      endSentence()
      close()
    } else if (WHITE.test(character)) {
      close()
    } else if (!IGNORED.test(character)) {
      const alone = UNSPACED.test(character)
      if (alone) close()
      begin()
      digits = false
      at = writePoint(bytes, at, point)
      if (alone) close()
    }
  }
  close()
  starts[count] = at
  if (count > 0) ends[count - 1] = 1
  return { bytes, starts, ends, count }
}

function writePoint(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x800) {
    bytes[at++] = 0xc0 | (point >> 6)
  } else if (point < 0x10000) {
    bytes[at++] = 0xe0 | (point >> 12)
    bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
  } else {
    bytes[at++] = 0xf0 | (point >> 18)
    bytes[at++] = 0x80 | ((point >> 12) & 0x3f)
    bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
  }
  bytes[at++] = 0x80 | (point & 0x3f)
  return at
}
