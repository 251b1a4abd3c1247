import type { BiasSummary } from '../bias/summary.js'
import type { Estimate } from './money/estimate.js'
import type { Reason } from './steps/reply.js'

/** How a run stands. */
export interface Snapshot {
  /** Items that are through, of `items`. */
  done: number
  items: number
  /** Of those, how many needed no request: their answers were in the journal. */
  cached: number
  /** Requests that are out, and how many may be. */
  in_flight: number
  concurrency: number
  /** Requests answered in this run. */
  answered: number
  /** Requests sent in this run, with those that failed. */
  sent: number
  failed: number
  dropped: { [reason in Reason]?: number }
  requests_per_minute: number
  tokens_per_minute: number
  limit_requests?: number
  limit_tokens?: number
  /** Seconds until the provider lets anything through again. */
  waiting: number
  /** Dollars for this output so far; null when no price is known. */
  spent: number | null
  /** Of these, dollars that may have been billed without an answer that says so. */
  possible: number
  expected: number | null
  per_minute: number | null
  seconds_left: number | null
  /** Of what was kept so far, as it was a moment ago; null until there is enough. */
  bias: BiasSummary | null
}

export type GenerateEvent =
  | { event: 'plan'; items: number; records: number; cached: number; provider: string; model?: string; recipe: string }
  | { event: 'estimate'; estimate: Estimate }
  | { event: 'notice'; message: string }
  | ({ event: 'progress' } & Snapshot)
  | { event: 'retry'; kind: string; message: string; attempt: number; wait: number }
  | { event: 'waiting'; seconds: number; message: string }
  | { event: 'limits'; requests_per_minute?: number; tokens_per_minute?: number }
  | { event: 'budget_warning'; spent: number; warn: number }
  | { event: 'stopping'; in_flight: number }
  | { event: 'batch'; id?: string; status: string; completed: number; total: number }
  | { event: 'writing' }

export type OnEvent = (event: GenerateEvent) => void

/** The same events without the key, should anything in them repeat it. */
export function emitting(onEvent: OnEvent, key: string | undefined): OnEvent {
  if (key === undefined || key.length < 4) return onEvent
  return (event) => onEvent('message' in event ? { ...event, message: event.message.replaceAll(key, '[key]') } : event)
}
