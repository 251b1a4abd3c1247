import { readFileSync } from 'node:fs'
import type { Recipe } from '../recipe/schema.js'
import type { Usage } from '../providers/interface.js'

/** US dollars for a million tokens. */
export interface Price {
  input: number
  output: number
  batch_input?: number
  batch_output?: number
  /** What holds for prompts of more tokens than `over`. */
  long?: { over: number; input: number; output: number }
}

export interface KnownPrice extends Price {
  /** Where the price comes from, and of which day it is. */
  source: string
  as_of: string
}

interface PriceFile {
  version: string
  lists: { provider: string; source: string; as_of: string; models: { [model: string]: Price } }[]
}

const file = JSON.parse(readFileSync(new URL('./prices.json', import.meta.url), 'utf8')) as PriceFile

/** The price of a model, or undefined where it isn't known: a server of one's own has none that we could know. */
export function priceOf(recipe: Recipe): KnownPrice | undefined {
  if (recipe.prices) return { ...recipe.prices, source: 'the recipe', as_of: 'now' }
  if (recipe.provider === 'template') return { input: 0, output: 0, source: 'no model is asked', as_of: 'now' }
  if (recipe.base_url !== undefined || recipe.model === undefined) return undefined
  const list = file.lists.find(({ provider }) => provider === recipe.provider)
  // A dated snapshot costs what its model costs: gpt-4o-mini-2024-07-18. Another suffix is another model.
  const name = recipe.model.replace(/^models\//, '').replace(/-\d{4}-\d{2}-\d{2}$/, '')
  const price = list && Object.hasOwn(list.models, name) ? list.models[name] : undefined
  return list && price && { ...price, source: list.source, as_of: list.as_of }
}

/** Dollars for so many tokens; with `batch` at the price of a batch, null where the list has none. */
export function costOf(price: Price, input: number, output: number, batch = false): number | null {
  const long = price.long && input > price.long.over ? price.long : undefined
  const perInput = batch ? price.batch_input : (long?.input ?? price.input)
  const perOutput = batch ? price.batch_output : (long?.output ?? price.output)
  if (perInput === undefined || perOutput === undefined) return null
  return (input * perInput + output * perOutput) / 1_000_000
}

/** What an answer cost; null where the price or the usage is not known. */
export function costOfUsage(price: Price | undefined, usage: Usage, batch = false): number | null {
  if (!price || usage.input === null || usage.output === null) return null
  return costOf(price, usage.input, usage.output, batch)
}
