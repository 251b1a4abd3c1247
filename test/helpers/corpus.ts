// Training data made up from a seed: varied enough that it compresses as prose does, and that no two records are equal.
import { open } from 'node:fs/promises'

export interface CorpusOptions {
  seed: number
  /** The records' topics, in turn; without any, none has one. */
  topics?: readonly string[]
  /** Their languages, by which nothing but the field changes: each topic comes in all of them. */
  languages?: readonly string[]
}

/** A source of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const WORDS = 12_000
const SENTENCES = 40_000
const SYLLABLES =
  'ba be bo ca ce co da de di do en er es fa fi fo ga ge go ha he ho in is la le li lo ma me mi mo na ne no on or pa pe po ra re ri ro sa se si so ta te ti to un ur va ve vo wa we'.split(
    ' '
  )

let sentences: string[] | null = null

/** Sentences of made-up words, some of them far more frequent than others, as in any language (Zipf's law). */
function makeSentences(): string[] {
  const random = randomFrom(1)
  const pick = <T>(from: readonly T[], at = random()) => from[Math.floor(at * from.length)]!
  const words = Array.from({ length: WORDS }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(SYLLABLES)).join('')
  )
  return Array.from({ length: SENTENCES }, () => {
    const chosen = Array.from({ length: 5 + Math.floor(random() * 18) }, () => pick(words, random() ** 4))
    const text = chosen.join(' ')
    return text.charAt(0).toUpperCase() + text.slice(1) + pick(['.', '.', '.', '?', '!'])
  })
}

/** Instruction records without end, as JSON Lines: about 1 KB each. */
export function* corpus({ seed, topics = [], languages = [] }: CorpusOptions): Generator<string> {
  sentences ??= makeSentences()
  const random = randomFrom(seed)
  const some = (most: number) => {
    let text = sentences![Math.floor(random() * SENTENCES)]!
    for (let more = Math.floor(random() * most); more > 0; more--) {
      text += ' ' + sentences![Math.floor(random() * SENTENCES)]!
    }
    return text
  }
  for (let i = 0; ; i++) {
    const topic = topics[i % topics.length]
    const language = languages[Math.floor(i / Math.max(topics.length, 1)) % languages.length]
    const record = { kind: 'instruction', prompt: `${seed}-${i}: ${some(3)}`, response: some(14), topic, language }
    // What is undefined is left out.
    yield JSON.stringify(record) + '\n'
  }
}

/** Writes at least so many bytes of a corpus to a file; returns the number of records. */
export async function writeCorpus(path: string, bytes: number, options: CorpusOptions): Promise<number> {
  const file = await open(path, 'w')
  let records = 0
  let written = 0
  let lines: string[] = []
  for (const line of corpus(options)) {
    lines.push(line)
    records++
    written += line.length
    if (written >= bytes || lines.length === 4096) {
      await file.write(lines.join(''))
      lines = []
    }
    if (written >= bytes) break
  }
  await file.close()
  return records
}
