import { readFileSync } from 'node:fs'
import test from 'brittle'
import { augmentRecord, augmentText } from '../../lib/bias/augment.js'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const WINOGENDER = 'data/bias/winogender/all_sentences.tsv'

function lines(file: string | URL): string[][] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
}

test('200 sentences, checked by hand: her is him or his, his is her or hers', (t) => {
  const sentences = lines(new URL('fixtures/pronouns.tsv', import.meta.url))
  t.ok(sentences.length >= 200)
  const wrong = sentences.filter(([text = '', wanted = '']) => augmentText(text).text !== wanted)
  t.alike(wrong, [])
})

test('each differs in nothing but the swapped words', (t) => {
  // Whatever stands between words is kept, and so are words that have no counterpart.
  for (const [text = ''] of lines(new URL('fixtures/pronouns.tsv', import.meta.url))) {
    const spaced = `  ${text}\n\t“${text}”  \r\n`
    const { text: other, swaps } = augmentText(spaced)
    t.alike(between(other), between(spaced))
    const [before, after] = [words(spaced), words(other)]
    const changed = before.filter((word, n) => word !== after[n]).length
    if (before.length === after.length && changed > swaps) t.fail(text)
  }
})

test("Winogender's sentences become each other", { ...needsShared(WINOGENDER), timeout: 600_000 }, (t) => {
  const sentences = new Map(
    lines(sharedPath(WINOGENDER))
      .slice(1)
      .map(([id = '', text = '']) => [id, text])
  )
  let count = 0
  const wrong: string[] = []
  for (const [id, text] of sentences) {
    if (id.includes('.neutral.')) continue
    const other = id.includes('.male.') ? id.replace('.male.', '.female.') : id.replace('.female.', '.male.')
    if (augmentText(text).text !== sentences.get(other)) wrong.push(text)
    count++
  }
  t.is(count, 480)
  t.alike(wrong, [])
})

test('capitals are kept, names can be left alone', (t) => {
  t.is(augmentText('HER CAR. Her car. MR. SMITH').text, 'HIS CAR. His car. MS. SMITH')
  t.is(augmentText('Emily met her niece.').text, 'Kevin met his nephew.')
  t.is(augmentText('Emily met her niece.', { names: false }).text, 'Emily met his nephew.')
  t.is(augmentText('Naïve Émily, the theme, a shepherd').swaps, 0)
})

test('records: all their content is swapped, and they say what they are', (t) => {
  t.is(augmentRecord({ kind: 'text', text: 'Nothing here.' }), undefined)
  t.alike(
    augmentRecord({
      kind: 'instruction',
      system: 'He',
      prompt: 'She?',
      response: 'Him.',
      topic: 'x',
      tags: ['a']
    }) as object,
    {
      kind: 'instruction',
      system: 'She',
      prompt: 'He?',
      response: 'Her.',
      topic: 'x',
      tags: ['a', 'counterfactual'],
      provider: 'augment'
    } as object
  )
  t.alike(
    augmentRecord({ kind: 'preference', prompt: 'he', chosen: 'she', rejected: 'none' }) as object,
    {
      kind: 'preference',
      prompt: 'she',
      chosen: 'he',
      rejected: 'none',
      tags: ['counterfactual'],
      provider: 'augment'
    } as object
  )
  t.alike(
    augmentRecord({ kind: 'chat', messages: [{ role: 'user', content: 'his car' }] }) as object,
    {
      kind: 'chat',
      messages: [{ role: 'user', content: 'her car' }],
      tags: ['counterfactual'],
      provider: 'augment'
    } as object
  )
})

test('a corpus whose doctors are men in 90 % is balanced by its counterfactuals', (t) => {
  const next = random(4)
  const texts = Array.from({ length: 300 }, () => {
    const [occupation, man] = next() < 0.5 ? ['doctor', 0.9] : ['nurse', 0.2]
    const he = next() < man
    return `The ${occupation} said that ${he ? 'he' : 'she'} liked ${he ? 'his' : 'her'} work, and we thanked ${he ? 'him' : 'her'}.`
  })
  const before = association(texts)
  t.ok(before.low! > 0.2, String(before.low))
  const after = association([...texts, ...texts.map((text) => augmentText(text).text)])
  t.is(after.low, 0)
  t.ok(Math.abs(after.value!) < 1e-12)
})

function between(text: string): string[] {
  return text.split(/[\p{L}\p{M}'’-]+/u)
}

function words(text: string): string[] {
  return text.match(/[\p{L}\p{M}]+/gu) ?? []
}

function association(corpus: string[]) {
  const meter = new BiasMeter()
  for (const text of corpus) meter.add(text)
  return meter.report().axes['gender']!.associations['profession']!.figure
}
