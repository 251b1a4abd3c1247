import type { TrainingRecord } from '../record/types.js'

/** `output`: what a model trained on the record learns to say. `all`: the prompt, too. */
export type Part = 'all' | 'output'

/**
 * The text of a record that is measured. A system prompt is left out (it is the same for thousands of records), and so is
 * the rejected answer of a preference: nobody trains towards it. Labels of turns ("Assistant:") are left out as well.
 */
export function textOf(record: TrainingRecord, part: Part): string {
  return contentOf(record, part).replace(TURN, '')
}

/** Who speaks, where a conversation is written as one text: "Assistant:" at the start of a line names no occupation. */
const TURN = /^(?:human|user|assistant|system|bot|ai):/gim

function contentOf(record: TrainingRecord, part: Part): string {
  const all = part === 'all'
  switch (record.kind) {
    case 'instruction':
      return all ? `${record.prompt}\n${record.response}` : record.response
    case 'preference':
      return all ? `${record.prompt}\n${record.chosen}` : record.chosen
    case 'text':
      return record.text
    case 'chat':
      return record.messages
        .filter(({ role }) => role === 'assistant' || (all && role === 'user'))
        .map(({ content }) => content)
        .join('\n')
  }
}
