import { readFile } from 'node:fs/promises'
import { test } from 'brittle'
import { FINEWEB, fineWebQuality } from '../../lib/check/quality/fineweb.js'
import { GOPHER, gopherQuality } from '../../lib/check/quality/gopher.js'
import { GOPHER_REPETITION, repeatedLines, repeatedPhrases } from '../../lib/check/quality/repetition.js'
import { tokenize } from '../../lib/check/tokens.js'
import { needsShared, sharedPath } from '../helpers/shared.js'
import { found, textRecord } from './helpers/findings.js'

const VECTORS = 'data/bias/datatrove/filter_vectors.json'

interface Vector {
  filter: 'gopher_repetition' | 'gopher_quality'
  params: { min_doc_words?: number; max_doc_words?: number }
  text: string
  expected: string | true
}

test('datatrove’s vectors for Gopher’s filters', needsShared(VECTORS), async (t) => {
  const vectors = JSON.parse(await readFile(sharedPath(VECTORS), 'utf8')) as Vector[]
  t.is(vectors.length, 14)
  for (const { filter, params, text, expected } of vectors) {
    const limits = { ...GOPHER, min_words: params.min_doc_words ?? 50, max_words: params.max_doc_words ?? 100_000 }
    const reasons = filter === 'gopher_quality' ? gopherQuality(text, limits) : repetitions(text)
    // datatrove stops at the first reason; vdata says all of them, in the same order.
    t.is(reasons[0] ?? true, expected, `${filter}: ${String(expected)}`)
  }
})

test('FineWeb’s signals', (t) => {
  const cases: [text: string, reasons: string[]][] = [
    ['A whole sentence that is long enough.\nAnother sentence, as long as the first.', []],
    ['a line without an end to it, and long\nanother one without an end to it, too', ['line_punct_ratio']],
    ['Short.\nShort!\nVery short?\nA line that is longer than thirty characters.', ['short_line_ratio']],
    ['The same long sentence again and again.\nThe same long sentence again and again.', ['char_dup_ratio']]
  ]
  for (const [text, reasons] of cases) {
    t.alike(fineWebQuality(text, FINEWEB, text.split(/\s+/).length), reasons, JSON.stringify(text))
  }
})

test('repeated phrases are counted as datatrove counts them', (t) => {
  // By hand: "a b c d e" and again, 5 words of one letter; the second run is 5 characters of 19.
  const [first] = repeatedPhrases(tokenize('a b c d e a b c d e'), 19, { ...GOPHER_REPETITION, top: [1, 1, 1] })
  t.alike(first, { reason: 'duplicated_5_n_grams', share: 5 / 19 })
  // "x y" three times: 3 * 3 characters of 13.
  const [top] = repeatedPhrases(tokenize('x y x y x y z'), 13, GOPHER_REPETITION)
  t.alike(top, { reason: 'top_2_gram', share: 9 / 13 })
  t.alike(repeatedPhrases(tokenize('all of these words are different here'), 36, GOPHER_REPETITION), [])
})

test('short answers, lists and code are no bad text', async (t) => {
  const code = `Use this:\n\n\`\`\`js\n${'for (let i = 0; i < 10; i++) { a[i] = b[i] }\n'.repeat(20)}\`\`\`\n\nIt copies the list.`
  const list = Array.from(
    { length: 8 },
    (_, i) => `${i + 1}. ${['Apples', 'Pears', 'Plums', 'Kiwis'][i % 4]} of ${['May', 'June', 'July'][i % 3]}`
  ).join('\n')
  for (const text of ['Yes.', '42', 'Paris', list, code, '2 + 2 = 4', 'Ja, gerne!'])
    t.alike(await found(text), [], JSON.stringify(text.slice(0, 20)))
})

test('text that got stuck, and text that is none, is', async (t) => {
  const stuck = 'I went to the market to buy some fruit and then '.repeat(12)
  t.ok((await found(stuck)).includes('repeated_phrases warn'))
  t.ok((await found('The same line again.\n'.repeat(6))).includes('repeated_lines warn'))
  t.alike(await found(Array.from({ length: 40 }, (_, i) => `${i * 7919}`).join(' + ')), ['few_letters note'])
  t.alike(await found('antidisestablishmentarianism internationalization '.repeat(1) + words(30, 14)), [
    'word_lengths note'
  ])
  t.alike(await found('#one #two #three of the and that ' + words(25, 5)), [])
  t.ok((await found('#one #two #three #four #five #six #seven ' + words(20, 5))).includes('symbols note'))
  t.ok((await found(words(80, 5))).includes('few_stop_words note'))
  t.alike(await found(textRecord(words(80, 5), { language: 'de' })), [], 'stop words are missed in English only')
})

function repetitions(text: string): string[] {
  const phrases = repeatedPhrases(tokenize(text), text.length, GOPHER_REPETITION)
  return [...repeatedLines(text, GOPHER_REPETITION), ...phrases].map(({ reason }) => reason)
}

/** So many different words, in no language, of so many letters. */
function words(count: number, letters: number): string {
  return Array.from({ length: count }, (_, i) =>
    (i + 26 ** 4)
      .toString(26)
      .replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)]!)
      .padEnd(letters, 'ab')
      .slice(-letters)
  ).join(' ')
}
