import { pairsOf } from './augment.js'
import type { AugmentRecipe } from './recipe/augment.js'
import { isAugmenting, type AnyRecipe, type LoadedRecipe } from './recipe/load.js'
import { makePlan, readSources } from './recipe/plan.js'
import { placeholderLeaves } from './recipe/topics.js'
import { textOf } from '../bias/text.js'

export interface Preview {
  /** Records that it aims for; null where only the data's end tells. */
  records: number | null
  combinations: number | null
  notes: string[]
  /** The first prompts, in each variant of the balanced variables; or the first records and their counterfactuals. */
  prompts: { label: string; system?: string; prompt: string; response?: string }[]
}

/** What a recipe asks for first, without asking. `count`: how many prompts. */
export async function previewRecipe(loaded: AnyRecipe, count = 3): Promise<Preview> {
  return isAugmenting(loaded) ? previewPairs(loaded, count) : previewPrompts(loaded, count)
}

async function previewPrompts(loaded: LoadedRecipe, count: number): Promise<Preview> {
  const { topics } = loaded.recipe
  const sources = await readSources(loaded)
  const built = topics !== undefined && !Array.isArray(topics)
  const plan = built ? makePlan(loaded, sources, placeholderLeaves(topics)) : makePlan(loaded, sources)
  const prompts: Preview['prompts'] = []
  const { combinations, notes, variants } = plan
  const records = plan.items * variants.length * (plan.recipe.verbalized?.keep ?? 1)
  for (const item of plan.list()) {
    for (const variant of variants) {
      if (prompts.length >= count) return { records, combinations, notes, prompts }
      const scope = { ...item.scope, ...variant.scope }
      prompts.push({
        label: variant.label,
        system: plan.templates.system?.render(scope),
        prompt: plan.templates.prompt.render(scope),
        response: plan.templates.response?.render(scope)
      })
    }
  }
  return { records, combinations, notes, prompts }
}

async function previewPairs(loaded: LoadedRecipe<AugmentRecipe>, count: number): Promise<Preview> {
  const prompts: Preview['prompts'] = []
  for await (const { pair } of pairsOf(loaded)) {
    if (pair?.counterfactual === undefined) continue
    prompts.push({ label: 'record', prompt: textOf(pair.original, 'all') })
    prompts.push({ label: 'counterfactual', prompt: textOf(pair.counterfactual, 'all') })
    if (prompts.length >= count * 2) break
  }
  return { records: null, combinations: null, notes: [], prompts }
}
