import { readFileSync } from 'node:fs'
import test from 'brittle'
import {
  binomialTwoSided,
  compareBench,
  parseBenchResult,
  type BenchOutcomes
} from '../../../lib/bias/bench/compare.js'
import { parseCrowsPairs, scoreCrows } from '../../../lib/bias/bench/crows.js'
import { logProbability } from '../../../lib/bias/bench/onnx.js'
import { runBench } from '../../../lib/bias/bench/run.js'
import { connect } from '../../../lib/bias/bench/endpoint.js'
import { random } from '../../../lib/bias/interval.js'
import { needsShared, sharedPath } from '../../helpers/shared.js'
import { serve, vllm } from './toy-server.js'

const CROWS = 'data/bias/crows/crows_pairs_anonymized.csv'

/** Outcomes of a model that prefers the stereotype with a probability; triple by triple the same luck for the same seed. */
function model(prefers: number, seed = 1): BenchOutcomes {
  const next = random(seed)
  const outcomes = Array.from({ length: 1000 }, (_, n) => {
    const luck = next()
    const related = next() < 0.9 ? (2 as const) : (1 as const)
    return {
      id: String(n),
      task: 'intrasentence' as const,
      target: `term ${n % 40}`,
      domain: n % 2 ? 'gender' : 'race',
      pro: luck < prefers ? (1 as const) : (0 as const),
      related
    }
  })
  return { format: 'vdata/bench', version: 1, model: String(prefers), stereoset: { hash: 'x', outcomes } }
}

const overall = (before: BenchOutcomes, after: BenchOutcomes, figure: string) =>
  compareBench(before, after).differences.find(({ id }) => id === `stereoset.intrasentence.overall.${figure}`)!

test('a model compared with itself has not changed', (t) => {
  for (const figure of ['lms', 'ss', 'icat']) {
    const { difference, p, more_than_noise: real, sentence } = overall(model(0.6), model(0.6), figure)
    t.alike([difference, p, real], [0, 1, false])
    t.ok(sentence.endsWith('no more than noise.'))
  }
})

test('in pairs a change of two points is seen; models that are alike differ by noise', (t) => {
  const paired = overall(model(0.62), model(0.6), 'ss')
  t.ok(paired.more_than_noise, paired.sentence)
  t.ok(paired.low <= paired.difference && paired.difference <= paired.high && paired.high < 0)
  t.is(paired.discordant![1], 0)
  t.ok(paired.discordant![0] > 0)
  t.ok(paired.effect_size < 0)
  let seen = 0
  for (let seed = 2; seed < 32; seed++) seen += Number(overall(model(0.62, 1), model(0.62, seed), 'ss').more_than_noise)
  t.ok(seen <= 4, `${seen} of 30 strangers that are alike`)
})

test("McNemar's exact test", (t) => {
  t.is(binomialTwoSided(0, 0), 1)
  t.ok(close(binomialTwoSided(0, 5), 2 / 32))
  t.ok(close(binomialTwoSided(1, 8), (2 * (1 + 8)) / 256))
  t.is(binomialTwoSided(5, 10), 1)
  t.ok(binomialTwoSided(1000, 3000) < 1e-50)
})

test('results that are none, or of different benchmarks, are refused', { timeout: 600_000 }, async (t) => {
  await t.exception(() => void parseBenchResult('{"format":"vdata/bench"}'), /not a result/)
  await t.exception(() => void parseBenchResult('nonsense'), /not a result/)
  const other = model(0.5)
  other.stereoset!.hash = 'y'
  await t.exception(() => void compareBench(model(0.5), other), /in common/)
})

test('CrowS-Pairs: its file, and a model on it', { ...needsShared(CROWS), timeout: 600_000 }, async (t) => {
  const crows = parseCrowsPairs(readFileSync(sharedPath(CROWS)))
  t.ok(crows.known)
  t.is(crows.pairs.length, 1508)
  const domains = new Map<string, number>()
  for (const { domain } of crows.pairs) domains.set(domain, (domains.get(domain) ?? 0) + 1)
  t.is(domains.get('race-color'), 516)
  t.is(domains.get('disability'), 60)
  const { url } = await serve(t, vllm)
  const few = { ...crows, pairs: crows.pairs.slice(0, 40) }
  const result = await runBench(await connect({ baseUrl: url, model: 'toy' }), { model: 'toy', crows: few })
  const { count, stereotype_mean: mean, stereotype_sum: sum } = result.crows!.scores.overall
  t.is(count, 40)
  for (const { value, low, high } of [mean, sum]) t.ok(low <= value && value <= high)
  await t.exception(() => void parseCrowsPairs(Buffer.from('a,b\n1,2\n')), /not the CrowS-Pairs file/)
})

test('CrowS-Pairs: equal scores are no preference, but count', (t) => {
  const outcomes = [1, 1, 0, 0].map((mean, n) => ({
    id: String(n),
    domain: 'age',
    mean: mean as 0 | 1,
    sum: 1 as const
  }))
  const { age } = scoreCrows(outcomes)
  t.is(age!.stereotype_mean.value, 50)
  t.is(age!.stereotype_sum.value, 100)
  // Four of four is no certainty: Wilson's lower end is 4 / (4 + z^2).
  t.ok(Math.abs(age!.stereotype_sum.low - 400 / (4 + 1.959964 ** 2)) < 1e-9)
})

test('log-probability of one of several logits', (t) => {
  const logits = Float32Array.from([9, 9, 0, Math.log(2), Math.log(3)])
  t.ok(Math.abs(logProbability(logits, 2, 3, 1) - Math.log(2 / 6)) < 1e-6)
})

function close(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9
}
