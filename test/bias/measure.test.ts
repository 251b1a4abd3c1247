import { existsSync, readFileSync } from 'node:fs'
import test from 'brittle'
import { measure, type MeasureItem } from '../../lib/bias/measure.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import type { BiasReport } from '../../lib/bias/report.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const REAL = 'data/hh-harmless-test.jsonl'

function realTexts(): string[] {
  if (!existsSync(sharedPath(REAL))) return []
  const lines = readFileSync(sharedPath(REAL), 'utf8').trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { chosen: string }).chosen)
}

/** The texts over and over, until there are so many characters. */
async function* stream(texts: string[], characters: number): AsyncGenerator<MeasureItem[]> {
  for (let sent = 0; sent < characters;) {
    for (let n = 0; n < texts.length; n += 50) {
      const group = texts.slice(n, n + 50)
      yield group.map((text, k) => ({ record: { kind: 'text', text, model: `m${(n + k) % 3}` } }))
      for (const text of group) sent += text.length
    }
  }
}

test('threads measure what one does', { ...needsShared(REAL), timeout: 600_000 }, async (t) => {
  const texts = realTexts()
  const report = async (threads: number) => (await measure(stream(texts, 3e6), { threads, by: ['model'] })).report()
  const [one, three] = [await report(1), await report(3)]
  t.is(rounded(three), rounded(one))
  t.alike(Object.keys(one.facets.model!).sort(), ['m0', 'm1', 'm2'])
})

test('meters add up in any order', { ...needsShared(REAL), timeout: 600_000 }, (t) => {
  const texts = realTexts().slice(0, 400)
  const part = (from: number, to: number): BiasMeter => {
    const meter = new BiasMeter()
    for (let n = from; n < to; n++) meter.add(texts[n]!, {}, n)
    return meter
  }
  const whole = part(0, 400)
  const [first, second] = [part(0, 150), part(150, 400)]
  second.merge(structuredClone(first.snapshot()))
  t.is(rounded(second.report()), rounded(whole.report()))
})

test(
  'what a meter holds is bounded by its lexicon, not by the texts',
  { ...needsShared(REAL), timeout: 600_000 },
  (t) => {
    const meter = new BiasMeter()
    const size = (): number => {
      let rows = 0
      for (const table of Object.values(meter.snapshot().total.tables)) for (const row of table) if (row) rows++
      return rows
    }
    const texts = realTexts()
    for (const text of texts) meter.add(text)
    const once = size()
    for (const text of texts) meter.add(text)
    t.is(size(), once)
    t.ok(once > 100)
  }
)

test('it stops when it is told to, with or without threads', { ...needsShared(REAL), timeout: 600_000 }, async (t) => {
  for (const threads of [1, 2]) {
    const stop = new AbortController()
    let texts = 0
    const run = measure(stream(realTexts(), 1e9), {
      threads,
      signal: stop.signal,
      onEvent: (event) => {
        texts = event.texts
        if (event.characters > 3e6) stop.abort(new Error('enough'))
      }
    })
    await t.exception(run, /enough/)
    t.ok(texts > 0)
  }
})

test('an error in the stream is the error of the measurement', { timeout: 600_000 }, async (t) => {
  await t.exception(measure(broken()), /torn/)
})

async function* broken(): AsyncGenerator<MeasureItem[]> {
  yield [{ record: { kind: 'text', text: 'She.' } }]
  throw new Error('torn')
}

/** Sums of weights by distance are added in another order: all but the last bits are the same. */
function rounded(report: BiasReport): string {
  return JSON.stringify(report, (_, x: unknown) => (typeof x === 'number' ? Number(x.toPrecision(9)) : x))
}
