import { VdataError } from '../errors.js'
import { namedFigures, type NamedFigure } from './figure-list.js'
import { quantile } from './interval.js'
import { replicatesOf } from './replicates.js'
import { integer, number } from './render/rows.js'
import type { BiasReport, Figure } from './report.js'
import type { BiasSummary } from './summary.js'

const Z = 1.959964
const SIGNIFICANT = 0.05

export interface Difference {
  id: string
  label: string
  before: Figure
  after: Figure
  /** What is compared: the adjusted values; in pairs, whose small counts add the same to both, the values themselves. */
  from: number
  to: number
  /** `to` minus `from`, with its 95 % interval. */
  difference: number
  low: number
  high: number
  /** Two-sided, and corrected for the number of figures compared (Holm). */
  p: number
  p_adjusted: number
  /** The difference in standard deviations of what one text adds to the figure (Cohen's d; d_z for pairs). */
  effect_size: number
  more_than_noise: boolean
  sentence: string
}

export interface Comparison {
  format: 'vdata/bias-comparison'
  version: 1
  test: 'unpaired' | 'paired'
  differences: Difference[]
  /** Figures that one of the two reports has too little for. */
  not_compared: string[]
  sentence: string
}

/**
 * Compares two reports of the same lexicon, figure by figure. Reports are all that it needs, so two releases can be
 * compared long after. Unpaired, the interval of a difference is Zou & Donner's (2008), made of the two figures' own
 * intervals. Paired, which takes reports whose meters were given the same units in this process, it is the bootstrap's over
 * the pairs.
 */
export function compareReports(before: BiasReport, after: BiasReport, options: { paired?: boolean } = {}): Comparison {
  if (before.lexicon.name !== after.lexicon.name || before.lexicon.language !== after.lexicon.language) {
    throw lexiconsDiffer()
  }
  return compareNamed(namedFigures(before), namedFigures(after), options.paired === true)
}

/**
 * Compares what two releases, say, keep of their figures.
 * @throws VdataError LEXICONS_DIFFER
 */
export function compareSummaries(before: BiasSummary, after: BiasSummary): Comparison {
  if (before.lexicon !== after.lexicon) throw lexiconsDiffer()
  return compareNamed(figuresOf(before), figuresOf(after), false)
}

function figuresOf({ figures }: BiasSummary): NamedFigure[] {
  return Object.entries(figures).map(([id, { label, ...figure }]) => ({ id, label, figure, distance: true }))
}

function lexiconsDiffer(): VdataError {
  return new VdataError(
    'usage',
    'LEXICONS_DIFFER',
    'The two were measured with different lexicons.',
    'Measure both with one.'
  )
}

function compareNamed(before: readonly NamedFigure[], after: readonly NamedFigure[], paired: boolean): Comparison {
  const others = new Map(after.map((named) => [named.id, named]))
  const differences: Difference[] = []
  const notCompared: string[] = []
  for (const named of before) {
    const other = others.get(named.id)
    if (other === undefined) continue
    const difference = compareFigures(named, other.figure, paired)
    if (difference !== undefined) differences.push(difference)
    else if (named.figure.texts > 0 || other.figure.texts > 0) notCompared.push(named.id)
  }
  holm(differences)
  for (const difference of differences) {
    difference.more_than_noise = difference.p_adjusted < SIGNIFICANT
    difference.sentence = describe(difference, differences.length)
  }
  return {
    format: 'vdata/bias-comparison',
    version: 1,
    test: paired ? 'paired' : 'unpaired',
    differences,
    not_compared: notCompared,
    sentence: summary(differences)
  }
}

function compareFigures(
  { id, label, figure: before }: NamedFigure,
  after: Figure,
  paired: boolean
): Difference | undefined {
  const spread = paired ? pairedSpread(before, after) : unpairedSpread(before, after)
  if (spread === undefined) return undefined
  const [from, to] = paired ? [before.value!, after.value!] : [before.adjusted!, after.adjusted!]
  const difference = to - from
  const [low, high] = [difference - spread.down, difference + spread.up]
  // The standard error on the side on which zero lies.
  const error = (difference > 0 ? spread.down : spread.up) / Z
  const p = error > 0 ? 2 * upperTail(Math.abs(difference) / error) : difference === 0 ? 1 : 0
  return {
    id,
    label,
    before,
    after,
    from,
    to,
    difference,
    low,
    high,
    p,
    p_adjusted: p,
    effect_size: spread.deviation > 0 ? difference / spread.deviation : 0,
    more_than_noise: false,
    sentence: ''
  }
}

interface Spread {
  /** How far the interval reaches below and above the difference. */
  down: number
  up: number
  deviation: number
}

function unpairedSpread(before: Figure, after: Figure): Spread | undefined {
  if (before.value === null || after.value === null) return undefined
  const [[downA, upA], [downB, upB]] = [reach(before), reach(after)]
  const deviations = [before, after].map(({ low, high, texts }) => ((high! - low!) / (2 * Z)) * Math.sqrt(texts))
  return {
    down: Math.hypot(downB, upA),
    up: Math.hypot(upB, downA),
    deviation: Math.hypot(...deviations) / Math.SQRT2
  }
}

function pairedSpread(before: Figure, after: Figure): Spread | undefined {
  const [first, second] = [replicatesOf(before), replicatesOf(after)]
  if (first === undefined || second === undefined) return undefined
  const sorted = first
    .map((value, b) => second[b]! - value)
    .filter(Number.isFinite)
    .sort()
  const middle = quantile(sorted, 0.5)
  const [down, up] = [middle - quantile(sorted, 0.025), quantile(sorted, 0.975) - middle]
  return { down, up, deviation: ((down + up) / (2 * Z)) * Math.sqrt(Math.min(before.texts, after.texts)) }
}

/** How far an interval reaches below and above its estimate. */
function reach({ low, high, adjusted }: Figure): [number, number] {
  return [adjusted! - low!, high! - adjusted!]
}

/** Holm's step-down correction, in place. */
function holm(differences: Difference[]): void {
  const byP = [...differences].sort((a, b) => a.p - b.p)
  let largest = 0
  byP.forEach((difference, n) => {
    largest = Math.max(largest, Math.min(1, difference.p * (byP.length - n)))
    difference.p_adjusted = largest
  })
}

function describe(difference: Difference, compared: number): string {
  const { label, before, after, from, to, low, high, effect_size: size, p, p_adjusted: adjusted } = difference
  const way = difference.difference < 0 ? 'fell' : difference.difference > 0 ? 'rose' : 'stayed'
  const change = `${label} ${way}, ${number(from)} to ${number(to)}`
  const texts = `${integer(before.texts)} and ${integer(after.texts)} texts`
  const numbers =
    `difference ${signedThree(difference.difference)}, 95 % interval ${signedThree(low)} to ${signedThree(high)}, ` +
    `d ${signedThree(size)}, ${texts}`
  if (adjusted < SIGNIFICANT) return `${change} (${numbers}): more than noise.`
  if (p < SIGNIFICANT) return `${change} (${numbers}): with ${compared} figures compared this can be noise.`
  return `${change} (${numbers}): no more than noise.`
}

function summary(differences: Difference[]): string {
  const real = differences.filter((difference) => difference.more_than_noise)
  if (differences.length === 0) return 'There is no figure that both have enough texts for.'
  if (real.length === 0) return `None of the ${differences.length} figures differs by more than noise.`
  const lower = real.filter(({ difference }) => difference < 0).length
  return (
    `${real.length} of ${differences.length} figures ${real.length === 1 ? 'differs' : 'differ'} by more than noise: ` +
    `${lower} lower, ${real.length - lower} higher.`
  )
}

function signedThree(value: number): string {
  return (value < 0 ? '-' : '+') + Math.abs(value).toFixed(3)
}

/** P(Z > z) of the standard normal distribution, by the continued fraction and series of Abramowitz & Stegun 26.2. */
export function upperTail(z: number): number {
  if (z > 38) return 0
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z < 3) {
    let term = z
    let sum = z
    for (let n = 1; n < 100 && Math.abs(term) > 1e-17; n++) sum += term *= (z * z) / (2 * n + 1)
    return 0.5 - density * sum
  }
  let fraction = z
  for (let n = 60; n >= 1; n--) fraction = z + n / fraction
  return density / fraction
}
