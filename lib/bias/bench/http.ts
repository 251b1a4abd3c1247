import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, VdataError } from '../../errors.js'

const MAX_ANSWER = 32 * 1024 * 1024
const ATTEMPTS = 5
const TIMEOUT = 120_000

export interface Endpoint {
  /** As for OpenAI clients, ending in /v1 where the server has it so. */
  baseUrl: string
  apiKey?: string
}

/**
 * Posts JSON and gives the answer's JSON. Tries again where the server is busy or out of reach.
 * @throws VdataError network ENDPOINT_UNREACHABLE, ENDPOINT_REFUSED (with the status) or ENDPOINT_NONSENSE
 */
export async function postJson(
  url: string,
  body: unknown,
  { apiKey }: Endpoint,
  signal?: AbortSignal
): Promise<unknown> {
  const headers: { [name: string]: string } = { 'content-type': 'application/json' }
  if (apiKey !== undefined && apiKey !== '') headers['authorization'] = `Bearer ${apiKey}`
  for (let attempt = 1; ; attempt++) {
    const limit = AbortSignal.timeout(TIMEOUT)
    let response: Response
    try {
      const both = signal === undefined ? limit : AbortSignal.any([signal, limit])
      response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: both })
      if (response.ok) return await jsonOf(response, url)
      await response.body?.cancel()
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof VdataError) throw error
      if (attempt < ATTEMPTS) {
        await pause(attempt, signal)
        continue
      }
      throw new VdataError(
        'network',
        'ENDPOINT_UNREACHABLE',
        `${url} could not be reached: ${reason(error)}.`,
        'Start the model server, or correct --base-url.',
        { cause: error }
      )
    }
    if ((response.status === 429 || response.status >= 500) && attempt < ATTEMPTS) {
      await pause(attempt, signal, Number(response.headers.get('retry-after')))
      continue
    }
    throw new VdataError(
      'network',
      'ENDPOINT_REFUSED',
      `${url} answered with status ${response.status}.`,
      'Check --base-url, --model and the API key.'
    )
  }
}

async function jsonOf(response: Response, url: string): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.length
      if (size > MAX_ANSWER) throw nonsense(url, 'its answer is larger than 32 MiB')
      chunks.push(chunk)
    }
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw nonsense(url, 'its answer is not JSON')
  }
}

export function nonsense(url: string, why: string): VdataError {
  return new VdataError(
    'network',
    'ENDPOINT_NONSENSE',
    `${url} does not speak the OpenAI completions protocol: ${why}.`,
    'Correct --base-url; it usually ends in /v1.'
  )
}

async function pause(attempt: number, signal?: AbortSignal, seconds = Number.NaN): Promise<void> {
  const wait = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) * 1000 : 250 * 2 ** attempt
  await delay(wait, undefined, { signal })
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return messageOf(cause ?? error)
}
