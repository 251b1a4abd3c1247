import { share } from './gopher.js'
import { duplicates } from './repetition.js'

/** Limits of FineWeb's own filter (Penedo et al. 2024), as in datatrove. */
export interface FineWebLimits {
  /** At least this share of the lines ends with a mark that ends sentences. */
  readonly min_line_ends: number
  readonly max_short_lines: number
  /** Lines of at most so many characters are short. */
  readonly short_line: number
  readonly max_repeated_chars: number
  /** Line feeds for each word. */
  readonly max_line_feeds: number
}

export const FINEWEB: FineWebLimits = {
  min_line_ends: 0.12,
  max_short_lines: 0.67,
  short_line: 30,
  max_repeated_chars: 0.01,
  max_line_feeds: 0.3
}

export type FineWebReason = 'line_punct_ratio' | 'short_line_ratio' | 'char_dup_ratio' | 'list_ratio'

/** Every reason for which FineWeb's filter would leave a text of so many words out, in datatrove's order and by its names. */
export function fineWebQuality(text: string, limits: FineWebLimits, words: number): FineWebReason[] {
  const reasons: FineWebReason[] = []
  const lines = text.split('\n')
  if (share(lines, (line) => /[.'"!?]$/.test(line)) <= limits.min_line_ends) reasons.push('line_punct_ratio')
  if (share(lines, (line) => line.length <= limits.short_line) >= limits.max_short_lines)
    reasons.push('short_line_ratio')
  const { chars } = duplicates(lines.filter((line) => /\S/.test(line)))
  if (chars / Math.max(1, text.length - lines.length + 1) >= limits.max_repeated_chars) reasons.push('char_dup_ratio')
  if ((lines.length - 1) / Math.max(1, words) > limits.max_line_feeds) reasons.push('list_ratio')
  return reasons
}
