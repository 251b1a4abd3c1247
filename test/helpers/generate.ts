// Runs of the generator against a local provider server.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assert } from 'brittle'
import {
  generate,
  isAugmenting,
  parseRecipe,
  type GenerateEvent,
  type GenerateOptions,
  type GenerateResult,
  type RecipeInput
} from '../../lib/generate/index.js'
import type { ProviderServer } from './provider-server.js'

export const KEY = 'sk-test-0123456789abcdef'

/** A recipe with `count` prompts that differ, for a server. Waits are short: tests have no time for real ones. */
export function recipeFor(server: ProviderServer, count: number, more: Partial<RecipeInput> = {}): RecipeInput {
  const gemini = more.provider === 'gemini'
  return {
    provider: 'openai',
    model: 'test-model',
    base_url: gemini ? server.geminiUrl : server.url,
    variables: { n: Array.from({ length: count }, (_, index) => `subject ${index}`) },
    prompt: 'Tell me about {{n}}.',
    max_tokens: 200,
    backoff: { first: 0.01, longest: 0.05 },
    ...more
  }
}

export interface Ran extends GenerateResult {
  events: GenerateEvent[]
}

/** Generates into `<folder>/out.jsonl`. */
export async function run(folder: string, recipe: RecipeInput, options: Partial<GenerateOptions> = {}): Promise<Ran> {
  const events: GenerateEvent[] = []
  const loaded = parseRecipe(JSON.stringify(recipe), { directory: folder })
  if (isAugmenting(loaded)) throw new TypeError('augmentData is what runs this recipe')
  const output = join(folder, 'out.jsonl')
  const result = await generate({ loaded, output, key: KEY, onEvent: (event) => events.push(event), ...options })
  return { ...result, events }
}

export type Line = { [key: string]: unknown } & { prompt: string; response: string; extra?: { [key: string]: unknown } }

/** The lines of a JSON Lines file; none where there is no file. */
export async function linesOf(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
}

/** Temporary folder of a test. */
export const folderOf = (t: Assert): Promise<string> => t.tmp()
