import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'brittle'
import { MinHash } from '../../lib/check/minhash/minhash.js'
import { decomposed, readWords, wordBounds } from '../../lib/check/minhash/words.js'
import { ROW_BYTES, similarity, writeRow } from '../../lib/check/bands/row.js'
import { assemble } from './helpers/assemble.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const VECTORS = 'data/bias/datatrove/minhash_vectors.json'

interface Vectors {
  a: string[]
  b: string[]
  vectors: { text: string; sha1_64: string[] }[]
}

// The file also has signatures of 32-bit hashes. vdata has no such mode: at a million records, 32 bits make shingles collide.
test('signatures are datatrove’s, for the same hashes of shingles', needsShared(VECTORS), async (t) => {
  const { a, b, vectors } = JSON.parse(await readFile(sharedPath(VECTORS), 'utf8')) as Vectors
  const own = JSON.parse(
    await readFile(new URL('../../lib/check/minhash/parameters.json', import.meta.url), 'utf8')
  ) as Vectors
  t.alike([own.a, own.b], [a, b], 'the parameters are those of RandomState(1)')
  const hasher = new MinHash()
  for (const { text, sha1_64: signature } of vectors) {
    const words = text.split(' ')
    const hashes = words.slice(4).map((_, i) => sha1(words.slice(i, i + 5).join(' ')))
    t.alike([...hasher.signatureOf(BigUint64Array.from(hashes))].map(String), signature, text)
  }
})

test('shingles are hashed with XXH64', (t) => {
  const hasher = new MinHash()
  // From xxHash's own tests and documentation; the longest goes through its loop over stripes of 32 bytes.
  for (const [text, hash] of [
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['nobody inspects the spammish repetition', '9f65ecf9c862f68d']
  ] as const) {
    const words = hasher.load(text)
    t.is(hex(hasher.shingleAt(0, words)), hash, text)
  }
  hasher.load('one two three four')
  const pairs = [...hasher.shingles(2)]
  const runs = ['one two', 'two three', 'three four'].map((run) => {
    const words = new MinHash()
    words.load(run)
    return [...words.shingleAt(0, 2)]
  })
  t.alike(pairs, runs.flat(), 'every run of two words')
  t.is(hasher.signature(), undefined, 'four words have no run of five')
})

test('the committed WebAssembly is what its source says', async (t) => {
  const folder = new URL('../../lib/check/minhash/', import.meta.url)
  t.ok((await assemble(new URL('minhash.wat', folder))).equals(await readFile(new URL('minhash.wasm', folder))))
})

test('words are compared without case, marks, diacritics and digits', (t) => {
  const cases: [text: string, words: string[]][] = [
    ['Hello,   World!', ['hello', 'world']],
    ["Don't stop-me\tNOW", ['dont', 'stopme', 'now']],
    ['Crème brûlée costs 12,50 €', ['creme', 'brulee', 'costs', '0']],
    ['In 1999: 3rd place', ['in', '0', '0rd', 'place']],
    ['東京 is 大きい', ['東', '京', 'is', '大', 'き', 'い']],
    ['«Ёлка» – ну', ['елка', 'ну']],
    ['𝒳 😀 x', ['𝒳', 'x']],
    ['', []],
    [' \n ', []]
  ]
  for (const [text, expected] of cases) t.alike(wordsOf(text).words, expected, JSON.stringify(text))
})

test('sentences end at marks and lines, and not inside of numbers', (t) => {
  const hasher = new MinHash()
  hasher.load('It is 3.5 metres. Really? Yes\nand no.')
  t.alike(
    [...hasher.sentences()],
    [
      [0, 4],
      [4, 1],
      [5, 1],
      [6, 2]
    ]
  )
})

test('the similarity of rows estimates the Jaccard similarity', (t) => {
  const hasher = new MinHash()
  const words = Array.from(
    { length: 400 },
    (_, i) => `word${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`
  )
  const row = (text: string) => {
    const bytes = new Uint8Array(ROW_BYTES)
    hasher.load(text)
    writeRow(bytes, 0, new Uint8Array(32).fill(1), hasher)
    return bytes
  }
  for (const common of [400, 360, 300, 200, 50]) {
    const other = [...words.slice(0, common), ...words.slice(common).map((word) => `${word}x`)]
    const true_ = (common - 4) / (2 * 396 - (common - 4))
    const estimate = similarity(row(words.join(' ')), 0, row(other.join(' ')), 0)
    // Three standard errors of an estimate from 112 values.
    t.ok(
      Math.abs(estimate - true_) <= 3 * Math.sqrt((true_ * (1 - true_)) / 112) + 1e-9,
      `${true_.toFixed(2)}: ${estimate.toFixed(2)}`
    )
  }
})

function wordsOf(text: string): { words: string[] } {
  const simple = decomposed(text)
  const bounds = wordBounds(simple.length)
  const { bytes, starts, count } = readWords(simple, {
    bytes: new Uint8Array(bounds.bytes),
    starts: new Uint32Array(bounds.words + 1),
    ends: new Uint8Array(bounds.words)
  })
  const words = Array.from({ length: count }, (_, i) =>
    Buffer.from(bytes.subarray(starts[i], starts[i + 1]! - 1)).toString()
  )
  return { words }
}

function sha1(text: string): bigint {
  return createHash('sha1').update(text).digest().readBigUInt64LE()
}

function hex(pair: Uint32Array): string {
  return [pair[1]!, pair[0]!].map((half) => half.toString(16).padStart(8, '0')).join('')
}
