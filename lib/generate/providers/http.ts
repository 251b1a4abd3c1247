import { codeOf, messageOf } from '../../errors.js'
import { ProviderFailure, redact, type Limits } from './interface.js'

/** What both clients are given of a refusal. */
export interface Refusal {
  status: number
  message: string
  /** The provider's own word for it. */
  code: string
  header(name: string): string | null
  /** Milliseconds, where the body says how long to wait. */
  retryAfter?: number
}

/** Runs `send` with a signal that ends with `outer` or after `timeout` ms, until the last byte of the body is here. */
export async function withTimeout<T>(
  timeout: number,
  outer: AbortSignal,
  send: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const controller = new AbortController()
  let late = false
  const stop = () => controller.abort()
  const timer = setTimeout(() => {
    late = true
    controller.abort()
  }, timeout)
  // Not AbortSignal.any: a hundred thousand of those on one long-lived signal are a leak.
  outer.addEventListener('abort', stop, { once: true })
  try {
    if (outer.aborted) throw new ProviderFailure('aborted', 'stopped')
    return await send(controller.signal)
  } catch (error) {
    if (late)
      throw new ProviderFailure('timeout', `no whole answer within ${timeout / 1000} s`, { billed: true, cause: error })
    if (outer.aborted) throw new ProviderFailure('aborted', 'stopped', { billed: true, cause: error })
    throw error
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', stop)
  }
}

/** A refusal as a failure: whose fault it is, and what it means for the other requests. */
export function fromRefusal(refusal: Refusal, key: string, limits: Limits): ProviderFailure {
  const { status, code } = refusal
  const message = redact(refusal.message, key)
  const retryAfter = readRetryAfter(refusal.header) ?? refusal.retryAfter
  const failure = (kind: ProviderFailure['kind']) =>
    new ProviderFailure(kind, `${status} ${message}`, { status, retryAfter, limits })
  if (code === 'insufficient_quota' || status === 402) return failure('quota')
  if (status === 429) return failure('rate_limited')
  if (status === 401 || status === 403 || code === 'API_KEY_INVALID') return failure('auth')
  if (code === 'content_filter' || code === 'content_policy_violation') return failure('content_filter')
  if (code === 'model_not_found' || (status === 404 && /model/i.test(message))) return failure('model_not_found')
  if (status === 408 || status === 409 || status === 425 || status >= 500) return failure('server')
  return failure('bad_request')
}

const NEVER_SENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED'
]

/** An error of the transport: no connection, or one that broke. */
export function fromTransport(error: unknown, key: string): ProviderFailure {
  const cause = deepest(error)
  const code = codeOf(cause)
  const message = redact([code, messageOf(cause)].filter((part) => part !== '').join(': '), key)
  // A connection that breaks while the answer is on its way leaves open whether it has to be paid.
  return new ProviderFailure('connection', message, { billed: !NEVER_SENT.includes(code), cause: error })
}

function deepest(error: unknown): unknown {
  let current = error
  for (let depth = 0; depth < 8; depth++) {
    const next =
      current instanceof AggregateError ? current.errors[0] : current instanceof Error ? current.cause : undefined
    if (!(next instanceof Error)) break
    current = next
  }
  return current
}

/** `Retry-After` in milliseconds: seconds, a date, or the milliseconds of `retry-after-ms`. */
export function readRetryAfter(header: (name: string) => string | null, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(header('retry-after-ms') ?? '')
  if (exact >= 0) return exact
  const value = header('retry-after')
  if (value === null) return undefined
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  // A date has whole seconds, so it can be up to one second too early.
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** The `x-ratelimit-*` headers that OpenAI introduced and many servers copied. */
export function readLimits(header: (name: string) => string | null): Limits {
  return {
    requestsPerMinute: readLimit(header, 'requests'),
    tokensPerMinute: readLimit(header, 'tokens')
  }
}

function readLimit(header: (name: string) => string | null, of: 'requests' | 'tokens'): number | undefined {
  const limit = Number(header(`x-ratelimit-limit-${of}`) ?? Number.NaN)
  if (!Number.isInteger(limit) || limit <= 0) return undefined
  const remaining = Number(header(`x-ratelimit-remaining-${of}`) ?? Number.NaN)
  const reset = readDuration(header(`x-ratelimit-reset-${of}`))
  if (reset === undefined || !(remaining < limit)) return limit
  // The time until the bucket is full again tells its period. Some servers count requests by the day: their 429 answers
  // say when such a limit is reached, and a pace can't be made of it.
  const period = (reset * limit) / (limit - remaining)
  return period > 90_000 && reset > 60_000 ? undefined : limit
}

/** `1m30.5s`, `20ms` or seconds, in milliseconds. */
function readDuration(text: string | null): number | undefined {
  if (text === null) return undefined
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  const units: { [unit: string]: number } = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g)]
  if (parts.length === 0) return undefined
  return parts.reduce((sum, part) => sum + Number(part[1]) * units[part[2]!]!, 0)
}
