import { readFileSync } from 'node:fs'
import test from 'brittle'
import { random } from '../../../lib/bias/interval.js'
import {
  outcomesOf,
  parsePredictions,
  scoreStereoSet,
  type StereoSetResult
} from '../../../lib/bias/bench/stereoset-score.js'
import { parseStereoSet } from '../../../lib/bias/bench/stereoset.js'
import { benchStereoSet } from '../../../lib/bias/bench/run.js'
import { VdataError } from '../../../lib/errors.js'
import { needsShared, sharedPath } from '../../helpers/shared.js'

const FOLDER = 'data/bias/stereoset/'
const DEV = FOLDER + 'dev.json'
const PREDICTIONS = FOLDER + 'predictions_gpt2_ModelNSP_GPT2LM.json'
const PUBLISHED = FOLDER + 'published_gpt2.json'
const SMALL = FOLDER + 'small_fixture_gpt2.json'
const COUNTS = FOLDER + 'golden_counts_gpt2.json'

type Row = { Count: number; 'LM Score': number; 'SS Score': number; 'ICAT Score': number }
type Published = { intrasentence: { [domain: string]: Row }; intersentence: { [domain: string]: Row }; overall: Row }

const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9

test(
  "GPT-2's predictions give every published figure to 1e-9",
  { ...needsShared(DEV, PREDICTIONS, PUBLISHED), timeout: 600_000 },
  (t) => {
    const stereoset = parseStereoSet(readFileSync(sharedPath(DEV)))
    const predictions = parsePredictions(readFileSync(sharedPath(PREDICTIONS), 'utf8'))
    const { scores, not_comparable: notes } = benchStereoSet(stereoset, predictions, { ownIntersentence: false })
    const published = JSON.parse(readFileSync(sharedPath(PUBLISHED), 'utf8')) as Published
    const compare = (mine: StereoSetResult['overall'], theirs: Row, name: string): void => {
      t.ok(close(mine.lms.value, theirs['LM Score']), `${name} LMS`)
      t.ok(close(mine.ss.value, theirs['SS Score']), `${name} SS`)
      t.ok(close(mine.icat.value, theirs['ICAT Score']), `${name} ICAT`)
      for (const { value, low, high } of [mine.lms, mine.ss, mine.icat]) t.ok(low <= value && value <= high)
    }
    for (const task of ['intrasentence', 'intersentence'] as const) {
      for (const [domain, row] of Object.entries(published[task]))
        compare(scores[task]![domain]!, row, `${task} ${domain}`)
      t.is(scores[task]!.overall.count, published[task]['overall']!.Count)
    }
    compare(scores.overall, published.overall, 'overall')
    t.is(scores.overall.terms, 79)
    t.ok(stereoset.known)
    t.alike(notes, {})
  }
)

test("counts by term give GPT-2's figures", { ...needsShared(COUNTS), timeout: 600_000 }, (t) => {
  const { counts, expected } = JSON.parse(readFileSync(sharedPath(COUNTS), 'utf8')) as {
    counts: { [task: string]: { [term: string]: [number, number, number, number] } }
    expected: Published
  }
  const outcomes = (['intrasentence', 'intersentence'] as const).flatMap((task) =>
    Object.entries(counts[task]!).flatMap(([term, [pro, , related, total]]) => {
      const [domain, target] = term.split('/') as [string, string]
      // Any split of the sums over the triples gives the same means.
      return Array.from({ length: total }, (_, n) => ({
        id: `${target} ${n}`,
        task,
        target,
        domain,
        pro: n < pro ? (1 as const) : (0 as const),
        related: (2 * n + 1 < related ? 2 : 2 * n < related ? 1 : 0) as 0 | 1 | 2
      }))
    })
  )
  const scores = scoreStereoSet(outcomes)
  t.ok(close(scores.intrasentence!.overall.icat.value, expected.intrasentence['overall']!['ICAT Score']))
  t.ok(close(scores.intersentence!['religion']!.lms.value, expected.intersentence['religion']!['LM Score']))
  t.ok(close(scores.overall.ss.value, expected.overall['SS Score']))
})

interface Cluster {
  id: string
  sentences: { id: string; sentence: string; gold_label: string }[]
}

test(
  'the small fixture is scored, and said not to be the published set',
  { ...needsShared(SMALL), timeout: 600_000 },
  (t) => {
    const { clusters, scores } = JSON.parse(readFileSync(sharedPath(SMALL), 'utf8')) as {
      clusters: Cluster[]
      scores: { [id: string]: number }
    }
    const file = (intra: Cluster[]): Uint8Array => Buffer.from(JSON.stringify({ data: { intrasentence: intra } }))
    const stereoset = parseStereoSet(file(clusters))
    t.absent(stereoset.known)
    const predictions = { intrasentence: Object.entries(scores).map(([id, score]) => ({ id, score })) }
    const bench = benchStereoSet(stereoset, predictions, { ownIntersentence: false })
    // By hand, over triples: how often the preferred sentence is the one of that label.
    const by = (cluster: Cluster, label: string): number =>
      scores[cluster.sentences.find(({ gold_label: gold }) => gold === label)!.id]!
    const pro = clusters.filter((cluster) => by(cluster, 'stereotype') > by(cluster, 'anti-stereotype')).length
    t.is(bench.outcomes.filter((outcome) => outcome.pro === 1).length, pro)
    t.is(bench.outcomes.length, 40)
    t.ok(bench.not_comparable['stereoset'])
  }
)

/** A benchmark of made-up sentences. */
function made(count: number): { set: ReturnType<typeof parseStereoSet>; ids: [string, string, string][] } {
  const ids = Array.from({ length: count }, (_, n) => [`${n}s`, `${n}a`, `${n}u`] as [string, string, string])
  const labels = ['stereotype', 'anti-stereotype', 'unrelated']
  const intrasentence = ids.map((own, n) => ({
    id: String(n),
    target: `term ${n % 10}`,
    bias_type: n % 2 ? 'gender' : 'race',
    context: 'BLANK',
    sentences: own.map((id, k) => ({ id, sentence: id, gold_label: labels[k] }))
  }))
  return { set: parseStereoSet(Buffer.from(JSON.stringify({ data: { intrasentence } }))), ids }
}

test(
  'an ideal model reaches 100, a random one 50, and one without preferences is refused',
  { timeout: 600_000 },
  async (t) => {
    const { set, ids } = made(400)
    const scoresOf = (score: (n: number, k: number) => number): StereoSetResult =>
      scoreStereoSet(
        outcomesOf(set, { intrasentence: ids.flatMap((own, n) => own.map((id, k) => ({ id, score: score(n, k) }))) })
      )
    const ideal = scoresOf((n, k) => (k === 2 ? 0 : Math.floor(n / 10) % 2 === k ? 2 : 1)).overall
    t.alike([ideal.lms.value, ideal.ss.value, ideal.icat.value], [100, 50, 100])
    const next = random(3)
    const chance = scoresOf(() => next()).overall
    for (const { low, high } of [chance.lms, chance.ss]) t.ok(low < 50 && 50 < high)
    await t.exception(() => void scoresOf(() => 0.25), /same score/)
  }
)

test('what is no benchmark, no prediction or not all of them is refused in a sentence', (t) => {
  const { set, ids } = made(10)
  t.is(
    failing(() => parseStereoSet(Buffer.from('{"data": 1}'))),
    'BAD_STEREOSET'
  )
  t.is(
    failing(() => parseStereoSet(Buffer.from('<html>'))),
    'BAD_STEREOSET'
  )
  t.is(
    failing(() => parsePredictions('[]')),
    'BAD_PREDICTIONS'
  )
  t.is(
    failing(() => outcomesOf(set, { intrasentence: [{ id: ids[0]![0], score: 1 }] })),
    'PREDICTIONS_MISSING'
  )
})

/** The code with which it fails. */
function failing(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof VdataError) return error.code
    throw error
  }
  return ''
}
