import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { TrainingRecord } from '../record/types.js'
import { herIsPossessive, hisStandsAlone, type Around } from './her.js'

const swapsFile = z.object({
  pairs: z.array(z.tuple([z.string(), z.string()])),
  one_way: z.record(z.string(), z.string()),
  names: z.array(z.tuple([z.string(), z.string()]))
})

export interface AugmentOptions {
  /** Whether first names are swapped as well (default). Not where texts speak of real people. */
  names?: boolean
}

export interface Augmented {
  text: string
  /** How many words were swapped. */
  swaps: number
}

interface Swaps {
  words: ReadonlyMap<string, string>
  names: ReadonlyMap<string, string>
}

let english: Swaps | undefined

function englishSwaps(): Swaps {
  if (english === undefined) {
    const text = readFileSync(new URL('./data/swaps.json', import.meta.url), 'utf8')
    const { pairs, one_way: oneWay, names } = swapsFile.parse(JSON.parse(text))
    english = { words: new Map([...Object.entries(oneWay), ...both(pairs)]), names: new Map(both(names)) }
  }
  return english
}

function both(pairs: [string, string][]): [string, string][] {
  return pairs.flatMap(([a, b]) => [
    [a, b],
    [b, a]
  ])
}

/** A word with its apostrophes and hyphens. */
const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/gu
const PRONOUNS: ReadonlyMap<string, string> = new Map([
  ['he', 'she'],
  ['she', 'he'],
  ['him', 'her'],
  ['himself', 'herself'],
  ['herself', 'himself'],
  ['hers', 'his']
])

interface Token {
  word: string
  start: number
  end: number
  /** Lower case, without 's and the like. */
  base: string
}

/** The text with the genders of its names, pronouns and terms exchanged. All else, spaces included, stays as it is. */
export function augmentText(text: string, { names = true }: AugmentOptions = {}): Augmented {
  const swaps = englishSwaps()
  const tokens = [...text.matchAll(WORD)].flatMap((match) => tokensOf(match[0], match.index, swaps))
  let out = ''
  let done = 0
  let count = 0
  tokens.forEach((token, n) => {
    const other = counterpart(token, tokens, n, text, names ? swaps : { ...swaps, names: new Map() })
    if (other === undefined) return
    out += text.slice(done, token.start) + likeCase(other, token.word)
    done = token.end
    count++
  })
  return { text: out + text.slice(done), swaps: count }
}

/**
 * The counterfactual of a record, whose content differs in the swapped words alone; undefined where there are none to swap.
 * It says that it is one: provider "augment", and the tag "counterfactual".
 */
export function augmentRecord(record: TrainingRecord, options: AugmentOptions = {}): TrainingRecord | undefined {
  let swaps = 0
  const swap = (text: string): string => {
    const augmented = augmentText(text, options)
    swaps += augmented.swaps
    return augmented.text
  }
  const content = swapContent(record, swap)
  if (swaps === 0) return undefined
  const tags = [...(record.tags ?? []).filter((tag) => tag !== 'counterfactual'), 'counterfactual']
  return { ...content, provider: 'augment', tags }
}

function swapContent(record: TrainingRecord, swap: (text: string) => string): TrainingRecord {
  switch (record.kind) {
    case 'instruction': {
      const { system } = record
      const swapped = { ...record, prompt: swap(record.prompt), response: swap(record.response) }
      return system === undefined ? swapped : { ...swapped, system: swap(system) }
    }
    case 'preference':
      return { ...record, prompt: swap(record.prompt), chosen: swap(record.chosen), rejected: swap(record.rejected) }
    case 'text':
      return { ...record, text: swap(record.text) }
    case 'chat':
      return { ...record, messages: record.messages.map((message) => ({ ...message, content: swap(message.content) })) }
  }
}

/** A word as one token, or, unless it is one as a whole, the parts between its hyphens. */
function tokensOf(word: string, start: number, { words }: Swaps): Token[] {
  const base = baseOf(word)
  if (!word.includes('-') || words.has(base))
    return [{ word: word.slice(0, base.length), start, end: start + base.length, base }]
  let at = start
  return word.split('-').map((part) => {
    const own = baseOf(part)
    const token = { word: part.slice(0, own.length), start: at, end: at + own.length, base: own }
    at += part.length + 1
    return token
  })
}

/** Without 's, 'd, 'll: those stay as they are. But "ma'am" is a word. */
function baseOf(word: string): string {
  const lower = word.toLowerCase().replace(/’/g, "'")
  return lower === "ma'am" ? lower : lower.replace(/'(s|d|ll|re|ve|m)$/, '')
}

function counterpart(token: Token, tokens: Token[], n: number, text: string, swaps: Swaps): string | undefined {
  const { base, word } = token
  if (base === 'her') return herIsPossessive(around(tokens, n, text)) ? 'his' : 'him'
  if (base === 'his') return hisStandsAlone(around(tokens, n, text)) ? 'hers' : 'her'
  const pronoun = PRONOUNS.get(base)
  if (pronoun !== undefined) return pronoun
  const name = swaps.names.get(word)
  if (name !== undefined) return name
  return swaps.words.get(base)
}

function around(tokens: Token[], n: number, text: string): Around {
  const word = (place: number): string | undefined => {
    const [from, to] = place < n ? [place, n] : [n, place]
    for (let k = from; k < to; k++) {
      if (tokens[k + 1] === undefined || tokens[k] === undefined) return undefined
      if (
        /[^\s"'“”‘’*_-]/.test(text.slice(tokens[k]!.end, tokens[k + 1]!.start).replace(/^['’](s|d|ll|re|ve|m)\b/, ''))
      )
        return undefined
    }
    return tokens[place]?.base
  }
  return { before: word(n - 1), after: word(n + 1), second: word(n + 2), third: word(n + 3) }
}

/** Gives a word the capitals of another: "HE" is "SHE", "He" is "She". */
function likeCase(other: string, like: string): string {
  if (like.length > 1 && like === like.toUpperCase()) return other.toUpperCase()
  const capital = like.charAt(0) !== like.charAt(0).toLowerCase()
  return capital ? other.charAt(0).toUpperCase() + other.slice(1) : other
}
