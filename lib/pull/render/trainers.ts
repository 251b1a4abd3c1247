import type { Shape, Shaped } from '../../record/shapes-out.js'
import type { ChatMessage, TrainingRecord } from '../../record/types.js'

// What trainers take is narrower than what a record can keep of the file that it came from: a turn may carry any field
// there, and its author any name.

/**
 * The fields of a message that OpenAI's fine-tuning and TRL know. Others make an upload fail.
 * https://platform.openai.com/docs/guides/supervised-fine-tuning, https://huggingface.co/docs/trl/dataset_formats
 */
const MESSAGE_FIELDS = ['role', 'content', 'name', 'tool_calls', 'tool_call_id', 'function_call', 'weight']

/** Of a ShareGPT turn, and who speaks: https://docs.axolotl.ai/docs/dataset-formats/conversation.html */
const TURN_FIELDS = ['from', 'value', 'name', 'weight']
const SPEAKERS: { readonly [role in ChatMessage['role']]: string } = {
  system: 'system',
  developer: 'system',
  user: 'human',
  assistant: 'gpt',
  tool: 'tool',
  function: 'tool'
}

type Turn = { readonly [field: string]: unknown }

/** A record's shape as trainers take it, or the reason why they would not. */
export function forTrainers(record: TrainingRecord, shape: Shape, shaped: Shaped): Shaped {
  const { value } = shaped
  if (!value || (shape !== 'chat' && shape !== 'sharegpt')) return shaped
  const roles = record.kind === 'chat' ? record.messages.map(({ role }) => role) : undefined
  // Nothing is learned from a dialogue in which the model says nothing, and OpenAI refuses it.
  if (roles?.includes('assistant') === false) return { reason: 'the dialogue has no answer' }
  if (shape === 'chat') {
    const messages = value.messages as Turn[]
    return {
      value: { messages: messages.map((turn, i) => kept({ ...turn, role: roles?.[i] ?? turn.role }, MESSAGE_FIELDS)) }
    }
  }
  const turns = value.conversations as Turn[]
  const speaker = (turn: Turn, i: number) => (roles?.[i] ? SPEAKERS[roles[i]] : turn.from)
  return { value: { conversations: turns.map((turn, i) => kept({ ...turn, from: speaker(turn, i) }, TURN_FIELDS)) } }
}

function kept(turn: Turn, fields: readonly string[]): Turn {
  return Object.fromEntries(fields.filter((field) => turn[field] !== undefined).map((field) => [field, turn[field]]))
}
