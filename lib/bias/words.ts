/**
 * Splits text into words and sentences, in one pass.
 *
 * Words come lower-cased, as NLTK's tokenizer would give them to HELM's metrics where it matters for word lists:
 * "She's" is "she" and "'s", "isn't" is "is" and "n't", "co-worker" and "O'Brien" stay whole; punctuation is dropped.
 */
export class WordStream {
  /** The words of the last text. Only the first `length` are its own. */
  readonly words: string[] = []
  /** For each word, which sentence it is in. */
  readonly sentenceOf: number[] = []
  /** For each sentence, where it starts and ends in the text, in UTF-16 units. */
  readonly starts: number[] = []
  readonly ends: number[] = []
  length = 0
  sentences = 0
  private readonly segmenter: Intl.Segmenter | undefined

  /** `language` is BCP 47. Languages that are written without spaces are split by the runtime's own dictionary. */
  constructor(language = 'en') {
    const unspaced = /^(ja|zh|th|lo|km|my|yue)\b/i.test(language)
    this.segmenter = unspaced ? new Intl.Segmenter(language, { granularity: 'word' }) : undefined
  }

  scan(text: string): this {
    this.length = 0
    this.sentences = 0
    const end = text.length
    let sentenceStart = 0
    let wordsBefore = 0
    let i = 0
    while (i < end) {
      if (isWordUnit(text, i)) {
        i = this.takeWord(text, i, end)
        continue
      }
      const unit = text.charCodeAt(i)
      i++
      if (!mayEndSentence(unit) || this.length === wordsBefore) continue
      if (!this.endsSentence(text, i, unit)) continue
      while (i < end && CLOSERS.has(text.charCodeAt(i))) i++
      this.closeSentence(sentenceStart, i)
      sentenceStart = i
      wordsBefore = this.length
    }
    if (this.length > wordsBefore) this.closeSentence(sentenceStart, end)
    return this
  }

  private takeWord(text: string, from: number, end: number): number {
    let i = from
    for (;;) {
      while (i < end && isWordUnit(text, i)) i += isHighSurrogate(text.charCodeAt(i)) ? 2 : 1
      const unit = text.charCodeAt(i)
      if (i + 1 >= end || !isWordUnit(text, i + 1)) break
      if (unit === HYPHEN) i++
      else if (unit === APOSTROPHE || unit === RIGHT_QUOTE) {
        const suffixEnd = contraction(text, i + 1, end)
        if (suffixEnd === -1) {
          i++
          continue
        }
        const suffix = text.slice(i + 1, suffixEnd).toLowerCase()
        const splitsN = suffix === 't' && (text.charCodeAt(i - 1) | 32) === LETTER_N && i - from > 1
        this.push(text.slice(from, splitsN ? i - 1 : i).toLowerCase())
        this.push(splitsN ? "n't" : "'" + suffix)
        return suffixEnd
      } else break
    }
    const word = text.slice(from, i).toLowerCase()
    if (this.segmenter === undefined) this.push(word)
    else for (const part of this.segmenter.segment(word)) if (part.isWordLike) this.push(part.segment)
    return i
  }

  private push(word: string): void {
    this.words[this.length] = word
    this.sentenceOf[this.length] = this.sentences
    this.length++
  }

  private closeSentence(start: number, end: number): void {
    this.starts[this.sentences] = start
    this.ends[this.sentences] = end
    this.sentences++
  }

  private endsSentence(text: string, after: number, unit: number): boolean {
    if (unit === NEWLINE || unit > 0x2fff) return true
    if (after < text.length && isWordUnit(text, after)) return false
    if (unit !== FULL_STOP) return true
    const last = this.words[this.length - 1]!
    if (last.length === 1 || ABBREVIATIONS.has(last)) return false
    return !startsLowerCase(text, after)
  }
}

/** The words of a text as an array of its own. */
export function wordsOf(text: string, language = 'en'): string[] {
  const stream = new WordStream(language).scan(text)
  return stream.words.slice(0, stream.length)
}

const NEWLINE = 10
const APOSTROPHE = 39
const HYPHEN = 45
const FULL_STOP = 46
const LETTER_N = 110
const RIGHT_QUOTE = 0x2019
const CLOSERS = new Set([...'"\')]}”’»」』.!?'].map((char) => char.charCodeAt(0)))
const ABBREVIATIONS = new Set(
  'mr mrs ms mx dr prof rev gen sen rep gov capt lt col sgt st jr sr vs etc e.g i.e'.split(' ')
)

function mayEndSentence(unit: number): boolean {
  // . ! ? newline and the full-width 。！？ and ellipsis-free CJK stops.
  return (
    unit === FULL_STOP ||
    unit === 33 ||
    unit === 63 ||
    unit === NEWLINE ||
    unit === 0x3002 ||
    unit === 0xff01 ||
    unit === 0xff1f
  )
}

/** Where 's, 're, 've, 'll, 'm, 't or 'd ends that starts at `from`, or -1. */
function contraction(text: string, from: number, end: number): number {
  const first = text.charCodeAt(from) | 32
  const second = from + 1 < end ? text.charCodeAt(from + 1) | 32 : 0
  let stop = -1
  if ((first === 114 && second === 101) || (first === 118 && second === 101) || (first === 108 && second === 108)) {
    stop = from + 2
  } else if (first === 115 || first === 109 || first === 116 || first === 100) stop = from + 1
  if (stop === -1 || (stop < end && isWordUnit(text, stop))) return -1
  return stop
}

function startsLowerCase(text: string, from: number): boolean {
  let i = from
  while (i < text.length && (text.charCodeAt(i) === 32 || CLOSERS.has(text.charCodeAt(i)))) i++
  const char = text.charAt(i)
  return char !== '' && char === char.toLowerCase() && char !== char.toUpperCase()
}

// 0 not looked at yet, 1 part of a word, 2 not. Filled as units are met: text rarely uses more than a few hundred.
const KINDS = new Uint8Array(0x10000)
const WORD = /[\p{L}\p{N}\p{M}]/u

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isWordUnit(text: string, i: number): boolean {
  const unit = text.charCodeAt(i)
  const kind = KINDS[unit]
  if (kind !== 0) return kind === 1
  if ((unit & 0xf800) === 0xd800) return WORD.test(String.fromCodePoint(text.codePointAt(i)!))
  const is = WORD.test(String.fromCharCode(unit))
  KINDS[unit] = is ? 1 : 2
  return is
}
