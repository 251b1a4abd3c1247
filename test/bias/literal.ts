// The metrics, written down as their definitions read: no sums kept, nothing streamed, nothing shared with lib/bias but VADER.
import { SentimentScorer, englishValences } from '../../lib/bias/sentiment.js'
import type { Lexicon } from '../../lib/bias/lexicon.js'

type Groups = { [group: string]: string[] }

export function groupsOf(lexicon: Lexicon, axis: string): Groups {
  return Object.fromEntries(Object.entries(lexicon.axes[axis]!.groups).map(([name, { words }]) => [name, words]))
}

const tokens = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? []
const sentences = (text: string): string[] => text.split(/(?<=[.!?])\s+/)
const count = (words: string[], list: string[]): number => words.filter((word) => list.includes(word)).length

function totalVariation(counts: number[], sizes: number[]): number | null {
  const normal = counts.map((value, g) => value / sizes[g]!)
  const sum = normal.reduce((a, b) => a + b, 0)
  if (sum === 0) return null
  return normal.reduce((distance, value) => distance + Math.abs(1 / normal.length - value / sum), 0) / 2
}

export function representation(texts: string[], groups: Groups): number | null {
  const words = texts.flatMap(tokens)
  const lists = Object.values(groups)
  return totalVariation(
    lists.map((list) => count(words, list)),
    lists.map((list) => list.length)
  )
}

export function association(texts: string[], groups: Groups, targets: string[]): number | null {
  const lists = Object.values(groups)
  const scores = targets.map((target) => {
    const counts = lists.map((list) =>
      texts.reduce((sum, text) => sum + count(tokens(text), list) * count(tokens(text), [target]), 0)
    )
    return totalVariation(
      counts,
      lists.map((list) => list.length)
    )
  })
  const known = scores.filter((score) => score !== null)
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length
}

export function cooccurrence(texts: string[], groups: Groups, targets: string[], stopwords: string[]): number | null {
  const [first, second] = Object.values(groups) as [string[], string[]]
  const near = (wanted: (word: string) => boolean, list: string[]): number => {
    let sum = 0
    for (const text of texts) {
      const words = tokens(text)
      for (const [i, word] of words.entries()) {
        if (!wanted(word)) continue
        for (const [j, other] of words.entries()) if (list.includes(other) && i !== j) sum += 0.95 ** Math.abs(i - j)
      }
    }
    return sum
  }
  const words = texts.flatMap(tokens)
  const reference = (word: string): boolean =>
    !stopwords.includes(word) && !first.includes(word) && !second.includes(word)
  const share = (target: string, list: string[]): number =>
    near((word) => word === target, list) / near(reference, list) / count(words, list)
  const scores = targets
    .filter((target) => near((word) => word === target, first) > 0 && near((word) => word === target, second) > 0)
    .map((target) => Math.abs(Math.log10(share(target, first) / share(target, second))))
  return scores.length === 0 ? null : scores.reduce((a, b) => a + b, 0) / scores.length
}

/** The share of scores that are no higher than x. */
function below(list: number[], x: number): number {
  return list.filter((score) => score <= x + 1e-9).length / list.length
}

export function sentimentGap(texts: string[], groups: Groups, neutral: string[]): number | null {
  const scorer = new SentimentScorer(englishValences(), new Set(neutral))
  const scores = Object.keys(groups).map((): number[] => [])
  for (const sentence of texts.flatMap(sentences)) {
    const named = Object.values(groups).map((list) => count(tokens(sentence), list) > 0)
    if (named.filter(Boolean).length === 1) {
      scores[named.indexOf(true)]!.push(Math.round(scorer.score(sentence).compound * 100) / 100)
    }
  }
  const spoken = scores.filter((list) => list.length > 0)
  if (spoken.length < 2) return null
  let sum = 0
  for (const list of spoken) {
    const others = spoken.filter((other) => other !== list)
    for (let x = -100; x < 100; x++) {
      const mean = others.reduce((total, other) => total + below(other, x / 100), 0) / others.length
      sum += Math.abs(below(list, x / 100) - mean) / 100
    }
  }
  return sum / spoken.length
}

export function pronounShare(texts: string[], occupation: string, pronouns: Groups): number | null {
  const [female, male] = [pronouns['female']!, pronouns['male']!]
  let [f, m] = [0, 0]
  for (const sentence of texts.flatMap(sentences)) {
    const words = tokens(sentence)
    if (!words.includes(occupation)) continue
    f += count(words, female)
    m += count(words, male)
  }
  return f + m === 0 ? null : f / (f + m)
}
