// A local HTTP server that speaks the protocols of OpenAI (chat completions, models, files, batches) and Gemini, counts
// what it is asked, and fails as it is told.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Assert } from 'brittle'
import { BatchApi } from './provider-batches.js'

/** What the server does with a request instead of answering it. */
export type Fault =
  | { kind: 'status'; status: number; message?: string; code?: string; headers?: { [name: string]: string } }
  | { kind: 'reset' }
  | { kind: 'stall' }
  | { kind: 'half' }
  | { kind: 'html' }
  | { kind: 'no_usage' }
  | { kind: 'no_choice' }
  | { kind: 'empty' }
  | { kind: 'content_filter' }
  | { kind: 'length' }
  | { kind: 'text'; text: string }

export interface Asked {
  /** Everything after the user's own part of the request is left out: the prompt of the last message. */
  prompt: string
  model: string
  body: { [key: string]: unknown }
  /** SHA-256 of the body: equal requests are equal. */
  hash: string
  at: number
  path: string
  key: string
}

export interface ProviderOptions {
  /** Milliseconds, or what they are for each request. */
  latency?: number | ((asked: Asked) => number)
  /** What goes wrong with a request; `number` counts them from 0. */
  fault?: (asked: Asked, number: number) => Fault | undefined
  /** The text of an answer. */
  answer?: (asked: Asked) => string
  /** Tokens of an answer; default: its words. */
  outputTokens?: (asked: Asked, text: string) => number
  models?: string[]
  headers?: { [name: string]: string }
  /** Keeps no list of what was asked, for very long runs. */
  forgetful?: boolean
}

export interface Usage {
  input: number
  output: number
}

export class ProviderServer {
  readonly asked: Asked[] = []
  /** How often each distinct request was answered with a whole answer. */
  readonly answered = new Map<string, number>()
  /** Tokens of all answers, whether the client was told or not. */
  readonly billed: Usage = { input: 0, output: 0 }
  /** When tokens were used: for windows. */
  readonly ledger: { at: number; tokens: number }[] = []
  requests = 0
  inFlight = 0
  mostInFlight = 0
  options: ProviderOptions
  readonly batches = new BatchApi(this)
  readonly #server: Server

  private constructor(options: ProviderOptions) {
    this.options = options
    this.#server = createServer((request, response) => void this.#handle(request, response))
    this.#server.keepAliveTimeout = 30_000
  }

  static async start(t: Pick<Assert, 'teardown'>, options: ProviderOptions = {}): Promise<ProviderServer> {
    const server = new ProviderServer(options)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', 4096, resolve))
    t.teardown(() => server.stop())
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** base_url for the provider openai. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`
  }

  /** base_url for the provider gemini. */
  get geminiUrl(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** A whole chat completion, as the batch API gives it too. */
  complete(asked: Asked, fault?: Fault): { [key: string]: unknown } {
    const { options } = this
    const text =
      fault?.kind === 'text' ? fault.text : fault?.kind === 'empty' ? '' : (options.answer?.(asked) ?? answerTo(asked))
    const output = options.outputTokens?.(asked, text) ?? words(text)
    const input = words(JSON.stringify(asked.body['messages'] ?? asked.body['contents']))
    this.billed.input += input
    this.billed.output += output
    if (!options.forgetful) {
      this.ledger.push({ at: Date.now(), tokens: input + output })
      this.answered.set(asked.hash, (this.answered.get(asked.hash) ?? 0) + 1)
    }
    const finish = fault?.kind === 'length' ? 'length' : fault?.kind === 'content_filter' ? 'content_filter' : 'stop'
    if (asked.path.includes(':generateContent')) return geminiBody(text, finish, fault, { input, output })
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: asked.model,
      choices:
        fault?.kind === 'no_choice'
          ? []
          : [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: finish }],
      ...(fault?.kind !== 'no_usage' && {
        usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
      })
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    if (this.batches.handles(path)) return this.batches.handle(request, response, body)
    if (request.method === 'GET') return this.#models(path, response)
    await this.#completion(path, request, response, body.toString('utf8'))
  }

  #models(path: string, response: ServerResponse): void {
    const names = this.options.models ?? ['test-model', 'other-model']
    const gemini = path.startsWith('/v1beta')
    json(
      response,
      200,
      gemini
        ? { models: names.map((name) => ({ name: `models/${name}` })) }
        : { object: 'list', data: names.map((id) => ({ id, object: 'model' })) }
    )
  }

  async #completion(path: string, request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const asked = askedOf(path, request, text)
    const number = this.requests++
    this.inFlight++
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    if (!this.options.forgetful) this.asked.push(asked)
    try {
      const { latency = 0 } = this.options
      const wait = typeof latency === 'number' ? latency : latency(asked)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      this.#answer(asked, this.options.fault?.(asked, number), response)
    } finally {
      this.inFlight--
    }
  }

  #answer(asked: Asked, fault: Fault | undefined, response: ServerResponse): void {
    if (response.destroyed) return
    for (const [name, value] of Object.entries(this.options.headers ?? {})) response.setHeader(name, value)
    switch (fault?.kind) {
      case 'status': {
        for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
        const message = fault.message ?? 'as told'
        const gemini = asked.path.includes(':generateContent')
        const error = gemini
          ? { code: fault.status, message, status: fault.code }
          : { message, type: 'error', code: fault.code ?? null }
        return json(response, fault.status, { error })
      }
      case 'reset':
        response.socket?.resetAndDestroy()
        return
      case 'stall':
        return
      case 'half': {
        const whole = JSON.stringify(this.complete(asked))
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(whole) })
        response.write(whole.slice(0, whole.length / 2), () => response.socket?.destroy())
        return
      }
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end('<html><body>Sign in to the network</body></html>')
        return
      default:
        return json(response, 200, this.complete(asked, fault))
    }
  }
}

/** An answer that differs for each request: the words of its hash. */
export function answerTo({ hash, prompt }: Pick<Asked, 'hash' | 'prompt'>): string {
  const parts = hash.match(/.{4}/g) ?? []
  return `About ${prompt.slice(0, 40)}: ${parts.join(' ')}.`
}

export function askedOf(path: string, request: Pick<IncomingMessage, 'headers'>, text: string): Asked {
  const body = JSON.parse(text) as { [key: string]: unknown }
  const messages = body['messages'] as { content: string }[] | undefined
  const contents = body['contents'] as { parts: { text: string }[] }[] | undefined
  return {
    prompt: messages?.at(-1)?.content ?? contents?.at(-1)?.parts[0]?.text ?? '',
    model: typeof body['model'] === 'string' ? body['model'] : (/models\/([^:]+)/.exec(path)?.[1] ?? ''),
    body,
    hash: createHash('sha256').update(path).update(text).digest('hex'),
    at: Date.now(),
    path,
    key: request.headers.authorization ?? String(request.headers['x-goog-api-key'] ?? '')
  }
}

function geminiBody(
  text: string,
  finish: string,
  fault: Fault | undefined,
  { input, output }: Usage
): { [key: string]: unknown } {
  const reasons: { [finish: string]: string } = { stop: 'STOP', length: 'MAX_TOKENS', content_filter: 'SAFETY' }
  return {
    candidates:
      fault?.kind === 'no_choice'
        ? []
        : [{ content: { role: 'model', parts: [{ text }] }, finishReason: reasons[finish], index: 0 }],
    ...(fault?.kind !== 'no_usage' && {
      usageMetadata: { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output }
    }),
    modelVersion: 'gemini-test'
  }
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function words(text: string): number {
  return text.split(/\s+/).filter(Boolean).length
}
