/** The four shapes of training example; which content fields a record has depends on it. */
export type Kind = 'instruction' | 'chat' | 'preference' | 'text'

export const KINDS = ['instruction', 'chat', 'preference', 'text'] as const satisfies readonly Kind[]

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function'
  content: string
  name?: string
}

interface Facets {
  topic?: string
  /** BCP 47. */
  language?: string
  tags?: string[]
}

interface Provenance {
  provider?: string
  model?: string
  temperature?: number
  seed?: number
  input_tokens?: number
  output_tokens?: number
  /** RFC 3339, UTC. */
  created_at?: string
  /** The recipe's hash. */
  recipe?: string
  /** SPDX identifier or expression of the record's licence. */
  license?: string
  /** URL of the provider's terms under which it was made. */
  terms?: string
}

interface Rest extends Facets, Provenance {
  /** Anything else that came in; at most 16 KiB as JSON. */
  extra?: { [key: string]: unknown }
}

export interface InstructionRecord extends Rest {
  kind: 'instruction'
  system?: string
  prompt: string
  response: string
}

export interface ChatRecord extends Rest {
  kind: 'chat'
  messages: ChatMessage[]
}

export interface PreferenceRecord extends Rest {
  kind: 'preference'
  prompt: string
  chosen: string
  rejected: string
}

export interface TextRecord extends Rest {
  kind: 'text'
  text: string
}

/** One training example, with its provenance: one JSON object a line, flat, so that it is a table too. */
export type TrainingRecord = InstructionRecord | ChatRecord | PreferenceRecord | TextRecord

/** The limits of a record: bytes of its JSON, depth of nesting, bytes of `extra`. */
export const RECORD_LIMITS = { bytes: 1024 * 1024, depth: 16, extraBytes: 16 * 1024 } as const
