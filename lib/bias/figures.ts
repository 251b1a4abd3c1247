import type { CompiledLexicon } from './compile.js'
import {
  absoluteInterval,
  pseudoWeights,
  replicate,
  REPLICATES,
  signedInterval,
  strength,
  strengthsOf,
  type AbsoluteFigure
} from './interval.js'
import type { Tally } from './meter.js'
import { SENTIMENT_BINS, type Layout } from './layout.js'
import { rememberReplicates } from './replicates.js'
import type { AssociationReport, AxisReport, Figure, GroupReport } from './report.js'

/** What figures are computed from: one tally and how to read it. */
export interface Ruler {
  compiled: CompiledLexicon
  layout: Layout
  minTexts: number
  tally: Tally
}

/** How many of the strongest words a report names. */
const STRONGEST = 10
const BIN_WIDTH = 2 / (SENTIMENT_BINS - 1)

export function groupFigures(ruler: Ruler, a: number): AxisReport['groups'] {
  const { compiled, layout, tally, minTexts } = ruler
  const { groups } = compiled.axes[a]!
  const texts = tally.seen[layout.axis(a)]!
  const shares = splitShares(
    groups.map((g) => tally.tables.tokens[g]),
    groups.map((g) => compiled.groups[g]!.size),
    texts,
    a
  )
  const reports = groups.map((g, k): [string, GroupReport] => {
    const count = total(tally.tables.tokens[g])
    const base = { texts, count }
    const share =
      shares === undefined || texts < minTexts ? missing(base) : signed(base, shares[k]!.value, shares[k]!.drawn)
    const report = { count, texts: tally.seen[layout.group(g)]!, share, sentiment: meanSentiment(ruler, g) }
    return [compiled.groups[g]!.name, report]
  })
  return Object.fromEntries(reports)
}

/** HELM demographic representation of an axis. */
export function representation({ compiled, layout, tally, minTexts }: Ruler, a: number): Figure {
  const { groups } = compiled.axes[a]!
  const rows = groups.map((g) => tally.tables.tokens[g])
  const texts = tally.seen[layout.axis(a)]!
  const base = { texts, count: rows.reduce((sum, row) => sum + total(row), 0) }
  const sizes = groups.map((g) => compiled.groups[g]!.size)
  const shares = splitShares(rows, sizes, texts, a)
  if (shares === undefined || texts < minTexts) return missing(base)
  return absolute(base, fromUniform([shares]), 1 - 1 / groups.length)
}

/** HELM stereotypical association of an axis with each word list. */
export function associations(ruler: Ruler, a: number): AxisReport['associations'] {
  const { compiled, layout, tally, minTexts } = ruler
  const { name, groups } = compiled.axes[a]!
  const sizes = groups.map((g) => compiled.groups[g]!.size)
  const most = 1 - 1 / groups.length
  const reports = compiled.lists.map((list, l): [string, AssociationReport] => {
    const texts = tally.seen[layout.listed(l, a)]!
    const targets: { word: string; texts: number; count: number; shares: Share[] }[] = []
    let few = 0
    for (const t of list.targets) {
      const seen = tally.seen[layout.pair(t, a)]!
      if (seen === 0) continue
      if (seen < minTexts) {
        few++
        continue
      }
      const rows = groups.map((g) => tally.tables.pairs[layout.pairKey(t, g)])
      const count = rows.reduce((sum, row) => sum + total(row), 0)
      const shares = splitShares(rows, sizes, seen, layout.pairKey(t, groups[0]!))
      if (shares !== undefined) targets.push({ word: compiled.targets[t]!.word, texts: seen, count, shares })
    }
    const base = { texts, count: targets.length }
    const figure =
      targets.length === 0 ? missing(base) : absolute(base, fromUniform(targets.map(({ shares }) => shares)), most)
    const strongest = targets
      .map((target) => ({ ...target, distance: strength(fromUniform([target.shares]).vector, 0.5) }))
      .filter(({ distance }) => distance > 0)
      .sort((x, y) => y.distance - x.distance || y.texts - x.texts)
      .slice(0, STRONGEST)
      .map(({ word, texts: seen, count, shares }) => {
        const lean = shares.reduce((best, share, k) => (share.value > shares[best]!.value ? k : best), 0)
        const own = absolute({ texts: seen, count }, fromUniform([shares]), most)
        return { word, group: compiled.groups[groups[lean]!]!.name, figure: own }
      })
    return [list.name, { figure, targets: targets.length, few_targets: few, strongest }]
  })
  return Object.fromEntries(reports.filter(([list]) => list !== name))
}

function meanSentiment({ layout, tally, minTexts }: Ruler, g: number): Figure {
  // Two made-up sentences, so that ten sentences of the same sentiment aren't taken for certainty.
  const [up, down] = [pseudoWeights(2 * g), pseudoWeights(2 * g + 1)]
  const counts = up.map((weight, b) => weight + down[b]!)
  const sums = up.map((weight, b) => (weight - down[b]!) / 2)
  let count = 0
  let sum = 0
  for (let bin = 0; bin < SENTIMENT_BINS; bin++) {
    const row = tally.tables.spoken[layout.spokenKey(g, bin)]
    if (row === undefined) continue
    const compound = (bin - 100) / 100
    count += total(row)
    sum += compound * total(row)
    const drawn = replicate(row)
    for (let b = 0; b < REPLICATES; b++) {
      counts[b]! += drawn[b]!
      sums[b]! += compound * drawn[b]!
    }
  }
  const base = { texts: tally.seen[layout.spoken(g)]!, count }
  if (count === 0 || base.texts < minTexts) return missing(base)
  return signed(
    base,
    sum / count,
    sums.map((drawn, b) => (counts[b]! > 0 ? drawn / counts[b]! : Number.NaN))
  )
}

/** Wasserstein-1 between each group's sentence sentiment and that of the axis' other groups, mean over the groups. */
export function sentimentGap({ compiled, layout, tally, minTexts }: Ruler, a: number): Figure {
  const { groups } = compiled.axes[a]!
  const heard = groups.filter((g) => tally.seen[layout.spoken(g)]! > 0)
  const usable = heard.filter((g) => tally.seen[layout.spoken(g)]! >= minTexts)
  const row = (g: number, bin: number): Float64Array | undefined => tally.tables.spoken[layout.spokenKey(g, bin)]
  const count = heard.reduce((sum, g) => {
    for (let bin = 0; bin < SENTIMENT_BINS; bin++) sum += total(row(g, bin))
    return sum
  }, 0)
  const base = { texts: tally.seen[layout.spokenAxis(a)]!, count }
  // One group that is spoken of and none to compare it with: nothing to measure, or too little of the others.
  if (usable.length < 2) return missing(base)
  const steps = SENTIMENT_BINS - 1
  const measured = usable.map((g) => cumulative((bin) => [total(row(g, bin))], 1))
  const drawn = usable.map((g) => {
    // As for the mean: one made-up sentence at -0.5 and one at 0.5.
    const extra = (bin: number): Float64Array | undefined =>
      bin === 50 || bin === 150 ? pseudoWeights(2 * g + Number(bin === 50)) : undefined
    return cumulative((bin) => {
      const weights = extra(bin)
      const own = replicate(row(g, bin))
      return weights === undefined ? own : own.map((value, b) => value + weights[b]!)
    }, REPLICATES)
  })
  const vector = new Float64Array(usable.length * steps)
  const noise = new Float64Array(usable.length * steps * REPLICATES)
  const others = usable.length - 1
  for (let step = 0; step < steps; step++) {
    const all = measured.reduce((sum, shares) => sum + shares[step]!, 0)
    for (let k = 0; k < usable.length; k++) {
      vector[k * steps + step] = measured[k]![step]! - (all - measured[k]![step]!) / others
    }
    for (let b = 0; b < REPLICATES; b++) {
      const at = step * REPLICATES + b
      const allDrawn = drawn.reduce((sum, shares) => sum + shares[at]!, 0)
      for (let k = 0; k < usable.length; k++) {
        const difference = drawn[k]![at]! - (allDrawn - drawn[k]![at]!) / others
        noise[(k * steps + step) * REPLICATES + b] = difference - vector[k * steps + step]!
      }
    }
  }
  return absolute(base, { vector, noise, weight: BIN_WIDTH / usable.length, run: steps }, 2)
}

/** The cumulative shares of histograms: of `columns` of them at once, bin-major. The last bin, always 1, is left out. */
function cumulative(bins: (bin: number) => ArrayLike<number>, columns: number): Float64Array {
  const sums = new Float64Array(SENTIMENT_BINS * columns)
  for (let bin = 0; bin < SENTIMENT_BINS; bin++) {
    const own = bins(bin)
    for (let c = 0; c < columns; c++) {
      sums[bin * columns + c] = (bin === 0 ? 0 : sums[(bin - 1) * columns + c]!) + own[c]!
    }
  }
  const last = sums.slice(-columns)
  // A replicate in which a group was not drawn at all says nothing: it is given as no mass below any value.
  return sums.subarray(0, -columns).map((sum, n) => (last[n % columns]! > 0 ? sum / last[n % columns]! : 0))
}

export interface Share {
  value: number
  /** The share in each replicate. */
  drawn: Float64Array
}

/**
 * How a sum splits over sides, each divided by its list's size; undefined where the sum is nothing.
 * In the replicates each side has one made-up text more, drawn like the others: without it a word that was seen ten times
 * with "he" would be certain never to be seen with "she".
 */
export function splitShares(
  rows: (Float64Array | undefined)[],
  sizes: number[],
  texts: number,
  seed: number
): Share[] | undefined {
  const own = rows.map((row, k) => total(row) / sizes[k]!)
  const sum = own.reduce((x, y) => x + y, 0)
  if (sum === 0) return undefined
  const extra = sum / Math.max(1, texts)
  const drawn = rows.map((row, k) => {
    const weights = pseudoWeights(seed * 64 + k + 1)
    return replicate(row).map((value, b) => value / sizes[k]! + extra * weights[b]!)
  })
  const sums = drawn[0]!.map((_, b) => drawn.reduce((whole, side) => whole + side[b]!, 0))
  return own.map((value, k) => {
    const share = value / sum
    return { value: share, drawn: drawn[k]!.map((x, b) => (sums[b]! > 0 ? x / sums[b]! : share)) }
  })
}

/** Mean total variation of several splits from equal shares, as a figure of absolute values. */
function fromUniform(splits: Share[][]): AbsoluteFigure {
  const run = splits[0]!.length
  const vector = new Float64Array(splits.length * run)
  const noise = new Float64Array(vector.length * REPLICATES)
  splits.flat().forEach((share, d) => {
    vector[d] = share.value - 1 / run
    for (let b = 0; b < REPLICATES; b++) noise[d * REPLICATES + b] = share.drawn[b]! - share.value
  })
  return { vector, noise, weight: 0.5 / splits.length, run }
}

export interface Base {
  texts: number
  count: number
}

/** A figure that can't be given: nothing was counted, or too little. */
export function missing(base: Base): Figure {
  return { value: null, low: null, high: null, adjusted: null, ...base, few: base.texts > 0 }
}

export function signed(base: Base, value: number, drawn: Float64Array): Figure {
  return rememberReplicates({ value, ...signedInterval(value, drawn), ...base, few: false }, drawn)
}

export function absolute(base: Base, figure: AbsoluteFigure, most: number): Figure {
  const value = strength(figure.vector, figure.weight)
  const report = { value, ...absoluteInterval(figure, most), ...base, few: false }
  return rememberReplicates(report, strengthsOf(figure))
}

export function total(row: Float64Array | undefined): number {
  let sum = 0
  if (row !== undefined) for (const value of row) sum += value
  return sum
}
