import { formatKey } from '../lib/dataset/link.js'
import type { Connection } from '../lib/network/node.js'
import type { Statement } from '../lib/network/seeder/statement.js'
import type { Receipt } from './receipts.js'

/** How fast a seeder answers. */
export interface Speed {
  /** Its public key, z-base-32. */
  seeder: string
  /** Milliseconds there and back, smoothed, as its connection measures it; null where that does not say. */
  round_trip: number | null
  /** What it answered when this computer last audited it; null where it never did. */
  audit: (Answers & { at: string }) | null
}

export interface Answers {
  asked: number
  answered: number
  /** Milliseconds of the middle answer. */
  median: number | null
  /** Bytes a second, over all answers, one block after the other. */
  rate: number | null
}

/** Receipts that are further apart are of different audits. */
const PAUSE = 10 * 60_000

/** How fast each connected seeder is, by its connection and the receipts of audits, the nearest first. */
export function speedsOf(
  connected: readonly { statement: Statement; connection: Connection }[],
  receipts: readonly Receipt[]
): Speed[] {
  const speeds = connected.map(({ statement, connection }) => {
    const seeder = formatKey(statement.seeder)
    const audited = lastAudit(receipts.filter((receipt) => receipt.seeder === seeder))
    const last = audited.at(-1)
    const audit = last ? { at: last.at, ...summarize(audited) } : null
    return { seeder, round_trip: connection.rawStream.rtt ?? null, audit }
  })
  return speeds.sort((a, b) => (a.round_trip ?? Infinity) - (b.round_trip ?? Infinity))
}

/** What a seeder's receipts add up to. */
export function summarize(receipts: readonly Receipt[]): Answers {
  const answers = receipts.flatMap(({ ms, bytes }) => (ms === null ? [] : [{ ms, bytes }]))
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const took = times.reduce((sum, ms) => sum + ms, 0)
  const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0)
  return {
    asked: receipts.length,
    answered: answers.length,
    median: times[Math.floor(times.length / 2)] ?? null,
    rate: took > 0 && bytes > 0 ? Math.round((bytes / took) * 1000) : null
  }
}

function lastAudit(receipts: readonly Receipt[]): readonly Receipt[] {
  let from = Math.max(0, receipts.length - 1)
  while (from > 0 && gap(receipts[from - 1]!, receipts[from]!) < PAUSE) from--
  return receipts.slice(from)
}

function gap(before: Receipt, after: Receipt): number {
  return Date.parse(after.at) - Date.parse(before.at)
}
