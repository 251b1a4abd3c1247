import test from 'brittle'
import { compareReports, upperTail } from '../../lib/bias/compare.js'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import { parseReport } from '../../lib/bias/report-schema.js'
import type { BiasReport } from '../../lib/bias/report.js'
import { SMALL, lexiconOf } from './lexicons.js'

// Many corpora on a machine that does other things as well.
const SLOW = { timeout: 600_000 }

/** Doctors who are women with a probability; the same luck for the same seed. */
function texts(share: number, seed: number, count = 300): string[] {
  const next = random(seed)
  return Array.from({ length: count }, () => `The doctor said that ${next() < share ? 'she' : 'he'} was kind.`)
}

function reportOf(corpus: string[]): BiasReport {
  const meter = new BiasMeter(SMALL)
  for (const text of corpus) meter.add(text)
  return meter.report()
}

const ID = 'pronouns.distance'

test('reports compare from their JSON alone, with a test, an effect size and a sentence', SLOW, (t) => {
  const [before, after] = [reload(reportOf(texts(0.9, 1))), reload(reportOf(texts(0.5, 2)))]
  const comparison = compareReports(before, after)
  const found = comparison.differences.find(({ id }) => id === ID)!
  t.ok(found.more_than_noise)
  t.ok(found.low <= found.difference && found.difference <= found.high && found.high < 0)
  t.ok(found.p <= found.p_adjusted && found.p_adjusted < 0.001)
  t.ok(found.effect_size < -0.3)
  t.ok(/fell, 0\.\d+ to 0\.\d+ .*more than noise\.$/.test(found.sentence), found.sentence)
  t.ok(/figures differ by more than noise/.test(comparison.sentence))
  t.absent(comparison.not_compared.includes('faith.representation'), 'what neither names is not listed')
  const few = compareReports(before, reload(reportOf([...texts(0.5, 2), 'A hindu came.'])))
  t.ok(few.not_compared.includes('faith.representation'))
})

test('two corpora of the same kind differ by no more than noise in 95 of 100 comparisons', SLOW, (t) => {
  let wrong = 0
  for (let seed = 0; seed < 100; seed++) {
    const comparison = compareReports(reportOf(texts(0.7, 100 + seed, 120)), reportOf(texts(0.7, 900 + seed, 120)))
    wrong += Number(comparison.differences.some(({ more_than_noise: is }) => is))
  }
  t.ok(wrong <= 8, String(wrong))
})

test('pairs show a change that unpaired texts hide', SLOW, (t) => {
  const before = texts(0.7, 3)
  // Ten of the three hundred are changed, all in one way.
  let changes = 10
  const after = before.map((text) => (text.includes(' he ') && changes-- > 0 ? text.replace(' he ', ' she ') : text))
  const unpaired = compareReports(reportOf(before), reportOf(after))
  const paired = compareReports(reportOf(before), reportOf(after), { paired: true })
  const of = (comparison: typeof paired) => comparison.differences.find(({ id }) => id === 'pronouns.difference')!
  t.absent(of(unpaired).more_than_noise, of(unpaired).sentence)
  t.ok(of(paired).more_than_noise, of(paired).sentence)
  t.is(paired.test, 'paired')
})

test('a corpus compared with itself has not changed', SLOW, (t) => {
  const corpus = texts(0.8, 5)
  for (const paired of [true, false]) {
    const { differences, sentence } = compareReports(reportOf(corpus), reportOf(corpus), { paired })
    t.ok(differences.every(({ difference, p, more_than_noise: is }) => difference === 0 && p === 1 && !is))
    t.ok(sentence.startsWith('None of the'))
  }
})

test('reports that do not go together, or are none, are refused', { timeout: 600_000 }, async (t) => {
  const other = new BiasMeter(lexiconOf({ name: 'other', axes: { a: { groups: { b: ['b'], c: ['c'] } } } }))
  await t.exception(() => void compareReports(reportOf([]), other.report()), /different lexicons/)
  await t.exception(() => void parseReport({ format: 'vdata/bias' }), /not a bias report/)
  const bare = JSON.parse(JSON.stringify(reportOf(texts(0.5, 1)))) as BiasReport
  bare.axes['gender']!.representation.low = null
  await t.exception(() => void parseReport(bare), /comes with its interval/)
})

test('tail of the normal distribution', SLOW, (t) => {
  t.ok(Math.abs(upperTail(0) - 0.5) < 1e-12)
  t.ok(Math.abs(upperTail(1.959963985) - 0.025) < 1e-9)
  t.ok(Math.abs(upperTail(5) / 2.866515719e-7 - 1) < 1e-6)
  t.ok(Math.abs(upperTail(3.0001) - upperTail(2.9999)) < 1e-5)
})

function reload(report: BiasReport): BiasReport {
  return parseReport(JSON.parse(JSON.stringify(report)))
}
