import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai'
import { z } from 'zod'
import { fromRefusal, fromTransport, readLimits, withTimeout } from './http.js'
import { ProviderFailure, redact, withoutKey } from './interface.js'
import type { Answer, ChatRequest, Provider, ProviderOptions, Sent } from './interface.js'
import { WholeResponse, wholeFetch } from './whole-fetch.js'

const OWN_URL = 'https://api.openai.com/v1'
const MOST_MODELS = 200

const count = z.number().int().nonnegative().nullish().catch(null)
const completion = z.object({
  model: z.string().optional().catch(undefined),
  choices: z.array(
    z.object({
      finish_reason: z.string().nullish(),
      message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish()
    })
  ),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null)
})

/** OpenAI's chat completions, and every server that speaks them: Ollama, vLLM, llama.cpp, LM Studio and others. */
export function openai(options: ProviderOptions): Provider {
  const { key, timeout } = options
  const baseUrl = (options.baseUrl ?? OWN_URL).replace(/\/+$/, '')
  const own = isOwn(baseUrl)
  const client = openaiClient({ ...options, baseUrl }, wholeFetch())
  // For what is read by the client itself.
  const plainClient = openaiClient({ ...options, baseUrl })

  return {
    name: 'openai',
    address: own ? '' : baseUrl,
    terms: own ? 'https://openai.com/policies/terms-of-use/' : undefined,
    defaults: own ? { requestsPerMinute: 500, tokensPerMinute: 200_000 } : {},

    send: (request, outer) =>
      withTimeout(timeout, outer, async (signal): Promise<Sent> => {
        try {
          const response = await client.chat.completions.create(completionBody(request, own), { signal }).asResponse()
          const type = response.headers.get('content-type') ?? ''
          if (!(response instanceof WholeResponse) || !/\bjson\b/i.test(type)) {
            throw new ProviderFailure(
              'bad_response',
              `the answer is ${redact(type, key) || 'of no content type'} and not JSON`,
              { billed: true }
            )
          }
          return { raw: withoutKey(response.raw, key), limits: readLimits((name) => response.headers.get(name)) }
        } catch (error) {
          throw failureFrom(error, key)
        }
      }),

    read: readCompletion,

    models: (outer) =>
      withTimeout(timeout, outer, async (signal) => {
        try {
          const names: string[] = []
          for await (const model of plainClient.models.list({ signal })) {
            names.push(String(model.id))
            if (names.length >= MOST_MODELS) break
          }
          return names
        } catch (error) {
          throw failureFrom(error, key)
        }
      })
  }
}

/** Whether this is OpenAI itself and not a server that speaks like it. */
export function isOwn(baseUrl = OWN_URL): boolean {
  return new URL(baseUrl).hostname === 'api.openai.com'
}

/** What the client threw, as a failure. What it throws when it is aborted stays as it is. */
export function failureFrom(error: unknown, key: string): unknown {
  if (error instanceof ProviderFailure || error instanceof APIUserAbortError) return error
  if (error instanceof APIConnectionError && error.cause instanceof ProviderFailure) return error.cause
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined) {
    return fromTransport(error, key)
  }
  const header = (name: string) => error.headers?.get(name) ?? null
  const { status, message } = error
  return fromRefusal(
    { status, message: plain(message, status), code: error.code ?? '', header },
    key,
    readLimits(header)
  )
}

/** The official client, told everything: what it isn't told it would read from the environment. */
export function openaiClient({ key, baseUrl, timeout }: ProviderOptions, fetch?: typeof globalThis.fetch): OpenAI {
  return new OpenAI({
    apiKey: key,
    baseURL: baseUrl ?? OWN_URL,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    fetch,
    // Ours ends with the last byte; the client's own ends with the first.
    timeout: timeout + 60_000,
    logLevel: 'off'
  })
}

type Body = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming

/** The body of a request. `own`: for OpenAI itself, whose newer models refuse `max_tokens`, which others only know. */
export function completionBody(request: ChatRequest, own: boolean): Body {
  const { model, messages, max_tokens, schema, options, temperature, top_p, stop, seed } = request
  return {
    model,
    messages,
    ...(own ? { max_completion_tokens: max_tokens } : { max_tokens }),
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { top_p }),
    ...(stop && { stop }),
    ...(seed !== undefined && { seed }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }),
    ...options
  }
}

/** Reads the body of a chat completion. */
export function readCompletion(raw: string): Answer {
  const parsed = completion.safeParse(parseJson(raw))
  if (!parsed.success) {
    throw new ProviderFailure('bad_response', 'the answer is no chat completion', { billed: true })
  }
  const { choices, usage, model } = parsed.data
  const choice = choices[0]
  const finish = choice?.finish_reason
  return {
    text: choice?.message?.content ?? choice?.message?.refusal ?? '',
    finish: finish === 'length' || finish === 'content_filter' || finish === 'stop' ? finish : 'other',
    usage: { input: usage?.prompt_tokens ?? null, output: usage?.completion_tokens ?? null },
    ...(model !== undefined && { model })
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The client's message without the status that it begins with, and without a page of HTML. */
function plain(message: string, status: number): string {
  const text = message.startsWith(`${status} `) ? message.slice(`${status} `.length) : message
  return /^\s*</.test(text) ? 'a page of HTML' : text
}
