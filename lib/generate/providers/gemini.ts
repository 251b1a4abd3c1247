// The only file that knows @google/generative-ai, whose support ended in August 2025: its successor changes this file.
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import {
  GoogleGenerativeAI,
  GoogleGenerativeAIFetchError,
  type GenerateContentRequest,
  type GenerationConfig
} from '@google/generative-ai'
import { z } from 'zod'
import { fromRefusal, fromTransport, readLimits, withTimeout } from './http.js'
import { ProviderFailure, withoutKey } from './interface.js'
import type { Answer, ChatRequest, Provider, ProviderOptions, Sent } from './interface.js'
import { parseJson } from './openai.js'

const OWN_URL = 'https://generativelanguage.googleapis.com'

const count = z.number().int().nonnegative().optional().catch(undefined)
const generated = z.object({
  candidates: z
    .array(
      z.object({
        finishReason: z.string().optional(),
        content: z
          .object({
            parts: z.array(z.object({ text: z.string().optional(), thought: z.boolean().optional() })).optional()
          })
          .optional()
      })
    )
    .optional(),
  promptFeedback: z.object({ blockReason: z.string().optional() }).optional(),
  usageMetadata: z
    .object({ promptTokenCount: count, candidatesTokenCount: count, thoughtsTokenCount: count })
    .optional()
    .catch(undefined),
  modelVersion: z.string().optional().catch(undefined)
})

const modelList = z.object({ models: z.array(z.object({ name: z.string() })) })

/** Google's Gemini API. */
export function gemini(options: ProviderOptions): Provider {
  const { key, timeout } = options
  const baseUrl = (options.baseUrl ?? OWN_URL).replace(/\/+$/, '')
  const own = baseUrl === OWN_URL
  const client = new GoogleGenerativeAI(key)

  return {
    name: 'gemini',
    address: own ? '' : baseUrl,
    terms: own ? 'https://ai.google.dev/gemini-api/terms' : undefined,
    defaults: own ? { requestsPerMinute: 60, tokensPerMinute: 250_000 } : {},

    send: (request, outer) =>
      withTimeout(timeout, outer, async (signal): Promise<Sent> => {
        const seen: Seen = { headers: new Headers() }
        try {
          const model = client.getGenerativeModel({ model: request.model }, { baseUrl })
          const { response } = await headersSeen.run(seen, () =>
            model.generateContent(requestBody(request), { signal })
          )
          return {
            raw: withoutKey(JSON.stringify(response), key),
            limits: readLimits((name) => seen.headers.get(name))
          }
        } catch (error) {
          throw failureOf(error, seen, key)
        }
      }),

    read: readGenerated,

    models: (outer) =>
      withTimeout(timeout, outer, async (signal) => {
        const response = await fetch(`${baseUrl}/v1beta/models?pageSize=200`, {
          headers: { 'x-goog-api-key': key },
          signal
        })
        const parsed = modelList.safeParse(await response.json())
        return parsed.success ? parsed.data.models.map(({ name }) => name.replace(/^models\//, '')) : []
      })
  }
}

function requestBody({
  messages,
  temperature,
  top_p,
  max_tokens,
  stop,
  seed,
  schema,
  options
}: ChatRequest): GenerateContentRequest {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  const config: GenerationConfig & { seed?: number; responseJsonSchema?: object } = {
    maxOutputTokens: max_tokens,
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { topP: top_p }),
    ...(stop && { stopSequences: stop }),
    ...(seed !== undefined && { seed }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
    ...options
  }
  return {
    ...(system.length > 0 && { systemInstruction: { role: 'system', parts: [{ text: system.join('\n\n') }] } }),
    contents: messages
      .filter(({ role }) => role !== 'system')
      .map(({ role, content }) => ({ role: role === 'assistant' ? 'model' : 'user', parts: [{ text: content }] })),
    generationConfig: config
  }
}

/** Reads what the client gave, with finish reasons in the words of the interface. */
function readGenerated(raw: string): Answer {
  const parsed = generated.safeParse(parseJson(raw))
  if (!parsed.success || (!parsed.data.candidates && !parsed.data.promptFeedback)) {
    throw new ProviderFailure('bad_response', 'the answer is none of the Gemini API', { billed: true })
  }
  const { candidates, promptFeedback, usageMetadata: usage, modelVersion } = parsed.data
  const candidate = candidates?.[0]
  const text = (candidate?.content?.parts ?? []).map((part) => (part.thought ? '' : (part.text ?? ''))).join('')
  const output = usage?.candidatesTokenCount
  return {
    text,
    finish: promptFeedback?.blockReason !== undefined ? 'content_filter' : finishOf(candidate?.finishReason),
    // Thoughts are billed as output.
    usage: {
      input: usage?.promptTokenCount ?? null,
      output: output === undefined ? null : output + (usage?.thoughtsTokenCount ?? 0)
    },
    ...(modelVersion !== undefined && { model: modelVersion })
  }
}

const FILTERED = ['SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII']

function finishOf(reason: string | undefined): Answer['finish'] {
  if (reason === 'STOP') return 'stop'
  if (reason === 'MAX_TOKENS') return 'length'
  return reason !== undefined && FILTERED.includes(reason) ? 'content_filter' : 'other'
}

function failureOf(error: unknown, seen: Seen, key: string): unknown {
  const header = (name: string) => seen.headers.get(name)
  if (error instanceof SyntaxError) {
    return new ProviderFailure(
      'bad_response',
      `the answer is ${header('content-type') ?? 'of no content type'} and not JSON`,
      { billed: true, cause: error }
    )
  }
  if (!(error instanceof GoogleGenerativeAIFetchError) || error.status === undefined)
    return fromTransport(seen.error ?? error, key)
  const details = error.errorDetails ?? []
  const delay = details.find((detail) => detail['@type']?.endsWith('RetryInfo'))?.['retryDelay']
  const seconds = typeof delay === 'string' ? Number.parseFloat(delay) : Number.NaN
  return fromRefusal(
    {
      status: error.status,
      message: error.message.replace(/^.*?: \[\d+ [^\]]*\] ?/s, ''),
      code: details.find(({ reason }) => reason !== undefined)?.reason ?? '',
      header,
      ...(seconds >= 0 && { retryAfter: seconds * 1000 })
    },
    key,
    readLimits(header)
  )
}

interface Seen {
  headers: Headers
  /** What broke the connection; the client keeps that to itself too. */
  error?: unknown
}

// The client keeps the response's headers to itself. Node tells them to whoever subscribes to its HTTP client; the
// asynchronous context says which of our requests they belong to.
const headersSeen = new AsyncLocalStorage<Seen>()
const ours = new WeakMap<object, Seen>()

subscribe('undici:request:create', (message) => {
  const seen = headersSeen.getStore()
  if (seen) ours.set((message as { request: object }).request, seen)
})
subscribe('undici:request:headers', (message) => {
  const { request, response } = message as { request: object; response: { headers: Buffer[] } }
  const seen = ours.get(request)
  if (!seen) return
  for (let index = 0; index + 1 < response.headers.length; index += 2) {
    seen.headers.append(String(response.headers[index]), String(response.headers[index + 1]))
  }
})
subscribe('undici:request:error', (message) => {
  const { request, error } = message as { request: object; error: unknown }
  const seen = ours.get(request)
  if (seen) seen.error = error
})
