// The Files and Batches endpoints of OpenAI, as far as vdata uses them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { askedOf, json, type ProviderServer } from './provider-server.js'

interface Batch {
  id: string
  status: string
  input: string
  metadata: { [key: string]: string }
  output?: string
  errors?: string
  total: number
  polls: number
}

export interface BatchBehaviour {
  /** How often a batch is looked at until it is done. */
  polls: number
  /** How many of its requests are done before it expires; all when unset. */
  expiresAfter?: number
  /** Breaks the connection after the batch was created, before the client hears of it. */
  loseCreation?: boolean
}

export class BatchApi {
  behaviour: BatchBehaviour = { polls: 1 }
  readonly files = new Map<string, string>()
  readonly all: Batch[] = []
  readonly #server: ProviderServer

  constructor(server: ProviderServer) {
    this.#server = server
  }

  handles(path: string): boolean {
    return /^\/v1\/(?:files|batches)/.test(path)
  }

  handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const path = (request.url ?? '').split('?')[0]!
    const [, , kind, id, what] = path.split('/')
    if (kind === 'files' && request.method === 'POST') return this.#upload(response, body)
    if (kind === 'files' && what === 'content') return this.#content(response, id ?? '')
    if (kind === 'files') return json(response, 200, { id, object: 'file', deleted: true })
    if (request.method === 'POST')
      return this.#create(response, JSON.parse(body.toString('utf8')) as Parameters<BatchApi['create']>[0])
    if (id === undefined)
      return json(response, 200, { object: 'list', data: this.all.map(publicBatch), has_more: false })
    const batch = this.all.find((one) => one.id === id)
    if (!batch) return json(response, 404, { error: { message: 'no such batch' } })
    if (--batch.polls <= 0) this.#finish(batch)
    json(response, 200, publicBatch(batch))
  }

  /** Makes a batch of an uploaded file. */
  create({
    input_file_id: input,
    metadata = {}
  }: {
    input_file_id: string
    metadata?: { [key: string]: string }
  }): Batch {
    const lines = this.files.get(input)?.trim().split('\n') ?? []
    const batch = {
      id: `batch_${this.all.length + 1}`,
      status: 'in_progress',
      input,
      metadata,
      total: lines.length,
      polls: this.behaviour.polls
    }
    this.all.push(batch)
    return batch
  }

  #create(response: ServerResponse, request: Parameters<BatchApi['create']>[0]): void {
    const batch = this.create(request)
    if (this.behaviour.loseCreation) {
      this.behaviour.loseCreation = false
      response.socket?.destroy()
      return
    }
    json(response, 200, publicBatch(batch))
  }

  #upload(response: ServerResponse, body: Buffer): void {
    const id = `file-${this.files.size + 1}`
    // A multipart form: the part with the file holds the only lines that are JSON with a custom_id.
    const lines = body.toString('utf8').split(/\r?\n/)
    this.files.set(id, lines.filter((line) => line.startsWith('{"custom_id"')).join('\n'))
    json(response, 200, { id, object: 'file', bytes: body.byteLength, purpose: 'batch', filename: 'batch.jsonl' })
  }

  #content(response: ServerResponse, id: string): void {
    response.writeHead(200, { 'content-type': 'application/jsonl' })
    response.end(this.files.get(id) ?? '')
  }

  #finish(batch: Batch): void {
    if (batch.status !== 'in_progress') return
    const lines = this.files.get(batch.input)!.split('\n')
    const done = this.behaviour.expiresAfter ?? lines.length
    const outputs: string[] = []
    const errors: string[] = []
    for (const [index, line] of lines.entries()) {
      const { custom_id, body } = JSON.parse(line) as { custom_id: string; body: unknown }
      const asked = askedOf('/v1/chat/completions', { headers: {} }, JSON.stringify(body))
      if (index < done) {
        const answer = this.#server.complete(asked)
        outputs.push(
          JSON.stringify({ id: `r${index}`, custom_id, response: { status_code: 200, body: answer }, error: null })
        )
      } else {
        errors.push(
          JSON.stringify({
            id: `r${index}`,
            custom_id,
            response: null,
            error: { code: 'batch_expired', message: 'expired' }
          })
        )
      }
    }
    // Providers answer in any order.
    outputs.reverse()
    batch.status = done < lines.length ? 'expired' : 'completed'
    if (outputs.length > 0) this.files.set((batch.output = `${batch.id}-output`), outputs.join('\n') + '\n')
    if (errors.length > 0) this.files.set((batch.errors = `${batch.id}-errors`), errors.join('\n') + '\n')
  }
}

function publicBatch({ id, status, input, metadata, output, errors, total }: Batch): { [key: string]: unknown } {
  const over = status !== 'in_progress'
  return {
    id,
    object: 'batch',
    endpoint: '/v1/chat/completions',
    status,
    input_file_id: input,
    output_file_id: output ?? null,
    error_file_id: errors ?? null,
    metadata,
    created_at: 1,
    request_counts: { total, completed: over ? total : 0, failed: 0 }
  }
}
