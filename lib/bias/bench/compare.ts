import { z } from 'zod'
import { VdataError } from '../../errors.js'
import { upperTail } from '../compare.js'
import { random } from '../interval.js'
import type { CrowsOutcome } from './crows.js'
import { byTerm, estimate, macroScores, resample, type Outcome, type Triplet } from './stereoset-score.js'
import { TASKS } from './stereoset.js'

const text = z.string().max(300)
const stereoOutcome = z.object({
  id: text,
  task: z.enum(TASKS),
  target: text,
  domain: text,
  pro: z.union([z.literal(0), z.literal(1)]),
  related: z.union([z.literal(0), z.literal(1), z.literal(2)])
})
const bit = z.union([z.literal(0), z.literal(1)])
const crowsOutcome = z.object({ id: text, domain: text, mean: bit, sum: bit })
const resultSchema = z.object({
  format: z.literal('vdata/bench'),
  version: z.literal(1),
  model: z.string().max(1000),
  stereoset: z.object({ hash: text, outcomes: z.array(stereoOutcome).max(1_000_000) }).optional(),
  crows: z.object({ hash: text, outcomes: z.array(crowsOutcome).max(1_000_000) }).optional()
})

/** What is read of a result file of `vdata bench`: what the model preferred, not the figures made of it. */
export type BenchOutcomes = z.infer<typeof resultSchema>

/** @throws VdataError BAD_BENCH_RESULT */
export function parseBenchResult(json: string, name = 'the file'): BenchOutcomes {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    value = undefined
  }
  const parsed = resultSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new VdataError(
    'usage',
    'BAD_BENCH_RESULT',
    `${name} is not a result of 'vdata bench'.`,
    "Write one with 'vdata bench … --output FILE', or with 'vdata bench score … --output FILE'."
  )
}

export interface BenchDifference {
  /** `stereoset.intrasentence.gender.icat`, `crows.age.stereotype_mean`. */
  id: string
  /** Triples or pairs that both models were scored on. */
  count: number
  before: number
  after: number
  difference: number
  low: number
  high: number
  p: number
  /** Difference in standard deviations of what one item adds to it (d_z). */
  effect_size: number
  /** Items on which only the first, or only the second model preferred the stereotype; for shares of preferences. */
  discordant?: [number, number]
  more_than_noise: boolean
  sentence: string
}

export interface BenchComparison {
  format: 'vdata/bench-comparison'
  version: 1
  before: string
  after: string
  differences: BenchDifference[]
}

/**
 * Compares two models item by item: McNemar's exact test where preferences are counted (SS, CrowS-Pairs), else the paired
 * bootstrap, which draws the same triples for both.
 * @throws VdataError BENCHMARKS_DIFFER
 */
export function compareBench(before: BenchOutcomes, after: BenchOutcomes): BenchComparison {
  const differences: BenchDifference[] = []
  for (const benchmark of ['stereoset', 'crows'] as const) {
    const [first, second] = [before[benchmark], after[benchmark]]
    if (first !== undefined && second !== undefined && first.hash !== second.hash) throw differ(benchmark)
  }
  if (before.stereoset && after.stereoset) {
    for (const task of TASKS) {
      const pairs = pairUp(before.stereoset.outcomes, after.stereoset.outcomes, (one) => `${one.task}/${one.id}`)
      const own = pairs.filter(([one]) => one.task === task)
      for (const [domain, part] of byDomain(own))
        differences.push(...stereoDifferences(`stereoset.${task}.${domain}`, part))
    }
  }
  if (before.crows && after.crows) {
    const pairs = pairUp(before.crows.outcomes, after.crows.outcomes, ({ id }) => id)
    for (const [domain, part] of byDomain(pairs)) {
      for (const key of ['mean', 'sum'] as const) {
        differences.push(crowsDifference(`crows.${domain}.stereotype_${key}`, part, key))
      }
    }
  }
  if (differences.length === 0) throw differ('benchmark')
  return { format: 'vdata/bench-comparison', version: 1, before: before.model, after: after.model, differences }
}

function differ(what: string): VdataError {
  return new VdataError(
    'usage',
    'BENCHMARKS_DIFFER',
    `The two results have no ${what} in common.`,
    'Bench both models with the same benchmark files.'
  )
}

type Both<T> = [before: T, after: T]

function pairUp<T>(before: T[], after: T[], key: (outcome: T) => string): Both<T>[] {
  const others = new Map(after.map((outcome) => [key(outcome), outcome]))
  return before.flatMap((outcome) => {
    const other = others.get(key(outcome))
    return other === undefined ? [] : [[outcome, other] satisfies Both<T>]
  })
}

function byDomain<T extends { domain: string }>(pairs: Both<T>[]): [string, Both<T>[]][] {
  const domains = [...new Set(pairs.map(([{ domain }]) => domain))].sort()
  const parts = domains.map((domain): [string, Both<T>[]] => [domain, pairs.filter(([one]) => one.domain === domain)])
  return pairs.length === 0 ? [] : [...parts, ['overall', pairs]]
}

function stereoDifferences(id: string, pairs: Both<Outcome>[]): BenchDifference[] {
  const terms = byTerm(pairs.map(([before, after]) => ({ target: before.target, before, after })))
  const befores = terms.map((term) => term.map(({ before }) => before))
  const afters = terms.map((term) => term.map(({ after }) => after))
  const [before, after] = [macroScores(befores), macroScores(afters)]
  const drawn = resample(terms, (picks): Triplet => {
    const [one, two] = [macroScores(befores, picks), macroScores(afters, picks)]
    return { lms: two.lms - one.lms, ss: two.ss - one.ss, icat: two.icat - one.icat }
  })
  return (['lms', 'ss', 'icat'] as const).map((key) => {
    const replicates = drawn.map((scores) => scores[key])
    const discordant = key === 'ss' ? mcnemar(pairs, ({ pro }) => pro) : undefined
    return differenceOf(`${id}.${key}`, pairs.length, before[key], after[key], replicates, discordant)
  })
}

function crowsDifference(id: string, pairs: Both<CrowsOutcome>[], key: 'mean' | 'sum'): BenchDifference {
  const share = (side: 0 | 1): number => (100 * pairs.filter((pair) => pair[side][key] === 1).length) / pairs.length
  const next = random(13)
  const replicates = Array.from({ length: 1000 }, () => {
    let sum = 0
    for (let n = 0; n < pairs.length; n++) {
      const [one, two] = pairs[Math.floor(next() * pairs.length)]!
      sum += two[key] - one[key]
    }
    return (100 * sum) / pairs.length
  })
  return differenceOf(
    id,
    pairs.length,
    share(0),
    share(1),
    replicates,
    mcnemar(pairs, (outcome) => outcome[key])
  )
}

interface McNemar {
  onlyBefore: number
  onlyAfter: number
  p: number
}

/** McNemar's exact test: of the items on which the two differ, half should go each way. */
function mcnemar<T>(pairs: Both<T>[], prefers: (outcome: T) => number): McNemar {
  let [onlyBefore, onlyAfter] = [0, 0]
  for (const [one, two] of pairs) {
    if (prefers(one) > prefers(two)) onlyBefore++
    else if (prefers(one) < prefers(two)) onlyAfter++
  }
  return { onlyBefore, onlyAfter, p: binomialTwoSided(Math.min(onlyBefore, onlyAfter), onlyBefore + onlyAfter) }
}

/** min(1, 2 P(X <= k)) for X of n fair coins. */
export function binomialTwoSided(k: number, n: number): number {
  if (n === 0) return 1
  let logTerm = -n * Math.LN2
  let sum = Math.exp(logTerm)
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i)
    sum += Math.exp(logTerm)
  }
  return Math.min(1, 2 * sum)
}

function differenceOf(
  id: string,
  count: number,
  before: number,
  after: number,
  replicates: number[],
  test: McNemar | undefined
): BenchDifference {
  const { value: difference, low, high } = estimate(after - before, replicates)
  const mean = replicates.reduce((sum, value) => sum + value, 0) / replicates.length
  const error = Math.sqrt(replicates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (replicates.length - 1))
  const bootstrapped = error === 0 ? Number(difference === 0) : 2 * upperTail(Math.abs(difference) / error)
  const p = test?.p ?? bootstrapped
  const real = p < 0.05 && (low > 0 || high < 0)
  const way = difference < 0 ? 'fell' : difference > 0 ? 'rose' : 'stayed'
  const sentence =
    `${id} ${way} from ${before.toFixed(2)} to ${after.toFixed(2)} ` +
    `(${difference.toFixed(2)}, 95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}, ${count} items): ` +
    (real ? 'more than noise.' : 'no more than noise.')
  return {
    id,
    count,
    before,
    after,
    difference,
    low,
    high,
    p,
    effect_size: error === 0 ? 0 : difference / (error * Math.sqrt(count)),
    ...(test && { discordant: [test.onlyBefore, test.onlyAfter] as [number, number] }),
    more_than_noise: real,
    sentence
  }
}
