import type { Plan } from '../recipe/plan.js'
import { Missing, type Sender } from '../send.js'
import { produce } from '../steps/produce.js'
import { Dropped, type Ask } from '../steps/reply.js'
import { energyOf, type Energy } from './energy.js'
import { costOf, type KnownPrice } from './prices.js'
import { inputTokens, type CountTokens } from './tokens.js'

export interface Range {
  low: number
  high: number
}

/** What a run is going to take, before it starts. */
export interface Estimate {
  /** Items that are not in the journal yet, of all. */
  items: number
  cached: number
  requests: number
  input_tokens: Range
  output_tokens: Range
  /** Whether the tokens were counted with the model's own tokenizer. */
  exact_tokens: boolean
  /** Dollars; null where the price is not known. */
  cost: Range | null
  batch_cost: Range | null
  price?: { source: string; as_of: string; input: number; output: number }
  energy?: Energy
}

const SAMPLE = 300
/** Four characters a token is right for English prose; code and many other languages take up to twice as many. */
const ROUGH = 2
/** An answer has at least this share of the room it is given; measured answers are far apart, so the range is wide. */
const LEAST_OUTPUT = 0.05

/** Looks at up to 300 items (their order is random already) and multiplies. */
export async function estimateRun(
  plan: Plan,
  sender: Sender,
  options: { count: CountTokens; exact: boolean; price: KnownPrice | undefined }
): Promise<Estimate> {
  const looked = Math.min(SAMPLE, plan.items)
  let missing = 0
  const input = { low: 0, high: 0 }
  const output = { low: 0, high: 0 }
  for (const item of plan.list()) {
    if (item.index >= looked) break
    const request = await firstMissing(plan, item, sender.recall)
    if (!request) continue
    missing++
    const { likely } = inputTokens(request, options.count)
    input.low += likely
    input.high += likely * (options.exact ? 1 : ROUGH)
    output.low += request.max_tokens * LEAST_OUTPUT
    output.high += request.max_tokens
  }
  const items = Math.round((missing / looked) * plan.items)
  const perItem = requestsPerItem(plan)
  const factor = (plan.items / looked) * perItem
  const scaled = ({ low, high }: Range) => ({ low: Math.round(low * factor), high: Math.round(high * factor) })
  const tokens = { input: scaled(input), output: scaled(output) }
  const { price } = options
  const cost = (batch: boolean): Range | null => {
    const low = price && costOf(price, tokens.input.low, tokens.output.low, batch)
    const high = price && costOf(price, tokens.input.high, tokens.output.high, batch)
    return low === undefined || low === null || high === undefined || high === null ? null : { low, high }
  }
  const { recipe } = plan
  return {
    items,
    cached: plan.items - items,
    requests: items * perItem,
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    exact_tokens: options.exact,
    cost: cost(false),
    batch_cost: recipe.provider === 'openai' ? cost(true) : null,
    price: price && { source: price.source, as_of: price.as_of, input: price.input, output: price.output },
    energy: energyOf(recipe.provider, recipe.base_url === undefined, items * perItem)
  }
}

async function firstMissing(plan: Plan, item: Parameters<typeof produce>[1], recall: Ask) {
  try {
    await produce(plan, item, recall)
    return undefined
  } catch (error) {
    if (error instanceof Missing) return error.request
    if (error instanceof Dropped) return undefined
    throw error
  }
}

/** How many requests an item takes when nothing of it is dropped on the way. */
function requestsPerItem({ recipe, variants }: Plan): number {
  if (recipe.provider === 'template') return 0
  const answers = recipe.kind === 'preference' ? 2 : recipe.kind === 'chat' ? 2 * recipe.turns - 1 : 1
  const judged = recipe.judge
    ? (recipe.verbalized?.keep ?? (recipe.kind === 'preference' && !recipe.rejected ? 2 : 1))
    : 0
  const each = (recipe.evolve?.length ?? 0) + answers + judged
  return recipe.balance_mode === 'ask' ? each * variants.length : each
}
