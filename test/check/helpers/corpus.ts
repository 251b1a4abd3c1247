// 50,000 records of real sentences, with planted near-duplicates and personal data, and with numbers that are nobody's.
import { readFile } from 'node:fs/promises'
import type { InstructionRecord } from '../../../lib/record/types.js'
import { plant, PLANTS, type PlantCode } from './plants.js'
import { Random } from './random.js'

export interface Corpus {
  records: InstructionRecord[]
  /** The ordinals of records that are almost like an earlier one. */
  nearDuplicates: Set<number>
  planted: Map<PlantCode, Set<number>>
}

export interface CorpusSize {
  records: number
  nearDuplicates: number
  /** Of each kind. */
  planted: number
}

/** What looks like personal data and is none; a tenth of the records has one. */
const HARMLESS: readonly ((random: Random) => string)[] = [
  (r) => `Version ${r.between(1, 20)}.${r.between(0, 30)}.${r.between(0, 99)}.${r.between(0, 200)} fixes it.`,
  (r) => `Please quote order number ${r.digits(r.between(8, 16))} when you write.`,
  (r) => `Order #${r.digits(4)}-${r.digits(4)}-${r.digits(4)} has left the warehouse.`,
  (r) => `The book has ISBN 978-${r.digits(1)}-${r.digits(2)}-${r.digits(6)}-${r.digits(1)}.`,
  (r) =>
    `It happened on 20${r.digits(2)}-0${r.between(1, 9)}-1${r.digits(1)} at 1${r.digits(1)}:3${r.digits(1)}:2${r.digits(1)}.`,
  (r) => `From 19${r.digits(2)}-19${r.digits(2)} the town had ${r.between(1, 9)},${r.digits(3)},${r.digits(3)} people.`,
  (r) => `The parcel with tracking number ${r.digits(12)} is late.`,
  (r) => `The local server has the address 192.168.${r.between(0, 255)}.${r.between(1, 254)}.`,
  (r) => `Install lodash@4.${r.between(0, 17)}.${r.between(0, 21)} first.`,
  (r) => `The sum is ${r.digits(3)}.${r.digits(3)}.${r.digits(3)},00 and the ratio 0.${r.digits(9)}.`,
  (r) => `Ticket ${r.digits(3)}-${r.digits(3)}-${r.digits(4)} was closed as invalid.`,
  (r) => `Commit ${r.text(40, '0123456789abcdef')} broke the build.`,
  (r) => `Mention @${r.text(8, 'abcdefghij')} in the post, and use icon@2x.png.`,
  (r) => `The model number is ${r.text(3, 'ABCDEFGH')}-${r.digits(7)}.`
]

/**
 * @param folder ../shared/data
 * @returns the same corpus for the same seed
 */
export async function makeCorpus(folder: string, seed: number, size: CorpusSize): Promise<Corpus> {
  const random = new Random(seed)
  const sentences = await readSentences(folder)
  const records: InstructionRecord[] = []
  const nearDuplicates = new Set<number>()
  const planted = new Map<PlantCode, Set<number>>(PLANTS.map((code) => [code, new Set()]))
  const plan = shuffled(random, [
    ...Array<'near'>(size.nearDuplicates).fill('near'),
    ...PLANTS.flatMap((code) => Array<PlantCode>(size.planted).fill(code)),
    ...Array<undefined>(size.records - size.nearDuplicates - PLANTS.length * size.planted).fill(undefined)
  ])
  /** Records that nothing was done to: the originals of near-duplicates. */
  const plain: number[] = []
  for (const [ordinal, what] of plan.entries()) {
    const original = what === 'near' && plain.length > 0 ? records[random.pick(plain)] : undefined
    if (original) {
      records.push(almost(random, original, sentences))
      nearDuplicates.add(ordinal)
      continue
    }
    const record = compose(random, sentences)
    if (what !== undefined && what !== 'near') {
      record.response = insert(random, record.response, plant(random, what))
      planted.get(what)!.add(ordinal)
    } else {
      if (random.next() < 0.1) record.response = insert(random, record.response, random.pick(HARMLESS)(random))
      plain.push(ordinal)
    }
    records.push(record)
  }
  return { records, nearDuplicates, planted }
}

/** The Jaccard similarity of two texts' word 5-grams, worked out by itself: words in lower case without marks. */
export function jaccard(a: string, b: string): number {
  const [x, y] = [shingles(a), shingles(b)]
  let both = 0
  for (const shingle of x) if (y.has(shingle)) both++
  return both / (x.size + y.size - both)
}

export function textOf(record: InstructionRecord): string {
  return `${record.prompt} ${record.response}`
}

function shingles(text: string): Set<string> {
  const words = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .replace(/\d+/g, '0')
    .split(/\s+/)
    .filter((word) => word !== '')
  return new Set(words.slice(4).map((_, i) => words.slice(i, i + 5).join(' ')))
}

/** Sentences of real dialogues and answers, without those that have an at sign or a long number. */
async function readSentences(folder: string): Promise<string[]> {
  const lines = (await readFile(`${folder}/hh-harmless-test.jsonl`, 'utf8')).trim().split('\n')
  const texts = lines.map((line) =>
    (JSON.parse(line) as { chosen: string }).chosen.replace(/\n\n(?:Human|Assistant): /g, '\n')
  )
  const answers = (await readFile(`${folder}/text-davinci-003.jsonl`, 'utf8')).trim().split('\n')
  for (const line of answers) texts.push((JSON.parse(line) as { response: string }).response)
  const sentences = texts
    .flatMap((text) => text.split(/\n+|(?<=[.?!])\s+/))
    .map((sentence) => sentence.trim())
    .filter(
      (sentence) => sentence.length > 20 && sentence.length < 300 && !/@|(?:\d[^\p{L}\d]{0,2}){7}/u.test(sentence)
    )
  return [...new Set(sentences)]
}

function compose(random: Random, sentences: readonly string[]): InstructionRecord {
  const some = (characters: number) => {
    let text = ''
    while (text.length < characters) text += `${text === '' ? '' : ' '}${random.pick(sentences)}`
    return text
  }
  return {
    kind: 'instruction',
    prompt: some(60),
    response: some(random.between(350, 700)),
    language: 'en',
    license: 'CC0-1.0'
  }
}

/** The same with words changed, so that the Jaccard similarity stays at 0.85 or above. */
function almost(random: Random, original: InstructionRecord, sentences: readonly string[]): InstructionRecord {
  let words = original.response.split(' ')
  let result = { ...original, response: `${original.response} Yes.` }
  for (let change = 0; change < 4; change++) {
    const at = random.between(0, words.length - 1)
    const other = random.pick(random.pick(sentences).split(' '))
    const changed = random.next() < 0.7 ? words.with(at, other) : words.toSpliced(at, random.between(0, 2), other)
    const next = { ...original, response: changed.join(' ') }
    if (next.response === original.response || jaccard(textOf(original), textOf(next)) < 0.85) break
    words = changed
    result = next
  }
  return result
}

/** Puts a sentence between two others. */
function insert(random: Random, text: string, sentence: string): string {
  const ends = [...text.matchAll(/[.?!] /g)].map((match) => match.index + 2)
  const at = ends.length === 0 ? text.length : random.pick(ends)
  return `${text.slice(0, at)}${at === text.length ? ' ' : ''}${sentence} ${text.slice(at)}`.trim()
}

function shuffled<T>(random: Random, list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.between(0, i)
    ;[list[i], list[j]] = [list[j]!, list[i]!]
  }
  return list
}
