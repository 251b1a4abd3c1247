import { isPlainObject } from './json-value.js'
import { turnOf, type TurnStyle } from './turns.js'
import type { ChatMessage, InstructionRecord, TrainingRecord } from './types.js'
import { renderText } from './write.js'

/** The shapes in which other programs expect training data. */
export const SHAPES = ['alpaca', 'chat', 'sharegpt', 'preference', 'text'] as const

export type Shape = (typeof SHAPES)[number]

export type Shaped = { value: { [field: string]: unknown }; reason?: undefined } | { value?: undefined; reason: string }

/** Between an Alpaca instruction and its input, which is where an imported one can be split again. */
export const INPUT_GAP = '\n\n'

/**
 * A record in a shape that other programs know, without its provenance; or the reason why it has no such form.
 * `alpaca`: {instruction, input, output}, with `system` where there is one. `chat`: {messages}. `sharegpt`:
 * {conversations}. `preference`: {prompt, chosen, rejected}. `text`: {text}, which every record has.
 */
export function toShape(record: TrainingRecord, shape: Shape): Shaped {
  switch (shape) {
    case 'alpaca':
      return alpaca(record)
    case 'chat':
      return dialogue(record, 'messages')
    case 'sharegpt':
      return dialogue(record, 'conversations')
    case 'preference': {
      if (record.kind !== 'preference') return no(record, 'a preference pair')
      const { prompt, chosen, rejected } = record
      return { value: { prompt, chosen, rejected } }
    }
    case 'text':
      return { value: { text: renderText(record) } }
  }
}

function no(record: TrainingRecord, what: string): Shaped {
  return { reason: `a record of kind ${record.kind} is not ${what}` }
}

function alpaca(record: TrainingRecord): Shaped {
  if (record.kind === 'instruction') {
    const { system, prompt, response } = record
    const { instruction, input } = splitInput(record, prompt)
    return { value: { ...(system === undefined ? {} : { system }), instruction, input, output: response } }
  }
  if (record.kind !== 'chat') return no(record, 'an instruction and its answer')
  const turns = record.messages[0]?.role === 'system' ? record.messages.slice(1) : record.messages
  const [asked, answered] = turns
  if (turns.length !== 2 || asked?.role !== 'user' || answered?.role !== 'assistant') {
    return { reason: 'the dialogue is more than a question and its answer' }
  }
  const system = turns === record.messages ? {} : { system: record.messages[0]?.content }
  return { value: { ...system, instruction: asked.content, input: '', output: answered.content } }
}

function splitInput(record: InstructionRecord, prompt: string): { instruction: string; input: string } {
  const at = record.extra?.input_at
  if (typeof at !== 'number' || !Number.isInteger(at) || prompt.slice(at - INPUT_GAP.length, at) !== INPUT_GAP) {
    return { instruction: prompt, input: '' }
  }
  return { instruction: prompt.slice(0, at - INPUT_GAP.length), input: prompt.slice(at) }
}

function dialogue(record: TrainingRecord, style: TurnStyle): Shaped {
  const messages = messagesOf(record)
  if (!messages) return no(record, 'a dialogue')
  const leftover = record.extra?.[style]
  const original = Array.isArray(leftover) && leftover.length === messages.length ? (leftover as unknown[]) : []
  const turns = messages.map((message, i) => {
    const turn = turnOf(message, style)
    return isPlainObject(original[i]) ? { ...turn, ...original[i] } : turn
  })
  return { value: { [style]: turns } }
}

function messagesOf(record: TrainingRecord): ChatMessage[] | undefined {
  if (record.kind === 'chat') return record.messages
  if (record.kind !== 'instruction') return undefined
  const messages: ChatMessage[] = [
    { role: 'user', content: record.prompt },
    { role: 'assistant', content: record.response }
  ]
  if (record.system !== undefined) messages.unshift({ role: 'system', content: record.system })
  return messages
}
