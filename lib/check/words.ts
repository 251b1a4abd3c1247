/** A term of a list in a text. */
export interface WordMatch<Code> {
  readonly code: Code
  readonly match: string
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Words and phrases, each with a code. Looked up by whole words, in time that does not grow with the list. */
export class WordList<Code> {
  readonly #allowed: ReadonlySet<string>
  readonly #words = new Map<string, Code>()
  /** Phrases by their first word, the longest first. */
  readonly #phrases = new Map<string, { words: string[]; code: Code }[]>()
  readonly #unspaced: { term: string; code: Code }[] = []
  /** Words that may be disguised, by their length. */
  readonly #disguisable = new Map<number, string[]>()

  constructor(allowed: ReadonlySet<string> = new Set()) {
    this.#allowed = allowed
  }

  has(term: string): boolean {
    return this.#words.has(term)
  }

  add(term: string, code: Code): void {
    const lower = term.toLowerCase()
    if (this.#allowed.has(lower)) return
    if (UNSPACED.test(lower)) {
      // One character of Chinese or Japanese is part of too many harmless words.
      if ([...lower].length > 1) this.#unspaced.push({ term: lower, code })
      return
    }
    const words = lower.split(/[^\p{L}\p{N}\p{M}_&]+/u).filter((word) => word !== '')
    if (words.length === 0) return
    if (words.length === 1) {
      this.#words.set(words[0]!, code)
      if (words[0]!.length >= 4) group(this.#disguisable, words[0]!.length).push(words[0]!)
    } else {
      const known = group(this.#phrases, words[0]!)
      known.push({ words, code })
      known.sort((a, b) => b.words.length - a.words.length)
    }
  }

  /** Every term among the tokens of a text (see `tokenize`) in lower case; words with hyphens also by their parts. */
  *find(tokens: readonly string[]): Generator<WordMatch<Code>> {
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!
      const code = this.#words.get(token)
      if (code !== undefined) yield { code, match: token }
      else if (token.length > 4 && JOINED.test(token)) yield* this.#parts(token)
      const phrases = this.#phrases.get(token)
      const phrase = phrases?.find(({ words }) => words.every((word, offset) => tokens[i + offset] === word))
      if (phrase) yield { code: phrase.code, match: phrase.words.join(' ') }
    }
  }

  *#parts(token: string): Generator<WordMatch<Code>> {
    const parts = token.split(JOINED)
    for (const [at, part] of parts.entries()) {
      const code = this.#words.get(part)
      if (code !== undefined) yield { code, match: token }
      const phrase = this.#phrases
        .get(part)
        ?.find(({ words }) => words.every((word, offset) => parts[at + offset] === word))
      if (phrase) yield { code: phrase.code, match: token }
    }
  }

  /** Every term of a script without spaces, anywhere in a text. */
  *findUnspaced(text: string): Generator<WordMatch<Code>> {
    for (const { term, code } of this.#unspaced) if (text.includes(term)) yield { code, match: term }
  }

  /** The word that a disguised one (see `disguised`) stands for: letters by look, an asterisk for any. */
  matchDisguised(word: string): WordMatch<Code> | undefined {
    const plain = word.replace(/[@$!#0-9]/g, (mark) => LOOKS[mark] ?? '*')
    for (const term of this.#disguisable.get(plain.length) ?? []) {
      let same = true
      for (let i = 0; same && i < plain.length; i++) same = plain[i] === term[i] || plain[i] === '*'
      if (same) return { code: this.#words.get(term)!, match: word }
    }
    return undefined
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

const DISGUISED = /(?<![\p{L}\p{N}_@$#*/\\.:-])(?=[a-z]{0,20}[@$!*#0-9])[a-z@$!*#0-9]{4,20}(?![\p{L}\p{N}_@$#*/\\:])/giu

/** Words in which marks or digits stand for some of the letters, in lower case: `sh1t`, `f**k`. Two letters stay at least. */
export function disguised(text: string): string[] {
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
