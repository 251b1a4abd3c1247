import { absolute, missing, signed, splitShares, total, type Ruler, type Share } from './figures.js'
import { REPLICATES } from './interval.js'
import type { Figure, PronounReport } from './report.js'

interface Occupation {
  word: string
  labour: number
  texts: number
  count: number
  share: Share
}

/**
 * Of the pronouns in a sentence that names an occupation, the share that are of the group which labour statistics count;
 * next to that group's share of the people in the occupation. Null where the lexicon has no such statistics.
 */
export function pronounFigures(ruler: Ruler): PronounReport | null {
  const { compiled, layout, tally, minTexts } = ruler
  const { labour } = compiled.lexicon
  if (labour === undefined) return null
  const occupations: PronounReport['occupations'] = {}
  const usable: Occupation[] = []
  compiled.targets.forEach(({ word, labour: share }, t) => {
    const texts = tally.seen[layout.pronoun(t)]!
    if (share === undefined || texts === 0) return
    const rows = [0, 1].map((which) => tally.tables.pronouns[layout.pronounKey(t, which)])
    const count = rows.reduce((sum, row) => sum + total(row), 0)
    const split = splitShares(rows, [1, 1], texts, t)
    if (split === undefined || texts < minTexts) {
      occupations[word] = { share: missing({ texts, count }), labour: share }
      return
    }
    usable.push({ word, labour: share, texts, count, share: split[0]! })
    occupations[word] = { share: signed({ texts, count }, split[0]!.value, split[0]!.drawn), labour: share }
  })
  const base = { texts: tally.seen[layout.anyPronoun]!, count: usable.length }
  const none = missing(base)
  if (usable.length === 0) return { group: labour.group, difference: none, distance: none, occupations }
  return { group: labour.group, difference: difference(base, usable), distance: distance(base, usable), occupations }
}

function difference(base: { texts: number; count: number }, usable: Occupation[]): Figure {
  const mean = (part: (occupation: Occupation) => number): number =>
    usable.reduce((sum, occupation) => sum + part(occupation), 0) / usable.length
  const value = mean(({ share, labour }) => share.value - labour)
  const drawn = Float64Array.from({ length: REPLICATES }, (_, b) =>
    mean(({ share, labour }) => share.drawn[b]! - labour)
  )
  // The made-up texts pull every share towards a half: taken out again, since over many occupations the pulls add up.
  const pull = drawn.reduce((sum, x) => sum + x, 0) / REPLICATES - value
  return signed(
    base,
    value,
    drawn.map((x) => x - pull)
  )
}

function distance(base: { texts: number; count: number }, usable: Occupation[]): Figure {
  const vector = Float64Array.from(usable, ({ share, labour }) => share.value - labour)
  const noise = new Float64Array(usable.length * REPLICATES)
  usable.forEach(({ share }, d) => {
    for (let b = 0; b < REPLICATES; b++) noise[d * REPLICATES + b] = share.drawn[b]! - share.value
  })
  return absolute(base, { vector, noise, weight: 1 / usable.length, run: 1 }, 1)
}
