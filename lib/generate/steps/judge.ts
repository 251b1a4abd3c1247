import type { Asking } from './content.js'
import { judgePrompt } from './prompts.js'
import { askWhole, Dropped, jsonIn } from './reply.js'

/** Lets the recipe's judge score an answer. Throws Dropped when the score is below `threshold`. */
export async function judged(
  { plan, item, scope, ask, prompt }: Asking,
  answer: string,
  threshold?: number
): Promise<number | undefined> {
  const { judge } = plan.recipe
  if (!judge) return undefined
  const content = plan.templates.judge?.render({ ...scope, prompt, answer }) ?? judgePrompt(prompt, answer, judge.scale)
  const reply = await askWhole(
    ask,
    {
      model: judge.model ?? plan.recipe.model!,
      messages: [{ role: 'user', content }],
      temperature: 0,
      max_tokens: 256
    },
    item.sample
  )
  const score = scoreIn(reply.answer.text)
  if (score === undefined)
    throw new Dropped('judge_unreadable', `the judge said ${JSON.stringify(reply.answer.text.slice(0, 100))}`, answer)
  if (score < (threshold ?? judge.threshold)) throw new Dropped('judged', `score ${score} of ${judge.scale}`, answer)
  return score
}

/** `{"score": 7}`, or the first number in the text. */
function scoreIn(text: string): number | undefined {
  const value = jsonIn(text)
  const given = value !== null && typeof value === 'object' ? (value as { score?: unknown }).score : value
  const score = typeof given === 'number' ? given : Number.parseFloat(/-?\d+(?:\.\d+)?/.exec(text)?.[0] ?? '')
  return Number.isFinite(score) ? score : undefined
}
