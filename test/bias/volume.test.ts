import test from 'brittle'
import { deflateRawSync } from 'node:zlib'
import { driftsOf, type BiasRules } from '../../lib/bias/drift.js'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import { driftBetween, parseSummary, summarize, type BiasSummary } from '../../lib/bias/summary.js'
import { DatasetMeter, volumeBiasOf } from '../../lib/bias/volume.js'

const RULES: BiasRules = { off: false, moved: 0.05, min_texts: 100, most: {} }

/** Texts about doctors and nurses, of whom a share are women. */
function meterOf(count: number, women: number, seed: number): BiasMeter {
  const next = random(seed)
  const meter = new BiasMeter()
  for (let n = 0; n < count; n++) {
    const she = next() < women
    const job = next() < 0.5 ? 'doctor' : 'nurse'
    const mood = next() < 0.5 ? 'was brilliant and kind' : 'was weak and careless'
    meter.add(`The ${job} said that ${she ? 'she' : 'he'} ${mood}. We thanked ${she ? 'her' : 'him'}.`)
  }
  return meter
}

function listed(...meters: BiasMeter[]) {
  return meters.map((meter, n) => ({ id: `volume ${n}`, entry: { bias: volumeBiasOf(meter) as unknown } }))
}

function summaryOf(...meters: BiasMeter[]): BiasSummary {
  return new DatasetMeter().add(listed(...meters)).summary()!
}

test('volumes add up to what one meter measures of all of them', (t) => {
  const parts = [meterOf(300, 0.2, 1), meterOf(200, 0.6, 2), meterOf(500, 0.9, 3)]
  const whole = new BiasMeter()
  for (const part of parts) whole.merge(part)
  const [added, exact] = [summaryOf(...parts), summarize(whole.report())]
  t.is(added.texts, 1000)
  for (const [id, figure] of Object.entries(added.figures)) {
    const same = exact.figures[id]!
    t.alike([figure.texts, figure.count, figure.few], [same.texts, same.count, same.few], id)
    if (figure.value === null) continue
    // Only sentiment is rounded, to steps of 0.05.
    const close = id.endsWith('sentiment_gap') ? 0.05 : 1e-9
    t.ok(Math.abs(figure.value - same.value!) <= close, `${id}: ${figure.value}, ${same.value}`)
    const width = Math.max(0.02, same.high! - same.low!)
    t.ok(Math.abs(figure.low! - same.low!) < width && Math.abs(figure.high! - same.high!) < width, id)
  }
  t.ok(Object.keys(added.figures).length >= 6)
  t.absent(
    Object.keys(added.figures).some((id) => id.includes('cooccurrence')),
    'what the sums do not know is not given'
  )
})

test('a volume is added once, in any order, and what is none is left out', (t) => {
  const [a, b] = listed(meterOf(200, 0.3, 4), meterOf(200, 0.7, 5))
  const meter = new DatasetMeter().add([a!, b!]).add([a!, b!])
  t.is(meter.volumes, 2)
  t.alike(meter.summary(), new DatasetMeter().add([b!, a!]).summary())
  t.is(new DatasetMeter().summary(), null)
  const good = a!.entry.bias as object
  const deflated = (...bytes: number[]) => deflateRawSync(Buffer.from(bytes)).toString('base64')
  const tallies = [
    '',
    'xxxx',
    deflated(1),
    deflated(1, 1, 1, 1, 255, 255, 255, 255, 127),
    deflateRawSync(Buffer.alloc(2e7)).toString('base64'),
    // A group and a block that there are not.
    deflated(1, 1, 1, 1, 0, 1, 120, 1, 0, 1),
    deflated(1, 1, 1, 1, 0, 1, 0, 1, 40, 1)
  ]
  const bad: unknown[] = [null, {}, { ...good, version: 2 }, { ...good, lexicon: 'other' }]
  bad.push(...tallies.map((tally) => ({ ...good, tally })))
  const strange = bad.map((bias, n) => ({ id: `bad ${n}`, entry: { bias } }))
  t.is(new DatasetMeter().add(strange).volumes, 0)
  t.alike(new DatasetMeter().add([...strange, a!]).summary()!.figures, new DatasetMeter().add([a!]).summary()!.figures)
})

test('drift: what is worse by more than noise and the rules allow', (t) => {
  const fair = summaryOf(meterOf(400, 0.5, 6))
  const ids = (rules: Partial<BiasRules>, ...meters: BiasMeter[]) =>
    driftsOf(fair, summaryOf(meterOf(400, 0.5, 6), ...meters), { ...RULES, ...rules }).map(({ id }) => id)
  t.alike(ids({}, meterOf(400, 0.5, 7)), [])
  const moved = ids({}, meterOf(400, 0.95, 8))
  t.ok(moved.includes('gender.representation') && moved.includes('gender.association.profession'), moved.join())
  t.alike(ids({ off: true }, meterOf(400, 0.95, 8)), [])
  t.alike(ids({ min_texts: 1000 }, meterOf(400, 0.95, 8)), [], 'a small dataset moves with every volume')
  t.alike(ids({ moved: 0.5 }, meterOf(400, 0.95, 8)), [])
  t.alike(ids({ moved: 2, most: { 'gender.representation': 0.1 } }, meterOf(400, 0.95, 8)), ['gender.representation'])
  const first = driftsOf(null, summaryOf(meterOf(400, 0.95, 8)), { ...RULES, most: { 'gender.representation': 0.1 } })
  t.is(first.length, 1, 'a limit holds for the first volume as well')
  t.ok(
    /^gender: representation would rise to 0\.\d{3} \(0\.\d{3} to 0\.\d{3}, 400 texts\), above 0\.1$/.test(
      first[0]!.sentence
    )
  )
  const biased = summaryOf(meterOf(400, 0.95, 8))
  const better = summaryOf(meterOf(400, 0.95, 8), meterOf(400, 0.05, 9))
  t.alike(driftsOf(biased, better, RULES), [], 'what gets better is welcome')
})

test('drift between releases is told from their summaries alone', (t) => {
  const [fair, biased] = [summaryOf(meterOf(400, 0.5, 6)), summaryOf(meterOf(400, 0.9, 7))]
  const stored = (summary: BiasSummary) => JSON.parse(JSON.stringify(summary)) as unknown
  const drift = driftBetween(stored(fair), stored(biased))!
  t.ok(drift.differences.find(({ id }) => id === 'gender.representation')!.more_than_noise)
  t.absent(driftBetween(stored(fair), stored(fair))!.differences.some(({ more_than_noise: is }) => is))
  t.is(driftBetween(null, stored(fair)), null)
  t.is(driftBetween({ ...fair, lexicon: 'other' }, stored(fair)), null)
  t.is(parseSummary({ ...fair, figures: { x: { label: 'x', value: 1, low: null } } }), null)
})
