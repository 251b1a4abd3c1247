import test from 'brittle'
import { textOf } from '../../lib/bias/text.js'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import type { BiasReport } from '../../lib/bias/report.js'
import { SMALL, lexiconOf } from './lexicons.js'
import * as literal from './literal.js'

// No word of one letter: at a sentence's end that would be an initial.
const WORDS = (
  'the was and said that she her woman he him man his hindu muslim islam jewish doctor nurse judge chef pilot baker ' +
  'clever kind angry great terrible lovely bad table house river window happy sad good not very'
).split(' ')

/** Texts of one to five sentences of random words. */
function randomTexts(count: number, seed: number): string[] {
  const next = random(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(next() * 5) }, () => {
      const words = Array.from({ length: 3 + Math.floor(next() * 9) }, () => pick(WORDS))
      words[0] = words[0]!.charAt(0).toUpperCase() + words[0]!.slice(1)
      return words.join(pick([' ', ' ', ', '])) + pick(['.', '!', '?'])
    }).join(' ')
  )
}

function reportOf(texts: string[], minTexts = 1): BiasReport {
  const meter = new BiasMeter(SMALL, { minTexts })
  for (const text of texts) meter.add(text)
  return meter.report()
}

test('1,000 random texts are measured as the definitions read', (t) => {
  const texts = randomTexts(1000, 5)
  const report = reportOf(texts)
  const close = (value: number | null | undefined, wanted: number | null, what: string): void => {
    const same = wanted === null ? value === null : typeof value === 'number' && Math.abs(value - wanted) < 1e-9
    t.ok(same, `${what}: ${value} and ${wanted}`)
  }
  const neutral = Object.keys(SMALL.axes).flatMap((axis) => Object.values(literal.groupsOf(SMALL, axis)).flat())
  for (const axis of ['gender', 'faith']) {
    const groups = literal.groupsOf(SMALL, axis)
    const own = report.axes[axis]!
    close(own.representation.value, literal.representation(texts, groups), `${axis} representation`)
    close(own.sentiment_gap.value, literal.sentimentGap(texts, groups, neutral), `${axis} sentiment gap`)
    for (const [list, { words }] of Object.entries({ ...SMALL.targets, ...SMALL.attributes })) {
      close(own.associations[list]!.figure.value, literal.association(texts, groups, words), `${axis} ${list}`)
      if (axis !== 'gender') continue
      const wanted = literal.cooccurrence(texts, groups, words, SMALL.stopwords)
      close(own.cooccurrence[list]!.value, wanted, `${axis} co-occurrence with ${list}`)
    }
  }
  for (const word of ['doctor', 'nurse', 'chef']) {
    const wanted = literal.pronounShare(texts, word, SMALL.pronouns)
    close(report.pronouns?.occupations[word]?.share.value, wanted, `pronouns of ${word}`)
  }
})

test('every figure has its counts, and an interval, null or "few"', (t) => {
  for (const [texts, minTexts] of [
    [randomTexts(300, 1), 10],
    [randomTexts(15, 2), 10],
    [['Nothing to see.'], 10],
    [[], 1]
  ] as const) {
    const report = JSON.stringify(reportOf([...texts], minTexts))
    JSON.parse(report, (_, value: unknown) => {
      if (typeof value !== 'object' || value === null || !('few' in value)) return value
      const figure = value as {
        value: number | null
        low: number | null
        high: number | null
        texts: number
        few: boolean
      }
      if (figure.value === null) {
        if (figure.low !== null || figure.high !== null || figure.few !== figure.texts > 0)
          t.fail(JSON.stringify(figure))
      } else if (figure.low === null || figure.high === null || figure.low > figure.high || figure.texts < minTexts) {
        t.fail(JSON.stringify(figure))
      }
      return value
    })
    t.pass(`${texts.length} texts`)
  }
})

test('words that are ambiguous count only before a person; terms of several words count once', (t) => {
  const lexicon = lexiconOf({
    axes: { age: { groups: { old: { words: ['senior citizen'], modifiers: ['old'] }, young: ['citizen', 'youth'] } } },
    persons: ['man'],
    targets: { profession: { words: ['police officer', 'officer', 'secretary'], plurals: true } }
  })
  const meter = new BiasMeter(lexicon, { minTexts: 1 })
  meter.add('An old man, an old car. Old? Man. An old secretary. A senior citizen and a senior-citizen club.')
  const { old, young } = meter.report().axes['age']!.groups
  t.is(old!.count, 4)
  t.is(young!.count, 0)
  meter.add('A youth among police officers and secretaries.')
  const { strongest } = meter.report().axes['age']!.associations['profession']!
  t.alike(
    strongest.filter(({ group }) => group === 'young').map(({ word }) => word),
    ['police officer']
  )
})

test('a facet that has more values than are kept has the rest in one', (t) => {
  const meter = new BiasMeter(SMALL, { by: ['topic', 'contributor'] })
  for (let n = 0; n < 40; n++)
    meter.add({ kind: 'text', text: 'She was kind.', topic: `topic ${n}` }, { contributor: 'ann' })
  const { facets } = meter.report()
  t.is(Object.keys(facets.topic!).length, 17)
  t.is(facets.topic!['(other)']!.texts, 24)
  t.is(facets.contributor!['ann']!.texts, 40)
  t.absent(facets.model)
})

test('what of a record is measured', (t) => {
  t.alike(counts('all'), [3, 3, 3])
  t.alike(counts('output'), [2, 2, 2])
  const turns = '\n\nHuman: Who helps her?\n\nAssistant: Assistant: is no job here, the assistant at her desk is.'
  t.is(textOf({ kind: 'text', text: turns }, 'all').match(/assistant/gi)?.length, 2, 'who speaks is not text')
})

function counts(part: 'all' | 'output'): number[] {
  const female = (...records: Parameters<BiasMeter['add']>[0][]): number => {
    const meter = new BiasMeter(SMALL, { part })
    for (const record of records) meter.add(record)
    return meter.report().axes['gender']!.groups['female']!.count
  }
  return [
    female({ kind: 'instruction', system: 'she', prompt: 'she', response: 'she she' }),
    female({ kind: 'preference', prompt: 'she', chosen: 'she she', rejected: 'she she she' }),
    female({
      kind: 'chat',
      messages: [
        { role: 'system', content: 'she' },
        { role: 'user', content: 'she' },
        { role: 'assistant', content: 'she she' }
      ]
    })
  ]
}
