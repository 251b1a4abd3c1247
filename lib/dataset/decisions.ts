import { VdataError } from '../errors.js'
import type { Reason } from './entries.js'
import type { IntakeItem } from './items.js'
import { formatKey } from './link.js'
import type { Report } from './queue.js'

/** An offer in the queue: `downloading` until all of it is here, then `checking`, then `ready` for a decision. */
export interface Queued {
  volume: string
  contributor: string
  contributor_name: string
  state: 'downloading' | 'checking' | 'ready'
  records: number
  bytes: number
  received_at: string
  problems: Reason[]
}

export interface Decision {
  volume: string
  contributor: string
  status: 'accepted' | 'rejected'
  reasons: Reason[]
}

export function describeItem(item: IntakeItem, report: Report | null): Queued {
  return {
    volume: item.id,
    contributor: formatKey(item.offer.contributor),
    contributor_name: report?.contributor_name ?? '',
    state: report ? 'ready' : item.state === 'complete' ? 'checking' : 'downloading',
    records: item.offer.records,
    bytes: item.offer.bytes,
    received_at: item.received_at,
    problems: report?.problems ?? []
  }
}

export function notQueued(id: string): VdataError {
  return new VdataError(
    'error',
    'NOT_QUEUED',
    `No volume ${id} is waiting for a decision.`,
    '`vdata index queue` lists those that do.'
  )
}

export function notReady(item: IntakeItem): VdataError {
  const what = item.state === 'complete' ? 'is still being checked' : 'is still being downloaded'
  return new VdataError('error', 'NOT_READY', `${item.id} ${what}.`, 'Try again when `vdata index queue` says ready.')
}

export function hasProblems(id: string, report: Report): VdataError {
  const codes = report.problems.map((problem) => problem.code).join(', ')
  return new VdataError('refused', 'HAS_PROBLEMS', `${id} cannot be accepted: ${codes}.`, 'Reject it with that reason.')
}
