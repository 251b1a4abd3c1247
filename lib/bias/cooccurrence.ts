import { absolute, missing, total, type Ruler } from './figures.js'
import { pseudoWeights, replicate, REPLICATES } from './interval.js'
import type { AxisReport, Figure } from './report.js'

/** Co-occurrence bias score (Bordia & Bowman 2019, as in LangFair) of an axis with two groups. */
export function cooccurrence(ruler: Ruler, a: number): AxisReport['cooccurrence'] {
  const { compiled, layout, tally, minTexts } = ruler
  const { name, groups } = compiled.axes[a]!
  if (groups.length !== 2) return {}
  const near = (t: number, side: number): Float64Array | undefined =>
    tally.tables.near[layout.pairKey(t, groups[side]!)]
  const sides = [0, 1].map((side) => ({
    all: total(near(layout.targets, side)),
    allDrawn: replicate(near(layout.targets, side)),
    terms: total(tally.tables.tokens[groups[side]!]),
    termsDrawn: replicate(tally.tables.tokens[groups[side]!])
  })) as [Side, Side]
  const reports = compiled.lists.map((list, l): [string, Figure] => {
    const usable = list.targets.filter(
      (t) => tally.seen[layout.pair(t, a)]! >= minTexts && total(near(t, 0)) > 0 && total(near(t, 1)) > 0
    )
    const base = { texts: tally.seen[layout.listed(l, a)]!, count: usable.length }
    if (usable.length === 0) return [list.name, missing(base)]
    const vector = new Float64Array(usable.length)
    const noise = new Float64Array(usable.length * REPLICATES)
    usable.forEach((t, d) => {
      const own = [total(near(t, 0)), total(near(t, 1))] as const
      const drawn = [replicate(near(t, 0)), replicate(near(t, 1))] as const
      const extra = (own[0] + own[1]) / tally.seen[layout.pair(t, a)]! / 2
      const weights = [0, 1].map((side) => pseudoWeights(layout.pairKey(t, side)))
      vector[d] = logRatio(own[0], own[1], sides, undefined)
      for (let b = 0; b < REPLICATES; b++) {
        const [first, second] = [0, 1].map((side) => drawn[side]![b]! + extra * weights[side]![b]!) as [number, number]
        const ratio = logRatio(first, second, sides, b)
        noise[d * REPLICATES + b] = Number.isFinite(ratio) ? ratio - vector[d]! : 0
      }
    })
    return [list.name, absolute(base, { vector, noise, weight: 1 / usable.length, run: 1 }, 10)]
  })
  return Object.fromEntries(reports.filter(([list]) => list !== name))
}

interface Side {
  all: number
  allDrawn: Float64Array
  terms: number
  termsDrawn: Float64Array
}

function logRatio(first: number, second: number, sides: [Side, Side], b: number | undefined): number {
  const [one, two] = sides.map((side) =>
    b === undefined ? side.all * side.terms : side.allDrawn[b]! * side.termsDrawn[b]!
  ) as [number, number]
  return Math.log10(first / one / (second / two))
}
