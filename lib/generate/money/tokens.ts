import type { ChatRequest } from '../providers/interface.js'

/** How many tokens a text has: `likely` as counted or guessed, `most` a number that it can't exceed. */
export interface TokenCount {
  likely: number
  most: number
}

export type CountTokens = (text: string) => TokenCount

// What chat formats add around each message, and once for the answer's beginning: 3 to 4 and 3 in OpenAI's cookbook. Some
// put a system prompt of their own before it (Llama 3's template: the dates, some 30 tokens), so the bound is generous.
const PER_MESSAGE = { likely: 4, most: 8 }
const PER_REQUEST = { likely: 3, most: 256 }

/**
 * A counter for a model. OpenAI's own models are counted with their tokenizer; for others four characters make a token
 * as a guess, and no tokenizer over bytes makes more tokens than a text has bytes.
 */
export async function counterFor(
  provider: string,
  model: string | undefined
): Promise<{ count: CountTokens; exact: boolean }> {
  if (provider !== 'openai' || !/^(?:gpt-|o\d|chatgpt-)/.test(model ?? '')) return { count: guess, exact: false }
  // 170 ms to load: only runs that need it pay for it.
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const special = { disallowedSpecial: new Set<string>() }
  return {
    count: (text) => {
      const likely = countTokens(text, special)
      return { likely, most: likely }
    },
    exact: true
  }
}

function guess(text: string): TokenCount {
  return { likely: Math.ceil(text.length / 4), most: Buffer.byteLength(text) }
}

/** The tokens of a request's input. */
export function inputTokens({ messages, schema }: ChatRequest, count: CountTokens): TokenCount {
  const total = { ...PER_REQUEST }
  const texts = messages.map(({ content }) => content)
  if (schema) texts.push(JSON.stringify(schema))
  for (const text of texts) {
    const { likely, most } = count(text)
    total.likely += likely + PER_MESSAGE.likely
    total.most += most + PER_MESSAGE.most
  }
  return total
}
