import { REASONS, type ReasonCode } from '../lib/check/reasons.js'
import { countRanges, mergeRanges } from '../lib/dataset/drops.js'
import type { Shown } from '../lib/dataset/desk.js'
import type { Reason, RecordRange } from '../lib/dataset/entries.js'
import { findingsOf } from './index-show.js'
import { clean } from './text.js'

/** What a person says in one word, and the findings that are meant by it. */
const MEANT: { readonly [code in ReasonCode]?: RegExp } = {
  pii: /^pii_|^secret$/,
  toxic: /^(?:slur|profanity)$/,
  duplicate: /_duplicate$/,
  quality: /^(?:empty|too_short|refusal|boilerplate|repeated_)/
}
const RANGES_MAX = 200

/** Of a field, so much is shown. */
const FIELD_CHARS = 2000

/**
 * A reason to refuse a volume, with the records that it is about: those that were named, else those of which the checks found
 * the same. The contributor sees them as lines of the own file.
 */
export function reasonFor(code: ReasonCode, note: string, { report }: Shown, named?: RecordRange[]): Reason {
  const isMeant = (found: string) => found === code || (MEANT[code]?.test(found) ?? false)
  const records = named ?? findingsOf(report).flatMap((finding) => (isMeant(finding.code) ? ranges(finding.at) : []))
  if (records.length === 0) return { code, count: 1, note }
  const merged = mergeRanges(records)
  return { code, count: countRanges(merged), note, records: merged.slice(0, RANGES_MAX) }
}

function ranges(at: readonly (readonly [from: number, to: number])[]): RecordRange[] {
  return at.map(([from, to]) => ({ from, to }))
}

/** What only a person can say; the checks' own codes come before them where the checks found something. */
const BY_PEOPLE = ['quality', 'off_topic', 'spam', 'bias', 'toxic', 'pii', 'duplicate', 'legal', 'other'] as const

/** The reasons that a moderator chooses from: what the checks found in the volume, then what they cannot find. */
export function reasonsFor(report: unknown): { value: ReasonCode; label: string }[] {
  const found = findingsOf(report).flatMap(({ code, level }) => (level === 'note' ? [] : [code]))
  return [...new Set([...found, ...BY_PEOPLE])].map((code) => ({ value: code, label: `${code}: ${REASONS[code]}` }))
}

/** A record for people: its fields, each line of them behind a bar, so that no text can pass for vdata's own words. */
export function describeRecord(record: number, line: string): string {
  const fields = Object.entries(JSON.parse(line) as { [field: string]: unknown })
  const text = fields.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const lines = text.flatMap((each) => each.slice(0, FIELD_CHARS).split(/[\n\v\f\r\u0085\u2028\u2029]/))
  // Cleaned here: on a terminal with colours, those that vdata itself writes would stay.
  return [`record ${record}`, ...lines.map((each) => `| ${clean(each)}`)].join('\n')
}
