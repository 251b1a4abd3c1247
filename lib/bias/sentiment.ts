import { readFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * VADER: the sentiment of a sentence from a rated word list and a handful of rules (Hutto & Gilbert 2014).
 * A port of vaderSentiment.py, rule for rule, its oddities included, so that its published scores are reproduced.
 */

const B = 0.293
const CAPS = 0.733
const NEGATION = -0.74
const ALPHA = 15

const NEGATIONS = new Set(
  (
    "aint arent cannot cant couldnt darent didnt doesnt ain't aren't can't couldn't daren't didn't doesn't dont hadnt " +
    "hasnt havent isnt mightnt mustnt neither don't hadn't hasn't haven't isn't mightn't mustn't neednt needn't never " +
    "none nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent oughtn't shan't shouldn't uh-uh wasn't " +
    "weren't without wont wouldnt won't wouldn't rarely seldom despite"
  ).split(' ')
)

const BOOSTERS = new Map<string, number>([
  ...(
    'absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously ' +
    'entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking ' +
    'fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible ' +
    'incredibly intensely major majorly more most particularly purely quite really remarkably so substantially ' +
    'thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very'
  )
    .split(' ')
    .map((word): [string, number] => [word, B]),
  ...(
    'almost barely hardly just_enough kind_of kinda kindof kind-of less little marginal marginally occasional ' +
    'occasionally partly scarce scarcely slight slightly somewhat sort_of sorta sortof sort-of'
  )
    .split(' ')
    .map((word): [string, number] => [word.replace('_', ' '), -B])
])

const IDIOMS = new Map<string, number>([
  ['the shit', 3],
  ['the bomb', 3],
  ['bad ass', 1.5],
  ['badass', 1.5],
  ['bus stop', 0],
  ['yeah right', -2],
  ['kiss of death', -1.5],
  ['to die for', 3],
  ['beating heart', 3.1],
  ['broken heart', -2.9]
])

/** Python's string.punctuation at both ends. */
const OUTER_PUNCTUATION = /^[!-/:-@[-`{-~]+|[!-/:-@[-`{-~]+$/g
const NOT_ASCII = /[^\x00-\x7f]/

export interface Sentiment {
  positive: number
  neutral: number
  negative: number
  /** From -1, the most negative, to 1, the most positive. */
  compound: number
}

export interface ValenceList {
  /** Valence of a lower-case word, from -4 to 4. */
  words: ReadonlyMap<string, number>
  /** What an emoji (one code point) is read as. */
  emoji: ReadonlyMap<string, string>
}

const valenceFile = z.object({ words: z.string(), emoji: z.string() })

let english: ValenceList | undefined

/** The English word list of VADER, read from the package's own data file once. */
export function englishValences(): ValenceList {
  if (english === undefined) {
    const text = readFileSync(new URL('./data/vader.json', import.meta.url), 'utf8')
    const file = valenceFile.parse(JSON.parse(text))
    english = {
      words: new Map(pairs(file.words).map(([word, valence]) => [word, Number(valence)])),
      emoji: new Map(pairs(file.emoji))
    }
  }
  return english
}

function pairs(lines: string): [string, string][] {
  return lines.split('\n').map((line) => {
    const tab = line.indexOf('\t')
    return [line.slice(0, tab), line.slice(tab + 1)]
  })
}

/** Scores sentences. Words in `neutral` (lower case) carry no valence of their own: with the groups' terms in it, what is
 * measured is how a sentence speaks of a group, not how the list rates the group's name. */
export class SentimentScorer {
  private readonly words: ReadonlyMap<string, number>
  private readonly emoji: ReadonlyMap<string, string>

  constructor(list: ValenceList = englishValences(), neutral: ReadonlySet<string> = new Set()) {
    this.words = new Map([...list.words].filter(([word]) => !neutral.has(word)))
    this.emoji = list.emoji
  }

  /** The four scores, rounded as upstream rounds them: three decimals, `compound` four. */
  score(sentence: string): Sentiment {
    const text = this.spellEmoji(sentence).trim()
    const raw = text.split(/\s+/).filter((word) => word !== '')
    if (raw.length === 0) return { positive: 0, neutral: 0, negative: 0, compound: 0 }
    const words = raw.map(strip)
    const valences = this.valences(words)
    return summarise(valences, emphasis(text))
  }

  private spellEmoji(sentence: string): string {
    if (!NOT_ASCII.test(sentence)) return sentence
    let out = ''
    let afterSpace = true
    for (const char of sentence) {
      const name = this.emoji.get(char)
      if (name === undefined) {
        out += char
        afterSpace = char === ' '
      } else {
        out += afterSpace ? name : ' ' + name
        afterSpace = false
      }
    }
    return out
  }

  private valences(words: string[]): number[] {
    const lower = words.map((word) => word.toLowerCase())
    const shouted = words.map(isUpper)
    const shouts = shouted.filter(Boolean).length
    const caps = shouts > 0 && shouts < words.length
    const valences = lower.map((word, i) => {
      if (BOOSTERS.has(word) || (word === 'kind' && lower[i + 1] === 'of')) return 0
      return this.valence(lower, shouted, caps, i)
    })
    halveBeforeBut(valences, lower.indexOf('but'))
    return valences
  }

  private valence(lower: string[], shouted: boolean[], caps: boolean, i: number): number {
    const own = this.words.get(lower[i]!)
    if (own === undefined) return 0
    let valence = own
    if (lower[i] === 'no' && i + 1 < lower.length && this.words.has(lower[i + 1]!)) valence = 0
    const afterNo =
      lower[i - 1] === 'no' ||
      lower[i - 2] === 'no' ||
      (lower[i - 3] === 'no' && (lower[i - 1] === 'or' || lower[i - 1] === 'nor'))
    if (afterNo) valence = own * NEGATION
    if (shouted[i] && caps) valence += valence > 0 ? CAPS : -CAPS
    for (let back = 1; back <= 3 && back <= i; back++) {
      const before = lower[i - back]!
      if (this.words.has(before)) continue
      const damping = back === 1 ? 1 : back === 2 ? 0.95 : 0.9
      valence += damping * boost(before, valence, caps && shouted[i - back]!)
      valence = negate(valence, lower, back, i)
      if (back === 3) valence = idiom(valence, lower, i)
    }
    return this.afterLeast(valence, lower, i)
  }

  private afterLeast(valence: number, lower: string[], i: number): number {
    if (lower[i - 1] !== 'least' || this.words.has('least')) return valence
    const before = lower[i - 2]
    return before === 'at' || before === 'very' ? valence : valence * NEGATION
  }
}

function strip(token: string): string {
  const stripped = token.replace(OUTER_PUNCTUATION, '')
  return stripped.length <= 2 ? token : stripped
}

function isUpper(word: string): boolean {
  return word === word.toUpperCase() && word !== word.toLowerCase()
}

function boost(word: string, valence: number, shouted: boolean): number {
  const booster = BOOSTERS.get(word)
  if (booster === undefined) return 0
  const scalar = valence < 0 ? -booster : booster
  if (!shouted) return scalar
  return valence > 0 ? scalar + CAPS : scalar - CAPS
}

function isNegation(word: string): boolean {
  return NEGATIONS.has(word) || word.includes("n't")
}

function isSoOrThis(word: string | undefined): boolean {
  return word === 'so' || word === 'this'
}

function negate(valence: number, lower: string[], back: number, i: number): number {
  const word = lower[i - back]!
  if (back === 2) {
    if (word === 'never' && isSoOrThis(lower[i - 1])) return valence * 1.25
    if (word === 'without' && lower[i - 1] === 'doubt') return valence
  } else if (back === 3) {
    if ((word === 'never' && isSoOrThis(lower[i - 2])) || isSoOrThis(lower[i - 1])) return valence * 1.25
    if (word === 'without' && (lower[i - 2] === 'doubt' || lower[i - 1] === 'doubt')) return valence
  }
  return isNegation(word) ? valence * NEGATION : valence
}

function idiom(valence: number, lower: string[], i: number): number {
  const [three, two, one, zero] = [lower[i - 3]!, lower[i - 2]!, lower[i - 1]!, lower[i]!]
  const twoOne = `${two} ${one}`
  const threeTwo = `${three} ${two}`
  const threeTwoOne = `${threeTwo} ${one}`
  const found = [`${one} ${zero}`, `${twoOne} ${zero}`, twoOne, threeTwoOne, threeTwo].find((words) =>
    IDIOMS.has(words)
  )
  let result = found === undefined ? valence : IDIOMS.get(found)!
  const next = `${zero} ${lower[i + 1]}`
  if (i + 1 < lower.length) result = IDIOMS.get(next) ?? result
  if (i + 2 < lower.length) result = IDIOMS.get(`${next} ${lower[i + 2]}`) ?? result
  for (const words of [threeTwoOne, threeTwo, twoOne]) result += BOOSTERS.get(words) ?? 0
  return result
}

/** What stands before "but" counts half, what follows it half again as much. Upstream looks each value up by equality, so
 * that of equal values only the first one's place is asked for; its scores depend on it. */
function halveBeforeBut(valences: number[], but: number): void {
  if (but === -1) return
  for (let k = 0; k < valences.length; k++) {
    const value = valences[k]!
    const place = valences.indexOf(value)
    if (place < but) valences[place] = value * 0.5
    else if (place > but) valences[place] = value * 1.5
  }
}

function emphasis(text: string): number {
  let exclamations = 0
  let questions = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 33) exclamations++
    else if (code === 63) questions++
  }
  const questioning = questions <= 1 ? 0 : questions <= 3 ? questions * 0.18 : 0.96
  return Math.min(exclamations, 4) * 0.292 + questioning
}

function summarise(valences: number[], emphasised: number): Sentiment {
  let sum = 0
  let positive = 0
  let negative = 0
  let neutral = 0
  for (const valence of valences) {
    sum += valence
    // One is added because a neutral word counts as one.
    if (valence > 0) positive += valence + 1
    else if (valence < 0) negative += 1 - valence
    else neutral++
  }
  if (sum > 0) sum += emphasised
  else if (sum < 0) sum -= emphasised
  if (positive > negative) positive += emphasised
  else if (positive < negative) negative += emphasised
  const total = positive + negative + neutral
  return {
    positive: round(positive / total, 1e3),
    neutral: round(neutral / total, 1e3),
    negative: round(negative / total, 1e3),
    compound: round(sum / Math.sqrt(sum * sum + ALPHA), 1e4)
  }
}

function round(value: number, scale: number): number {
  return Math.round(value * scale) / scale
}
