import { tokenize } from './tokens.js'

/** A term of a list in a text. */
export interface WordMatch<Code> {
  readonly code: Code
  readonly match: string
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** What a word begins: itself a term, or phrases, the longest first. */
interface Terms<Code> {
  code?: Code
  readonly phrases: { words: string[]; code: Code }[]
}

/** Words and phrases, each with a code. Looked up by whole words, in time that does not grow with the list. */
export class WordList<Code> {
  readonly #allowed: ReadonlySet<string>
  readonly #terms = new Map<string, Terms<Code>>()
  readonly #unspaced: { term: string; code: Code }[] = []
  /** Words that may be disguised, by their length. */
  readonly #disguisable = new Map<number, string[]>()

  constructor(allowed: ReadonlySet<string> = new Set()) {
    this.#allowed = allowed
  }

  add(term: string, code: Code): void {
    const lower = term.toLowerCase()
    // Some lists have numbers and emoji, which are harmless in almost all texts.
    if (this.#allowed.has(lower) || !/\p{L}/u.test(lower)) return
    if (UNSPACED.test(lower)) {
      // One character of Chinese or Japanese is part of too many harmless words.
      if ([...lower].length > 1) this.#unspaced.push({ term: lower, code })
      return
    }
    // As in a text, but for hyphens: "g-spot" and "g spot" are one term.
    const words = tokenize(lower.replaceAll('-', ' '))
    const first = words[0]
    if (first === undefined) return
    let terms = this.#terms.get(first)
    if (!terms) this.#terms.set(first, (terms = { phrases: [] }))
    if (words.length === 1) {
      terms.code = code
      if (first.length >= 4) group(this.#disguisable, first.length).push(first)
    } else {
      terms.phrases.push({ words, code })
      terms.phrases.sort((a, b) => b.words.length - a.words.length)
    }
  }

  /** Every term among the tokens of a text (see `tokenize`) in lower case; words with hyphens also by their parts. */
  find(tokens: readonly string[], visit: (match: WordMatch<Code>) => void): void {
    if (this.#terms.size === 0) return
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!
      const found = this.#at(tokens, i)
      if (found) visit(found)
      else if (token.length > 4 && JOINED.test(token)) {
        const parts = token.split(JOINED)
        for (let part = 0; part < parts.length; part++) {
          const inside = this.#at(parts, part)
          if (inside) visit({ code: inside.code, match: token })
        }
      }
    }
  }

  #at(tokens: readonly string[], at: number): WordMatch<Code> | undefined {
    const terms = this.#terms.get(tokens[at]!)
    if (!terms) return undefined
    const phrase = terms.phrases.find(({ words }) => words.every((word, offset) => tokens[at + offset] === word))
    if (phrase) return { code: phrase.code, match: phrase.words.join(' ') }
    return terms.code === undefined ? undefined : { code: terms.code, match: tokens[at]! }
  }

  /** Every term of a script without spaces, anywhere in a text. */
  findUnspaced(text: string, visit: (match: WordMatch<Code>) => void): void {
    for (const { term, code } of this.#unspaced) if (text.includes(term)) visit({ code, match: term })
  }

  /** Every word that a disguised one (see `disguised`) may stand for: letters by look, an asterisk for any. */
  findDisguised(word: string, visit: (match: WordMatch<Code>) => void): void {
    const plain = word.replace(/[@$!#0-9]/g, (mark) => LOOKS[mark] ?? '*')
    for (const term of this.#disguisable.get(plain.length) ?? []) {
      let same = true
      for (let i = 0; same && i < plain.length; i++) same = plain[i] === term[i] || plain[i] === '*'
      if (same) visit({ code: this.#terms.get(term)!.code!, match: word })
    }
  }
}

const JOINED = /[-'’.]/
const LOOKS: { readonly [mark: string]: string } = {
  '@': 'a',
  $: 's',
  '!': 'i',
  '1': 'i',
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't'
}

// A mark or digit between letters, or one that begins a word: what a disguised word can't be without.
const MIXED = /[A-Za-z][@$!*#0-9]+[A-Za-z*#]|[@$][A-Za-z]{2}/
const DISGUISED = /(?<![\p{L}\p{N}_@$#*/\\.:-])(?=[a-z]{0,20}[@$!*#0-9])[a-z@$!*#0-9]{4,20}(?![\p{L}\p{N}_@$#*/\\:])/giu

/** Words in which marks or digits stand for some of the letters, in lower case: `sh1t`, `f**k`. Two letters stay at least. */
export function disguised(text: string): string[] {
  if (!MIXED.test(text)) return []
  const found = text.match(DISGUISED)
  if (!found) return []
  return found
    .map((word) => word.toLowerCase().replace(/!+$/, ''))
    .filter((word) => /[@$!*#0-9]/.test(word) && (word.match(/[a-z]/g)?.length ?? 0) >= 2 && /^[a-z@$]/.test(word))
}

function group<K, V>(map: Map<K, V[]>, key: K): V[] {
  let list = map.get(key)
  if (!list) map.set(key, (list = []))
  return list
}
