export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** One request for one answer: with the provider's name and address, all that the answer depends on. */
export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  temperature?: number
  top_p?: number
  max_tokens: number
  stop?: string[]
  seed?: number
  /** A JSON Schema that the provider is asked to hold the answer to. */
  schema?: { [key: string]: unknown }
  /** Put into the provider's own request as it is. */
  options?: { [key: string]: unknown }
  /** With the embedded provider: the answer, already written by a template. */
  answer?: string
}

/** Tokens as the provider counted them; null where it did not say. */
export interface Usage {
  input: number | null
  output: number | null
}

export interface Answer {
  text: string
  finish: 'stop' | 'length' | 'content_filter' | 'other'
  usage: Usage
  /** The exact model that answered, where the provider says so. */
  model?: string
}

/** What a provider's headers say about its limits. */
export interface Limits {
  requestsPerMinute?: number
  tokensPerMinute?: number
}

export interface Sent {
  /** The answer exactly as it came, before anybody looked at it. */
  raw: string
  limits: Limits
}

export type FailureKind =
  | 'rate_limited'
  | 'server'
  | 'connection'
  | 'timeout'
  | 'aborted'
  | 'bad_response'
  | 'content_filter'
  | 'bad_request'
  | 'auth'
  | 'quota'
  | 'model_not_found'

/** Why a request was not answered. */
export class ProviderFailure extends Error {
  readonly kind: FailureKind
  readonly status: number | undefined
  /** Milliseconds that the provider asks to wait. */
  readonly retryAfter: number | undefined
  /** Whether the provider may ask money for it all the same. */
  readonly billed: boolean
  readonly limits: Limits

  constructor(
    kind: FailureKind,
    message: string,
    more: { status?: number; retryAfter?: number; billed?: boolean; limits?: Limits; cause?: unknown } = {}
  ) {
    super(message, { cause: more.cause })
    this.name = 'ProviderFailure'
    this.kind = kind
    this.status = more.status
    this.retryAfter = more.retryAfter
    this.billed = more.billed ?? false
    this.limits = more.limits ?? {}
  }
}

/** Who answers requests. `send` and `read` are apart so that the raw answer can be put on disk in between. */
export interface Provider {
  readonly name: 'openai' | 'gemini' | 'template'
  /** Part of what an answer depends on; empty for the provider's own address. */
  readonly address: string
  /** The terms under which its answers are made, where they are known. */
  readonly terms: string | undefined
  /** The limits that hold until the provider's headers say others. */
  readonly defaults: Limits
  /** Sends a request and gives the body of the answer. Throws a ProviderFailure. Never retries. */
  send(request: ChatRequest, signal: AbortSignal): Promise<Sent>
  /** Reads such a body. Throws a ProviderFailure of the kind bad_response when it is none. */
  read(raw: string): Answer
  /** The models that the provider offers, some hundred at most. */
  models(signal: AbortSignal): Promise<string[]>
}

/** What a provider is opened with. */
export interface ProviderOptions {
  key: string
  baseUrl?: string
  /** Milliseconds until an answer is given up. */
  timeout: number
}

const MAX_MESSAGE = 500

/** A provider's message, short and without the key: servers like to repeat it. */
export function redact(text: string, key: string): string {
  const clean = key.length >= 4 ? text.replaceAll(key, '[key]') : text
  return clean.length > MAX_MESSAGE ? `${clean.slice(0, MAX_MESSAGE)}…` : clean
}

/** The raw answer without the key, should a server repeat it. */
export function withoutKey(raw: string, key: string): string {
  return key.length >= 4 ? raw.replaceAll(key, '[key]') : raw
}
