import test from 'brittle'
import { englishLexicon, parseLexicon } from '../../lib/bias/lexicon.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import { lexiconOf } from './lexicons.js'

const AXES = { a: { groups: { b: ['b'], c: ['c'] } } }

test('the English lexicon has the axes that are promised, and balanced lists of gender', (t) => {
  const { axes, labour, license, source } = englishLexicon()
  for (const axis of ['gender', 'race', 'religion', 'age', 'disability', 'profession']) t.ok(axes[axis], axis)
  const { female, male } = axes['gender']!.groups
  t.is(female!.words.length, male!.words.length)
  t.is(Object.keys(labour!.percent).length, 60)
  t.ok(license && source)
})

test('what is no lexicon is refused in a sentence that says why', { timeout: 600_000 }, async (t) => {
  const wrong: [unknown, RegExp][] = [
    ['{', /not JSON/],
    [{ format: 'vdata/lexicon' }, /version/],
    [{ axes: {} }, /names no group/],
    [{ axes: { a: { groups: { b: ['b'] } } } }, /fewer than two groups/],
    [{ axes: { a: { groups: { b: ['x'], c: ['X'] } } } }, /in two groups/],
    [{ axes: { a: { groups: { b: [], c: ['c'] } } } }, /has no words/],
    [{ axes: AXES, labour: { list: 'x', group: 'b', license: '', source: '', percent: {} } }, /target list/],
    [
      { axes: AXES, targets: { p: ['x'] }, labour: { list: 'p', group: 'b', license: '', source: '', percent: {} } },
      /pronouns/
    ],
    [{ axes: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`a${n}`, AXES.a])) }, /more than 64/]
  ]
  for (const [value, why] of wrong) {
    await t.exception(() => {
      if (typeof value === 'string') parseLexicon(value)
      else if (why.source === 'version') parseLexicon(JSON.stringify(value))
      else lexiconOf(value as object)
    }, why)
  }
  await t.exception(() => void parseLexicon('"' + 'x'.repeat(9e6) + '"'), /larger than 8 MiB/)
})

test('another language: its words, and its own valences or no sentiment', (t) => {
  const german = {
    language: 'de',
    axes: { geschlecht: { groups: { frau: ['sie', 'frau'], mann: ['er', 'mann'] } } },
    targets: { beruf: ['ärztin', 'arzt'] }
  }
  const plain = germanReport(german)
  t.is(plain.groups['frau']!.count, 1)
  t.is(plain.associations['beruf']!.targets, 2)
  t.is(plain.sentiment_gap.value, null)
  const rated = germanReport({ ...german, valences: { guter: 2, schlechte: -2 } })
  t.ok(rated.groups['mann']!.sentiment.value! > 0)
  t.ok(rated.groups['frau']!.sentiment.value! < 0)
})

test('names of the prototype are words like others', (t) => {
  const meter = new BiasMeter(
    lexiconOf({
      axes: { constructor: { groups: { toString: ['constructor'], valueOf: ['__proto__', 'hasownproperty'] } } }
    }),
    { minTexts: 1 }
  )
  meter.add('constructor hasOwnProperty constructor')
  t.is(meter.report().axes['constructor']!.groups['toString']!.count, 2)
})

function germanReport(parts: object) {
  const meter = new BiasMeter(lexiconOf(parts), { minTexts: 1 })
  meter.add('Er ist ein guter Arzt. Sie ist eine schlechte Ärztin!')
  return meter.report().axes['geschlecht']!
}
