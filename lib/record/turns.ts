import { FIELD_LIMITS, isLabel } from './fields.js'
import { isPlainObject, put, quote } from './json-value.js'
import type { ChatMessage } from './types.js'

/** The two spellings of a dialogue: OpenAI's {role, content} and ShareGPT's {from, value}. */
export type TurnStyle = 'messages' | 'conversations'

const KEYS = {
  messages: { who: 'role', what: 'content' },
  conversations: { who: 'from', what: 'value' }
} as const

const ROLES: { readonly [name: string]: ChatMessage['role'] } = {
  __proto__: null as never,
  system: 'system',
  developer: 'developer',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  tool: 'tool',
  observation: 'tool',
  function: 'function'
}

/** How ShareGPT calls a role; the others have the same name there. */
const SHAREGPT: { readonly [role: string]: string } = { user: 'human', assistant: 'gpt' }

export type Leftover = { [key: string]: unknown }

export interface Turns {
  messages: ChatMessage[]
  /**
   * For each message an object with what a ChatMessage can't hold (`tool_calls`, `weight`, a role's other name), such
   * that spreading it over `turnOf` the message gives the original; undefined where all of them would be empty.
   */
  leftover: Leftover[] | undefined
  style: TurnStyle
}

/** A message in one of the two spellings. */
export function turnOf(message: ChatMessage, style: TurnStyle): { [key: string]: unknown } {
  if (style === 'messages') return { ...message }
  const { role, content, ...rest } = message
  return { from: SHAREGPT[role] ?? role, value: content, ...rest }
}

/** Reads a dialogue whose turns are spelt in either way. */
export function readTurns(value: unknown, field: string): Turns | { problem: string } {
  if (!Array.isArray(value)) return { problem: `${field} must be a list of messages` }
  const style = styleOf(value[0])
  const { who, what } = KEYS[style]
  const messages: ChatMessage[] = []
  const leftovers: Leftover[] = []
  let some = false
  for (let i = 0; i < value.length; i++) {
    const turn: unknown = value[i]
    const where = `${field}[${i}]`
    if (!isPlainObject(turn)) return { problem: `${where} must be an object` }
    const name = turn[who]
    const role = typeof name === 'string' ? ROLES[name] : undefined
    if (role === undefined) {
      return {
        problem: `${where}.${who} ${typeof name === 'string' ? `is ${quote(name)}, which is no known role` : 'must be text'}`
      }
    }
    const content = textOf(turn[what])
    if (content === undefined) return { problem: `${where}.${what} must be text` }
    const message: ChatMessage = { role, content }
    if (typeof turn.name === 'string' && isName(turn.name)) message.name = turn.name
    const leftover = difference(turn, turnOf(message, style))
    if (leftover) some = true
    messages.push(message)
    leftovers.push(leftover ?? {})
  }
  return { messages, leftover: some ? leftovers : undefined, style }
}

/** Whether a ChatMessage can have this name. */
function isName(name: string): boolean {
  return name.length <= FIELD_LIMITS.facet && isLabel(name)
}

function styleOf(first: unknown): TurnStyle {
  return isPlainObject(first) && 'from' in first && !('role' in first) ? 'conversations' : 'messages'
}

/** Content is text, a list of parts that are all text, or null where a turn only calls a tool. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) return undefined
  let text = ''
  for (const part of content as unknown[]) {
    if (!isPlainObject(part) || part.type !== 'text' || typeof part.text !== 'string') return undefined
    text += part.text
  }
  return text
}

/** The fields of `original` that `made` lacks or has with another value. */
function difference(original: Leftover, made: Leftover): Leftover | undefined {
  let rest: Leftover | undefined
  for (const key of Object.keys(original)) {
    if (Object.hasOwn(made, key) && made[key] === original[key]) continue
    put((rest ??= {}), key, original[key])
  }
  return rest
}
