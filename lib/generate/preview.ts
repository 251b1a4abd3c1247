import type { LoadedRecipe } from './recipe/load.js'
import { makePlan, readSources, type Plan } from './recipe/plan.js'
import { placeholderLeaves } from './recipe/topics.js'

export interface Preview {
  plan: Plan
  /** The first prompts, in each variant of the balanced variables. */
  prompts: { label: string; system?: string; prompt: string; response?: string }[]
}

/** What a recipe asks for first, without asking. `count`: how many prompts. */
export async function previewRecipe(loaded: LoadedRecipe, count = 3): Promise<Preview> {
  const { topics } = loaded.recipe
  const sources = await readSources(loaded)
  const built = topics !== undefined && !Array.isArray(topics)
  const plan = built ? makePlan(loaded, sources, placeholderLeaves(topics)) : makePlan(loaded, sources)
  const prompts: Preview['prompts'] = []
  for (const item of plan.list()) {
    for (const variant of plan.variants) {
      if (prompts.length >= count) return { plan, prompts }
      const scope = { ...item.scope, ...variant.scope }
      prompts.push({
        label: variant.label,
        system: plan.templates.system?.render(scope),
        prompt: plan.templates.prompt.render(scope),
        response: plan.templates.response?.render(scope)
      })
    }
  }
  return { plan, prompts }
}
