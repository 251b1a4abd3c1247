import type { Path } from './problems.js'
import type { Recipe } from './schema.js'
import { compile, type Template } from './templates.js'

/** A recipe's templates, parsed. */
export interface Templates {
  prompt: Template
  system?: Template
  response?: Template
  chosen?: Template
  /** With a model: how the worse answer is asked for. */
  rejected?: { text?: Template; system?: Template; prompt?: Template }
  messages?: { role: 'system' | 'user' | 'assistant'; content: Template }[]
  followUp?: Template
  evolve: ('deepen' | 'broaden' | Template)[]
  judge?: Template
  topic?: Template
  tags: Template[]
}

/** Every template of a recipe with its path. */
export function templatesOf(recipe: Recipe): [Path, string][] {
  const found: [Path, string | undefined][] = [
    [['prompt'], recipe.prompt],
    [['system'], recipe.system],
    [['response'], recipe.response],
    [['chosen'], recipe.chosen],
    [['follow_up'], recipe.follow_up],
    [['judge', 'prompt'], recipe.judge?.prompt],
    [['topic'], recipe.topic]
  ]
  if (typeof recipe.rejected === 'string') found.push([['rejected'], recipe.rejected])
  else found.push([['rejected', 'system'], recipe.rejected?.system], [['rejected', 'prompt'], recipe.rejected?.prompt])
  for (const [index, message] of (recipe.messages ?? []).entries())
    found.push([['messages', index, 'content'], message.content])
  for (const [index, tag] of (recipe.tags ?? []).entries()) found.push([['tags', index], tag])
  for (const [index, step] of (recipe.evolve ?? []).entries()) {
    if (typeof step === 'object') found.push([['evolve', index, 'prompt'], step.prompt])
  }
  return found.filter((entry): entry is [Path, string] => entry[1] !== undefined)
}

/** Parses every template of a checked recipe. */
export function compileRecipe(recipe: Recipe): Templates {
  const maybe = (source: string | undefined) => (source === undefined ? undefined : compile(source))
  const { rejected } = recipe
  return {
    prompt: compile(recipe.prompt),
    system: maybe(recipe.system),
    response: maybe(recipe.response),
    chosen: maybe(recipe.chosen),
    rejected:
      typeof rejected === 'string'
        ? { text: compile(rejected) }
        : rejected && { system: maybe(rejected.system), prompt: maybe(rejected.prompt) },
    messages: recipe.messages?.map(({ role, content }) => ({ role, content: compile(content) })),
    followUp: maybe(recipe.follow_up),
    evolve: (recipe.evolve ?? []).map((step) => (typeof step === 'string' ? step : compile(step.prompt))),
    judge: maybe(recipe.judge?.prompt),
    topic: maybe(recipe.topic),
    tags: (recipe.tags ?? []).map(compile)
  }
}
