import { before, masked, NUMBERED_THING, type Hit } from './hit.js'

// Area 000, 666 and 900 to 999, group 00 and serial 0000 are never given out (SSA).
const WRITTEN = /(?<![\p{L}\p{N}_.+/-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\p{L}\p{N}_/]|[.,-]\d|-)/gu
const PLAIN = /(?<![\p{L}\p{N}_.+/-])(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}(?![\p{L}\p{N}_/]|[.,-]\d|-)/gu
const SSN_WORD = /\b(?:ssn|s\.s\.n\.?|social[ -]security)\b[^\n]{0,24}$/i

/** Finds US social security numbers: with hyphens anywhere, with spaces or in one piece after words that say so. */
export function findSsns(text: string): Hit[] {
  const hits: Hit[] = []
  for (const pattern of [WRITTEN, PLAIN]) {
    for (const match of text.matchAll(pattern)) {
      const near = before(text, match.index, 48)
      const byForm = match[1] === '-' && !NUMBERED_THING.test(near)
      if (!byForm && !SSN_WORD.test(near)) continue
      hits.push({ start: match.index, end: match.index + match[0].length, shown: masked(match[0]) })
    }
  }
  return hits
}
