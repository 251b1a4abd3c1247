import { z } from 'zod'
import { VdataError } from '../../errors.js'
import { drawParameter } from '../recipe/plan.js'
import type { Recipe } from '../recipe/schema.js'
import { buildLeaves, type Leaf } from '../recipe/topics.js'
import { topicsPrompt } from './prompts.js'
import { askWhole, jsonIn, type Ask } from './reply.js'

const topicList = z.object({ topics: z.array(z.string().trim().min(1).max(200)).min(1) })

/** Lets the model build the recipe's tree of topics. Throws a VdataError when it answers with something else. */
export async function modelTopics(recipe: Recipe, ask: Ask): Promise<Leaf[] | undefined> {
  if (recipe.topics === undefined || Array.isArray(recipe.topics)) return undefined
  return buildLeaves(recipe.topics, async (path, degree) => {
    const reply = await askWhole(ask, {
      model: recipe.model!,
      messages: [{ role: 'user', content: topicsPrompt(path, degree) }],
      temperature: drawParameter(recipe.temperature, [0, 2], 'topics', recipe.seed, ...path),
      max_tokens: recipe.max_tokens
    })
    const parsed = topicList.safeParse(jsonIn(reply.answer.text))
    if (parsed.success) return parsed.data.topics
    throw new VdataError(
      'error',
      'TOPICS_UNREADABLE',
      `The model did not answer with a list of subtopics of ${path.join(' > ')}.`,
      'Give the topics in the recipe as a list, or use another model.'
    )
  })
}
