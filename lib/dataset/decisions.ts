import { VdataError } from '../errors.js'
import type { Answer, Offer } from '../network/inbox/offer.js'
import type { Reason, VerdictEntry, VolumeEntry } from './entries.js'
import type { IntakeItem } from './items.js'
import { formatKey } from './link.js'
import type { ModeratorOptions } from './moderator-options.js'
import type { Report } from './queue.js'
import type { IndexReader } from './reader.js'

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
  /** What the checks hold against records in it. */
  objections: Reason[]
  /** The contributor's words against an earlier refusal. */
  appeal: string | null
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
    problems: report?.problems ?? [],
    objections: report?.objections ?? [],
    appeal: item.offer.appeal?.note ?? null
  }
}

export function decisionOn(item: IntakeItem, status: Decision['status'], reasons: Reason[]): Decision {
  return { volume: item.id, contributor: formatKey(item.offer.contributor), status, reasons }
}

/** What the index says of a volume that is accepted now. */
export function acceptance({ offer }: IntakeItem, measured: NonNullable<Report['entry']>): VolumeEntry {
  const { signature, expiry } = offer
  return { ...measured, signature: signature.toString('hex'), expiry, accepted_at: new Date().toISOString() }
}

/** The verdict that refuses a volume. */
export function rejection({ offer }: IntakeItem, reasons: Reason[]): VerdictEntry {
  return { status: 'rejected', reasons, ...(offer.appeal && { appealed: true }), at: new Date().toISOString() }
}

/** Whether a volume needs nobody's look: nothing speaks against it, and its contributor is trusted. */
export async function mayPass(
  { offer }: IntakeItem,
  { objections }: Report,
  { auto, trust = 0 }: Pick<ModeratorOptions, 'auto' | 'trust'>,
  index: IndexReader
): Promise<boolean> {
  if (!auto || offer.appeal || objections.length > 0) return false
  const contributor = formatKey(offer.contributor)
  let accepted = 0
  if (trust > 0) for await (const { entry } of index.eachVolume()) if (entry.contributor === contributor) accepted++
  return accepted >= trust
}

/** A refusal can be appealed once, with a note. */
export function mayAppeal(verdict: VerdictEntry, { appeal }: Offer): boolean {
  return appeal !== undefined && verdict.status === 'rejected' && !verdict.appealed
}

/** Whether nothing is left to decide of an item; an appealed one waits for the second verdict. */
export function isSettled(verdict: VerdictEntry | null, { offer }: IntakeItem): boolean {
  return verdict !== null && !mayAppeal(verdict, offer)
}

/** What an offer of a volume is told that has its verdict. */
export function answerOf({ status, reasons }: VerdictEntry): Pick<Answer, 'status' | 'code'> {
  return status === 'accepted' ? { status: 'known', code: '' } : { status: 'rejected', code: reasons[0]?.code ?? '' }
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

/** Whether more speaks against a volume than an earlier report on it said. */
export function saysMore(now: Report, before: Report): boolean {
  const counts = new Map([...before.problems, ...before.objections].map(({ code, count }) => [code, count]))
  return [...now.problems, ...now.objections].some(({ code, count }) => count > (counts.get(code) ?? 0))
}

export function reportChanged(id: string, now: Report): VdataError {
  const codes = [...now.problems, ...now.objections].map(({ code }) => code).join(', ')
  return new VdataError(
    'refused',
    'REPORT_CHANGED',
    `Volumes that were accepted since ${id} was examined have some of its records: ${codes}.`,
    `Look at it again (\`vdata index show ${id}\`), then decide.`
  )
}
