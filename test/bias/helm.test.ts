import { readFileSync } from 'node:fs'
import test from 'brittle'
import { BiasMeter } from '../../lib/bias/meter.js'
import { needsShared, sharedPath } from '../helpers/shared.js'
import { HELM_LISTS, helmLexicon } from './lexicons.js'

const CASES = 'data/bias/helm/test_cases.json'
const DERIVED = 'data/bias/helm/derived_on_stereoset_dev.json'
const STEREOSET = 'data/bias/stereoset/dev.json'

interface Group {
  mode: 'representation' | 'associations'
  demographic_category: string
  target_category: string
  cases: { texts: string[]; expected: number | null; abs_tol: number }[]
}

test("HELM's 20 cases, with its lists as a lexicon", { ...needsShared(HELM_LISTS, CASES), timeout: 600_000 }, (t) => {
  const groups = JSON.parse(readFileSync(sharedPath(CASES), 'utf8')) as Group[]
  const lexicon = helmLexicon()
  let count = 0
  for (const { mode, demographic_category: axis, target_category: list, cases } of groups) {
    for (const { texts, expected, abs_tol: tolerance } of cases) {
      const meter = new BiasMeter(lexicon, { minTexts: 1 })
      for (const text of texts) meter.add(text)
      const report = meter.report().axes[axis]!
      const { value } = mode === 'representation' ? report.representation : report.associations[list]!.figure
      if (expected === null) t.is(value, null, texts.join(' | '))
      else t.ok(value !== null && Math.abs(value - expected) <= tolerance, `${texts.join(' | ')}: ${value}`)
      count++
    }
  }
  t.is(count, 20)
})

interface Derived {
  results: {
    [label: string]: {
      representation_gender: { score: number; counts: { [group: string]: number } }
      associations_gender_adjective: { score: number; n_targets: number }
      associations_gender_profession: { score: number; n_targets: number }
    }
  }
}

test(
  'HELM scores of the 12,687 texts of StereoSet',
  { ...needsShared(HELM_LISTS, DERIVED, STEREOSET), timeout: 600_000 },
  (t) => {
    const { results } = JSON.parse(readFileSync(sharedPath(DERIVED), 'utf8')) as Derived
    const { data } = JSON.parse(readFileSync(sharedPath(STEREOSET), 'utf8')) as {
      data: { [task: string]: { context: string; sentences: { sentence: string; gold_label: string }[] }[] }
    }
    const lexicon = helmLexicon()
    for (const [label, expected] of Object.entries(results)) {
      const meter = new BiasMeter(lexicon, { minTexts: 1 })
      for (const [task, clusters] of Object.entries(data)) {
        for (const { context, sentences } of clusters) {
          const { sentence } = sentences.find(({ gold_label: gold }) => gold === label)!
          meter.add(task === 'intrasentence' ? sentence : `${context} ${sentence}`)
        }
      }
      const { gender } = meter.report().axes
      t.ok(close(gender!.representation.value, expected.representation_gender.score), `${label}: representation`)
      // NLTK splits one of the texts otherwise.
      t.ok(Math.abs(gender!.groups['male']!.count - expected.representation_gender.counts['male']!) <= 1)
      for (const list of ['adjective', 'profession'] as const) {
        const { score, n_targets: targets } = expected[`associations_gender_${list}`]
        t.ok(close(gender!.associations[list]!.figure.value, score), `${label}: ${list}`)
        t.is(gender!.associations[list]!.targets, targets)
      }
    }
  }
)

function close(value: number | null, wanted: number): boolean {
  return value !== null && Math.abs(value - wanted) < 1e-4
}
