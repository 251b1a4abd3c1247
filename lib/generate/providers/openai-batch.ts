import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { withTimeout } from './http.js'
import type { ChatRequest, ProviderOptions } from './interface.js'
import { completionBody, failureFrom, isOwn, openaiClient, parseJson } from './openai.js'

/** A batch as the provider tells it. */
export interface BatchState {
  id: string
  status: string
  /** Nothing more will come: it is completed, expired, failed or cancelled. */
  over: boolean
  completed: number
  total: number
  /** Files with one line for each request that was, and was not, answered. */
  files: string[]
  problem?: string
}

/** One line of a batch's result. */
export interface BatchLine {
  id: string
  /** The body of the answer, as a single request would have got it. */
  raw?: string
  /** The provider refused this request; an expired one has no refusal, it may be asked for again. */
  refusal?: { status: number; code: string; message: string }
}

export interface BatchClient {
  /** Uploads a file of lines and makes a batch of it. `name` is kept with it, so that it can be found again. */
  submit(file: string, name: string, signal: AbortSignal): Promise<BatchState>
  state(id: string, signal: AbortSignal): Promise<BatchState>
  /** Finds a batch by the name that it was submitted with. */
  find(name: string, signal: AbortSignal): Promise<BatchState | undefined>
  results(file: string, signal: AbortSignal): AsyncIterable<BatchLine>
}

/** A request as a line of a batch's file. */
export function batchLine(id: string, request: ChatRequest, options: Pick<ProviderOptions, 'baseUrl'>): string {
  const body = completionBody(request, isOwn(options.baseUrl))
  return JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body })
}

const NAME = 'vdata'
const OVER = ['completed', 'expired', 'failed', 'cancelled']
const MOST_SEARCHED = 1000

const resultLine = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish()
})
const refusalBody = z.object({
  error: z.object({ message: z.string().catch(''), code: z.string().nullish().catch('') })
})

/** OpenAI's Batch API: half the price, an answer within a day. */
export function openaiBatches(options: ProviderOptions): BatchClient {
  const client = openaiClient(options)
  // Uploads and results are large; they get ten times an answer's time.
  const timed = <T>(signal: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withTimeout(options.timeout * 10, signal, (inner) =>
      send(inner).catch((error: unknown) => Promise.reject(failureFrom(error, options.key)))
    )

  return {
    submit: (file, name, outer) =>
      timed(outer, async (signal) => {
        const uploaded = await client.files.create({ file: createReadStream(file), purpose: 'batch' }, { signal })
        const batch = await client.batches.create(
          {
            input_file_id: uploaded.id,
            endpoint: '/v1/chat/completions',
            completion_window: '24h',
            metadata: { [NAME]: name }
          },
          { signal }
        )
        return stateOf(batch)
      }),

    state: (id, outer) => timed(outer, async (signal) => stateOf(await client.batches.retrieve(id, { signal }))),

    find: (name, outer) =>
      timed(outer, async (signal) => {
        let searched = 0
        for await (const batch of client.batches.list({ limit: 100 }, { signal })) {
          if (batch.metadata?.[NAME] === name) return stateOf(batch)
          if (++searched >= MOST_SEARCHED) break
        }
        return undefined
      }),

    async *results(file, signal) {
      const response = await timed(signal, (inner) => client.files.content(file, { signal: inner }))
      if (!response.body) return
      const lines = createInterface({
        input: Readable.fromWeb(response.body as import('node:stream/web').ReadableStream),
        crlfDelay: Infinity
      })
      for await (const line of lines) {
        const parsed = resultLine.safeParse(parseJson(line))
        if (parsed.success) yield lineOf(parsed.data)
      }
    }
  }
}

type Batch = Awaited<ReturnType<ReturnType<typeof openaiClient>['batches']['retrieve']>>

function stateOf(batch: Batch): BatchState {
  const files = [batch.output_file_id, batch.error_file_id].filter(
    (id): id is string => typeof id === 'string' && id !== ''
  )
  return {
    id: batch.id,
    status: batch.status,
    over: OVER.includes(batch.status),
    completed: batch.request_counts?.completed ?? 0,
    total: batch.request_counts?.total ?? 0,
    files,
    problem: batch.errors?.data?.[0]?.message
  }
}

function lineOf({ custom_id: id, response, error }: z.infer<typeof resultLine>): BatchLine {
  if (!response) return { id }
  if (response.status_code === 200) return { id, raw: JSON.stringify(response.body) }
  const parsed = refusalBody.safeParse(response.body)
  const message = parsed.success ? parsed.data.error.message : (error?.message ?? '')
  const code = parsed.success ? (parsed.data.error.code ?? '') : (error?.code ?? '')
  return { id, refusal: { status: response.status_code, code, message } }
}
