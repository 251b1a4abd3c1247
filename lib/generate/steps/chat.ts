import type { ChatMessage } from '../providers/interface.js'
import { requestFor, type Asking, type Made } from './content.js'
import { judged } from './judge.js'
import { FOLLOW_UP } from './prompts.js'
import { askWhole } from './reply.js'

/** A conversation: the recipe's own messages, or the model's answers with the user's next messages between them. */
export async function chatContent(asking: Asking): Promise<Made> {
  const { plan, item, scope, ask, system, prompt } = asking
  const { recipe, templates } = plan
  const messages: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }]
  if (templates.messages) {
    messages.push(...templates.messages.map(({ role, content }) => ({ role, content: content.render(scope) })))
    const answer = messages.at(-1)!.content
    const reply = await ask(requestFor(asking, { answer }), item.sample)
    return { content: { kind: 'chat', messages }, generated: answer, reply }
  }
  messages.push({ role: 'user', content: prompt })
  let request = requestFor(asking)
  const before = request.messages.slice(0, request.messages.length - 1)
  for (let turn = 1; ; turn++) {
    const reply = await askWhole(ask, request, item.sample)
    messages.push({ role: 'assistant', content: reply.answer.text.trim() })
    if (turn === recipe.turns) {
      const judgeScore = await judged(asking, reply.answer.text)
      const generated = messages.flatMap(({ role, content }) => (role === 'assistant' ? [content] : [])).join('\n')
      return { content: { kind: 'chat', messages }, generated, reply, ...(judgeScore !== undefined && { judgeScore }) }
    }
    const spoken = messages.filter(({ role }) => role !== 'system')
    const conversation = spoken.map(({ role, content }) => `${role}: ${content}`).join('\n\n')
    const content = templates.followUp?.render({ ...scope, conversation }) ?? FOLLOW_UP + conversation
    const next = await askWhole(ask, requestFor(asking, { messages: [{ role: 'user', content }] }), item.sample)
    messages.push({ role: 'user', content: next.answer.text.trim() })
    // The few-shot examples stay before the conversation.
    request = { ...request, messages: [...before, ...messages.slice(system === undefined ? 0 : 1)] }
  }
}
