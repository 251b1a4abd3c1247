import { z } from 'zod'
import { compileSchema } from '../keep/answer-schema.js'
import type { ChatMessage, ChatRequest } from '../providers/interface.js'
import { drawParameter, type Item, type Plan } from '../recipe/plan.js'
import { draw } from '../recipe/random.js'
import type { Scope } from '../recipe/templates.js'
import { chatContent } from './chat.js'
import { judged } from './judge.js'
import { BROADEN, DEEPEN, verbalizedSuffix } from './prompts.js'
import { askWhole, Dropped, jsonIn, type Ask, type Reply } from './reply.js'

/** The content fields of a record. */
export type Content =
  | { kind: 'instruction'; system?: string; prompt: string; response: string }
  | { kind: 'chat'; messages: ChatMessage[] }
  | { kind: 'preference'; prompt: string; chosen: string; rejected: string }
  | { kind: 'text'; text: string }

export interface Made {
  content: Content
  generated: string
  reply: Reply
  judgeScore?: number
}

/** What is needed to ask for one member of one item. */
export interface Asking {
  plan: Plan
  item: Item
  scope: Scope
  ask: Ask
  system: string | undefined
  prompt: string
}

/** Gets the content of an item's records for one member. Throws Dropped. */
export async function contentFor(plan: Plan, item: Item, scope: Scope, ask: Ask): Promise<Made[]> {
  const { recipe, templates } = plan
  const system = templates.system?.render(scope)
  const first = templates.prompt.render(scope)
  const asking: Asking = { plan, item, scope, ask, system, prompt: first }
  const prompt = await evolved(asking)
  const evolvedAsking = { ...asking, prompt }
  if (recipe.kind === 'chat') return [await chatContent(evolvedAsking)]
  if (recipe.kind === 'preference') return [await preference(evolvedAsking)]
  if (recipe.verbalized) return verbalized(evolvedAsking)
  const reply = await askWhole(ask, requestFor(evolvedAsking), item.sample)
  return [await finished(evolvedAsking, reply, reply.answer.text)]
}

/** The request for an answer to the prompt. */
export function requestFor(
  { plan, item, scope, system, prompt }: Asking,
  changes: Partial<ChatRequest> = {}
): ChatRequest {
  const { recipe, templates } = plan
  const key = [recipe.seed, item.key, item.sample] as const
  const temperature = drawParameter(recipe.temperature, [0, 2], 'temperature', ...key)
  const topP = drawParameter(recipe.top_p, [0, 1], 'top_p', ...key)
  const messages: ChatMessage[] = []
  if (system !== undefined) messages.push({ role: 'system', content: system })
  for (const example of examplesFor(plan, item)) {
    messages.push({ role: 'user', content: example.prompt }, { role: 'assistant', content: example.response })
  }
  messages.push({ role: 'user', content: prompt })
  return {
    model: recipe.model ?? '',
    messages,
    max_tokens: recipe.max_tokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(recipe.stop && { stop: recipe.stop }),
    ...(recipe.send_seed && { seed: Math.floor(draw('seed', ...key) * 2 ** 31) }),
    ...(recipe.schema && { schema: recipe.schema }),
    ...(recipe.options && { options: recipe.options }),
    ...(recipe.provider === 'template' && { answer: (templates.response ?? templates.prompt).render(scope) }),
    ...changes
  }
}

function examplesFor({ recipe, examples }: Plan, item: Item): { prompt: string; response: string }[] {
  const count = Math.min(recipe.examples?.count ?? 0, examples.length)
  const ranked = examples.map((example, index) => ({
    example,
    rank: draw('example', recipe.seed, item.key, item.sample, index)
  }))
  if (count === 0) return []
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ example }) => example)
}

async function evolved(asking: Asking): Promise<string> {
  const { plan, item, scope, ask } = asking
  let instruction = asking.prompt
  for (const step of plan.templates.evolve) {
    const content =
      step === 'deepen'
        ? DEEPEN + instruction
        : step === 'broaden'
          ? BROADEN + instruction
          : step.render({ ...scope, instruction })
    const request = requestFor(asking, { messages: [{ role: 'user', content }], schema: undefined })
    instruction = (await askWhole(ask, request, item.sample)).answer.text.trim()
  }
  return instruction
}

const checkers = new WeakMap<object, ReturnType<typeof compileSchema>>()

/** Checks an answer against the recipe's schema and its judge, and puts it into the fields of a record. */
async function finished(asking: Asking, reply: Reply, text: string): Promise<Made> {
  const { plan, system, prompt } = asking
  const { recipe } = plan
  const fields = recipe.schema ? fieldsOf(recipe.schema, recipe.fields ?? {}, text) : {}
  const judgeScore = await judged(asking, text)
  const answer = text.trim()
  const content: Content =
    recipe.kind === 'text'
      ? { kind: 'text', text: fields.text ?? answer }
      : {
          kind: 'instruction',
          ...((fields.system ?? system) !== undefined && { system: fields.system ?? system }),
          prompt: fields.prompt ?? prompt,
          response: fields.response ?? answer
        }
  return { content, generated: answer, reply, ...(judgeScore !== undefined && { judgeScore }) }
}

function fieldsOf(schema: object, names: { [field: string]: string }, text: string): { [field: string]: string } {
  const value = jsonIn(text)
  let check = checkers.get(schema)
  if (!check) checkers.set(schema, (check = compileSchema(schema)))
  if (value === undefined) throw new Dropped('schema', 'the answer is not JSON', text)
  const wrong = check(value)
  if (wrong !== undefined) throw new Dropped('schema', wrong, text)
  const fields: { [field: string]: string } = {}
  for (const [field, property] of Object.entries(names)) {
    const found =
      value !== null && typeof value === 'object' ? (value as { [key: string]: unknown })[property] : undefined
    if (found === undefined) throw new Dropped('schema', `the answer has no ${property}`, text)
    fields[field] = typeof found === 'string' ? found : JSON.stringify(found)
  }
  return fields
}

async function preference(asking: Asking): Promise<Made> {
  const { plan, item, scope, ask, prompt } = asking
  const { recipe, templates } = plan
  const { rejected } = templates
  const settings = typeof recipe.rejected === 'object' ? recipe.rejected : undefined
  const better = requestFor(asking, recipe.provider === 'template' ? { answer: templates.chosen!.render(scope) } : {})
  const worse = requestFor(
    {
      ...asking,
      system: rejected?.system?.render(scope) ?? asking.system,
      prompt: rejected?.prompt?.render(scope) ?? prompt
    },
    {
      ...(settings?.model !== undefined && { model: settings.model }),
      ...(settings?.temperature !== undefined && {
        temperature: drawParameter(settings.temperature, [0, 2], 'rejected', recipe.seed, item.key, item.sample)
      }),
      ...(rejected?.text && { answer: rejected.text.render(scope) })
    }
  )
  if (recipe.judge && !recipe.rejected) return betterOfTwo(asking, better)
  const [one, other] = await Promise.all([askWhole(ask, better, item.sample), askWhole(ask, worse, item.sample)])
  const chosen = one.answer.text.trim()
  const judgeScore = await judged(asking, chosen)
  const content: Content = { kind: 'preference', prompt, chosen, rejected: other.answer.text.trim() }
  if (content.chosen === content.rejected) throw new Dropped('tie', 'both answers are the same', chosen)
  return { content, generated: chosen, reply: one, ...(judgeScore !== undefined && { judgeScore }) }
}

/** Two answers to the same request, told apart by the judge. */
async function betterOfTwo(asking: Asking, request: ChatRequest): Promise<Made> {
  const { item, ask, prompt } = asking
  const replies = await Promise.all([0, 1].map((place) => askWhole(ask, request, item.sample * 2 + place)))
  const texts = replies.map(({ answer }) => answer.text.trim())
  const scores = await Promise.all(texts.map((text) => judged(asking, text, 0)))
  if (scores[0] === scores[1]) throw new Dropped('tie', `both answers have the score ${scores[0]}`, texts[0])
  const best = scores[0]! > scores[1]! ? 0 : 1
  if (scores[best]! < asking.plan.recipe.judge!.threshold)
    throw new Dropped('judged', `score ${scores[best]}`, texts[best])
  return {
    content: { kind: 'preference', prompt, chosen: texts[best]!, rejected: texts[1 - best]! },
    generated: texts[best]!,
    reply: replies[best]!,
    judgeScore: scores[best]
  }
}

const answerList = z.object({
  answers: z.array(z.object({ text: z.string().trim().min(1), probability: z.number().min(0).max(1) })).min(1)
})

/** Verbalised sampling (arXiv 2510.01171): of several answers those that the model itself calls unlikely. */
async function verbalized(asking: Asking): Promise<Made[]> {
  const { plan, item, ask, prompt } = asking
  const { answers, keep, below } = plan.recipe.verbalized!
  const request = requestFor({ ...asking, prompt: prompt + verbalizedSuffix(answers) })
  const reply = await askWhole(ask, request, item.sample)
  const parsed = answerList.safeParse(jsonIn(reply.answer.text))
  if (!parsed.success)
    throw new Dropped('schema', 'the answer is no list of answers with probabilities', reply.answer.text)
  const { seed } = plan.recipe
  const ranked = parsed.data.answers.map((one, index) => ({
    ...one,
    // The tail first, in drawn order; then the rest from the least likely on.
    rank: one.probability <= below ? draw('tail', seed, item.key, item.sample, index) - 1 : one.probability
  }))
  const chosen = ranked.sort((a, b) => a.rank - b.rank).slice(0, keep)
  return Promise.all(chosen.map(({ text }) => finished(asking, reply, text)))
}
