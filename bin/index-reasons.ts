import type { ReasonCode } from '../lib/check/reasons.js'
import { countRanges, mergeRanges } from '../lib/dataset/drops.js'
import type { Shown } from '../lib/dataset/desk.js'
import type { Reason, RecordRange } from '../lib/dataset/entries.js'
import { findingsOf } from './index-show.js'

/** What a person says in one word, and the findings that are meant by it. */
const MEANT: { readonly [code in ReasonCode]?: RegExp } = {
  pii: /^pii_|^secret$/,
  toxic: /^(?:slur|profanity)$/,
  duplicate: /_duplicate$/,
  quality: /^(?:empty|too_short|refusal|boilerplate|repeated_)/
}
const RANGES_MAX = 200

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
