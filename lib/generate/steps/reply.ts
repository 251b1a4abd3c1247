import type { Answer, ChatRequest } from '../providers/interface.js'

/** Why an answer is not kept. */
export const REASONS = [
  'empty',
  'refused',
  'truncated',
  'schema',
  'content_filter',
  'bad_request',
  'judged',
  'judge_unreadable',
  'tie',
  'too_short',
  'too_long',
  'duplicate',
  'near_duplicate',
  'unbalanced',
  'template',
  'invalid'
] as const

export type Reason = (typeof REASONS)[number]

/** An answer, and when it came. */
export interface Reply {
  answer: Answer
  at: string
  request: ChatRequest
  /** It was sent for, and not found in the journal. */
  fresh?: boolean
}

/** Gets the answer to a request, from the journal or from the provider. `sample` tells equal requests apart. */
export type Ask = (request: ChatRequest, sample?: number) => Promise<Reply>

/** Thrown when an item can't become a record: it is written to the dropped file with its reason. */
export class Dropped extends Error {
  readonly reason: Reason
  /** The answer that is not kept, where there is one. */
  readonly answer: string | undefined

  constructor(reason: Reason, detail = '', answer?: string) {
    super(detail)
    this.name = 'Dropped'
    this.reason = reason
    this.answer = answer
  }
}

/**
 * Asks for an answer that is whole and not withheld. An answer that was cut off is asked for once more, with twice the
 * room, since the same request again would be cut off again and paid again; a filtered one is never asked for again.
 */
export async function askWhole(ask: Ask, request: ChatRequest, sample = 0): Promise<Reply> {
  let reply = await ask(request, sample)
  if (reply.answer.finish === 'length') reply = await ask({ ...request, max_tokens: request.max_tokens * 2 }, sample)
  const { text, finish } = reply.answer
  if (finish === 'length') throw new Dropped('truncated', `more than ${request.max_tokens * 2} tokens`, text)
  if (finish === 'content_filter') throw new Dropped('content_filter', "the provider's content filter", text)
  if (text.trim() === '') throw new Dropped('empty', 'the answer has no text', text)
  return reply
}

/** The JSON in an answer: alone, or fenced as Markdown, as models like to give it. */
export function jsonIn(text: string): unknown {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)```/i.exec(text)?.[1]
  for (const candidate of [text, fenced]) {
    if (candidate === undefined) continue
    try {
      return JSON.parse(candidate)
    } catch {
      // The next one may be.
    }
  }
  return undefined
}
