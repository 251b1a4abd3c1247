import type { ChatMessage, TrainingRecord } from '../../lib/record/types.js'

/** A seeded generator (mulberry32), so that a failure can be seen again. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** An integer in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
}

const PIECES = [
  'a',
  'Zz9',
  ' ',
  '  ',
  '"',
  '""',
  '\\',
  ',',
  ';',
  '\n',
  '\r\n',
  '\t',
  '\u0000',
  '\u0007',
  '\u0085',
  '\u2028'
]
const WIDE = [
  'é',
  'ß',
  '漢字',
  '🙂',
  '\u{10ffff}',
  '\ufeff',
  '\ufffd',
  '{"a":1}',
  '[',
  ']',
  "'",
  '=1+1',
  '<b>',
  'null',
  ''
]

/** Text of every kind that is hard to quote. */
export function anyText(random: Random, pieces = 8): string {
  let text = ''
  for (let i = random.below(pieces); i > 0; i--) text += random.pick(random.below(2) === 0 ? PIECES : WIDE)
  return text
}

export function anyJson(random: Random, depth = 3): unknown {
  switch (random.below(depth > 0 ? 7 : 5)) {
    case 0:
      return anyText(random)
    case 1:
      return random.pick([0, 1, -1, 0.1, 1e21, 1e-7, 5e-324, 2 ** 53 - 1, 1.7976931348623157e308, random.next()])
    case 2:
      return random.below(2) === 0
    case 3:
      return null
    case 4:
      return String(random.below(1000))
    case 5:
      return Array.from({ length: random.below(4) }, () => anyJson(random, depth - 1))
    default:
      return anyObject(random, depth - 1)
  }
}

export function anyObject(random: Random, depth = 3): { [key: string]: unknown } {
  const object: { [key: string]: unknown } = {}
  for (let i = random.below(4); i > 0; i--) object[anyText(random, 4) + random.below(10)] = anyJson(random, depth)
  return object
}

/** A valid record with any of its fields. */
export function anyRecord(random: Random): TrainingRecord {
  const rest = anyRest(random)
  switch (random.below(4)) {
    case 0: {
      const system = random.below(2) === 0 ? { system: anyText(random) } : {}
      return { kind: 'instruction', ...system, prompt: anyText(random), response: anyText(random), ...rest }
    }
    case 1:
      return { kind: 'chat', messages: Array.from({ length: 1 + random.below(4) }, () => anyMessage(random)), ...rest }
    case 2: {
      const [prompt, chosen, rejected] = [anyText(random), anyText(random), anyText(random)]
      return { kind: 'preference', prompt, chosen, rejected, ...rest }
    }
    default:
      return { kind: 'text', text: anyText(random), ...rest }
  }
}

function anyMessage(random: Random): ChatMessage {
  const role = random.pick(['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const)
  const name = random.below(4) === 0 ? { name: 'Ada' } : {}
  return { role, content: anyText(random), ...name }
}

function anyRest(random: Random) {
  const all = {
    topic: random.pick(['law', 'a, b', 'médecine', '"x"', ' spaced ']),
    language: random.pick(['en', 'pt-BR', 'zh-Hant-TW', 'x-own', 'de-CH-1901']),
    tags: Array.from({ length: random.below(4) }, () => random.pick(['a', 'b c', ',', '"'])),
    provider: random.pick(['openai', 'template']),
    model: random.pick(['gpt-4o-mini', 'm:1']),
    temperature: random.pick([0, 0.7, -1, 1e-9]),
    seed: random.pick([0, -5, 2 ** 53 - 1]),
    input_tokens: random.below(5000),
    output_tokens: random.below(5000),
    created_at: random.pick(['2026-01-31T23:59:59Z', '2024-02-29T00:00:00.123456789Z']),
    recipe: random.pick(['0f'.repeat(32), 'y'.repeat(52)]),
    license: random.pick(['CC0-1.0', '(MIT OR Apache-2.0) AND CC-BY-4.0']),
    terms: 'https://example.com/terms?a=1&b=%20',
    extra: anyObject(random)
  }
  for (const field of Object.keys(all) as (keyof typeof all)[]) if (random.below(2) === 0) delete all[field]
  return all
}
