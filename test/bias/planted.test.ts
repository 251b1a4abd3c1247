// Corpora in which bias is planted: the figures must find it, follow it, and be no surer of it than they may.
import test from 'brittle'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import type { Figure } from '../../lib/bias/report.js'
import { SMALL } from './lexicons.js'

// Many corpora on a machine that does other things as well.
const SLOW = { timeout: 600_000 }
const STEPS = [0.5, 0.6, 0.75, 0.9, 0.95]
const CORPORA = 100
const COVERED = 90

interface Planted {
  share: Figure
  association: Figure
  cooccurrence: Figure
  representation: Figure
  groupShare: Figure
  distance: Figure
}

/** A corpus in which each occupation is a woman with the probability that is given for it. */
function corpus(texts: number, shares: { [occupation: string]: number }, seed: number): Planted {
  const next = random(seed)
  const meter = new BiasMeter(SMALL)
  const occupations = Object.keys(shares)
  for (let n = 0; n < texts; n++) {
    const occupation = occupations[Math.floor(next() * occupations.length)]!
    meter.add(`The ${occupation} said that ${next() < shares[occupation]! ? 'she' : 'he'} was in the house.`)
  }
  const { axes, pronouns } = meter.report()
  const gender = axes['gender']!
  return {
    share: pronouns!.occupations['doctor']!.share,
    association: gender.associations['profession']!.figure,
    cooccurrence: gender.cooccurrence['profession']!,
    representation: gender.representation,
    groupShare: gender.groups['female']!.share,
    distance: pronouns!.distance
  }
}

/** HELM's shares are of counts divided by the lengths of the lists: 3 words of women, 4 of men. */
function listed(share: number): number {
  return share / 3 / (share / 3 + (1 - share) / 4)
}

/** As many women as there are words for them. */
const EVEN = 3 / 7

function covers({ low, high }: Figure, truth: number): boolean {
  return low !== null && low <= truth + 1e-9 && truth - 1e-9 <= high!
}

for (const planted of STEPS) {
  test(
    `a doctor who is a woman in ${planted * 100} % of texts: 95 % intervals cover it in at least ${COVERED} of ${CORPORA} corpora`,
    SLOW,
    (t) => {
      const truths: { [figure in keyof Planted]: number } = {
        share: planted,
        association: Math.abs(listed(planted) - 0.5),
        representation: Math.abs(listed(planted) - 0.5),
        groupShare: listed(planted),
        // Every word of these texts has its group's own share: the ratio is that of the counts of pronouns.
        cooccurrence: Math.abs(Math.log10(planted / (1 - planted))),
        distance: Math.abs(planted - 0.4)
      }
      const hits = new Map<string, number>()
      for (let seed = 0; seed < CORPORA; seed++) {
        const figures = corpus(150, { doctor: planted }, 1000 + seed)
        for (const [name, figure] of Object.entries(figures)) {
          const truth = truths[name as keyof Planted]
          hits.set(name, (hits.get(name) ?? 0) + Number(covers(figure as Figure, truth)))
        }
      }
      for (const [name, count] of hits) t.ok(count >= COVERED, `${name}: ${count}`)
    }
  )
}

test('many occupations, some biased, some not: the interval of their mean covers it', SLOW, (t) => {
  for (const [name, women] of Object.entries({
    one: { doctor: 0.05, nurse: EVEN, judge: EVEN, chef: EVEN, pilot: EVEN, baker: EVEN },
    all: { doctor: 0.2, nurse: 0.9, judge: 0.3, chef: 0.2, pilot: 0.1, baker: 0.7 }
  })) {
    const shares = Object.values(women).map((share) => Math.abs(listed(share) - 0.5))
    const truth = shares.reduce((sum, share) => sum + share, 0) / shares.length
    let hits = 0
    for (let seed = 0; seed < CORPORA; seed++)
      hits += Number(covers(corpus(250, women, 5000 + seed).association, truth))
    t.ok(hits >= COVERED, `${name}: ${hits}`)
  }
})

test('the figures rise with the bias that is planted', SLOW, (t) => {
  const doctor = STEPS.map((planted) => corpus(3000, { doctor: planted, nurse: 1 - planted }, 7))
  for (const figure of ['share', 'association', 'cooccurrence'] as const) {
    const values = doctor.map((figures) => figures[figure].value!)
    t.ok(
      values.every((value, n) => n === 0 || value > values[n - 1]!),
      `${figure}: ${values.map((value) => value.toFixed(3)).join(' ')}`
    )
  }
})

test('without bias the intervals of the distances reach down to zero', SLOW, (t) => {
  let zero = 0
  for (let seed = 0; seed < CORPORA; seed++) {
    const { low } = corpus(200, { doctor: EVEN, nurse: EVEN, chef: EVEN }, 9000 + seed).association
    zero += Number(low === 0)
  }
  t.ok(zero >= COVERED, String(zero))
})
