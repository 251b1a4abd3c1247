import type { Variant } from '../recipe/dimensions.js'
import type { Item, Plan } from '../recipe/plan.js'
import { draw } from '../recipe/random.js'
import { TemplateError } from '../recipe/templates.js'
import { makeSwap } from '../balance/swap.js'
import { contentFor, type Content } from './content.js'
import { Dropped, type Ask, type Reply } from './reply.js'

/** What could become a record. */
export interface Draft {
  content: Content
  /** What the model (or the template) wrote of it: what filters look at. */
  generated: string
  /** The member of each balanced group, `person=she`; empty without balance. */
  label: string
  topic?: string
  tags: string[]
  /** The answer it comes from; of a rewritten variant, the answer to the variant that was asked. */
  reply: Reply
  /** The member about whom the answer was written, where it was rewritten. */
  swappedFrom?: string
  judgeScore?: number
}

/**
 * Runs one item through: renders, evolves, asks, judges, and rewrites for each member. The result is a list of sets with
 * one draft for each member. Throws Dropped, or what `ask` throws. Depends on nothing but the item and the answers, so
 * that running it over a journal gives the same drafts again.
 */
export async function produce(plan: Plan, item: Item, ask: Ask): Promise<Draft[][]> {
  try {
    const { variants, recipe } = plan
    const swaps = variants.length > 1 && recipe.provider !== 'template' && recipe.balance_mode === 'swap'
    if (!swaps) {
      const each = await Promise.all(variants.map((variant) => one(plan, item, variant, ask)))
      return each[0]!.map((_, place) => each.map((drafts) => drafts[place]!)).filter((set) => set.every(Boolean))
    }
    // Who is asked about changes from item to item: if it were always the same member, all would speak as of that one.
    const asked = Math.floor(draw('asked', recipe.seed, item.key, item.sample) * variants.length)
    const drafts = await one(plan, item, variants[asked]!, ask)
    return drafts.map((draft) => variants.map((variant) => rewrite(plan, item, draft, variants[asked]!, variant)))
  } catch (error) {
    if (error instanceof TemplateError) throw new Dropped('template', error.message)
    throw error
  }
}

async function one(plan: Plan, item: Item, variant: Variant, ask: Ask): Promise<Draft[]> {
  const scope = { ...item.scope, ...variant.scope }
  const made = await contentFor(plan, item, scope, ask)
  return made.map((content) => ({ ...content, ...facets(plan, scope), label: variant.label }))
}

function facets({ templates }: Plan, scope: Item['scope']): { topic?: string; tags: string[] } {
  const branch = typeof scope['topic_path'] === 'string' ? scope['topic_path'].split(' > ')[0] : undefined
  const topic = templates.topic?.render(scope) ?? branch
  return { ...(topic !== undefined && { topic }), tags: templates.tags.map((tag) => tag.render(scope)) }
}

/** The same draft about another member: its prompt from the recipe's template where that is still the prompt. */
function rewrite(plan: Plan, item: Item, draft: Draft, from: Variant, to: Variant): Draft {
  if (from === to) return draft
  const swaps = Object.keys(from.members).map((name) => makeSwap(from.members[name]!, to.members[name]!))
  const swap = (text: string) => swaps.reduce((rewritten, each) => each(rewritten), text)
  const scope = { ...item.scope, ...to.scope }
  const content = swapContent(draft.content, swap)
  const asked = plan.templates.prompt.render({ ...item.scope, ...from.scope })
  if ('prompt' in content && 'prompt' in draft.content && draft.content.prompt === asked) {
    content.prompt = plan.templates.prompt.render(scope)
  }
  if ('system' in content && plan.templates.system) content.system = plan.templates.system.render(scope)
  return {
    ...draft,
    content,
    ...facets(plan, scope),
    generated: swap(draft.generated),
    label: to.label,
    swappedFrom: from.label
  }
}

function swapContent(content: Content, swap: (text: string) => string): Content {
  switch (content.kind) {
    case 'instruction':
      return {
        ...content,
        prompt: swap(content.prompt),
        response: swap(content.response),
        ...(content.system !== undefined && { system: swap(content.system) })
      }
    case 'chat':
      return {
        ...content,
        messages: content.messages.map((message) => ({ ...message, content: swap(message.content) }))
      }
    case 'preference':
      return {
        ...content,
        prompt: swap(content.prompt),
        chosen: swap(content.chosen),
        rejected: swap(content.rejected)
      }
    case 'text':
      return { ...content, text: swap(content.text) }
  }
}
