import { alphaShare, isWord, tokenize } from '../tokens.js'

/** Limits of the quality filter of Gopher (Rae et al. 2021, table A1 and appendix A.1.1), as in datatrove. */
export interface GopherLimits {
  readonly min_words: number
  readonly max_words: number
  readonly min_word_length: number
  readonly max_word_length: number
  /** Hash signs, or ellipses, for each word. */
  readonly max_symbol_ratio: number
  readonly max_bullet_lines: number
  readonly max_ellipsis_lines: number
  /** Share of the words that have a letter. */
  readonly min_alpha_words: number
  readonly min_stop_words: number
}

export const GOPHER: GopherLimits = {
  min_words: 50,
  max_words: 100_000,
  min_word_length: 3,
  max_word_length: 10,
  max_symbol_ratio: 0.1,
  max_bullet_lines: 0.9,
  max_ellipsis_lines: 0.3,
  min_alpha_words: 0.8,
  min_stop_words: 2
}

const STOP_WORDS: ReadonlySet<string> = new Set(
  ['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'].flatMap((word) => [
    word,
    word[0]!.toUpperCase() + word.slice(1)
  ])
)

/** The names that datatrove gives the reasons. */
export type GopherReason =
  | 'gopher_short_doc'
  | 'gopher_long_doc'
  | 'gopher_below_avg_threshold'
  | 'gopher_above_avg_threshold'
  | 'gopher_too_many_hashes'
  | 'gopher_too_many_ellipsis'
  | 'gopher_too_many_bullets'
  | 'gopher_too_many_end_ellipsis'
  | 'gopher_below_alpha_threshold'
  | 'gopher_enough_stop_words'

/**
 * Every reason for which Gopher's filter would leave a text out, in datatrove's order: datatrove stops at the first.
 *
 * Two things differ. Words with a letter are counted among what stands between spaces, as in the paper, and not among NLTK's
 * tokens. Stop words count with a capital, too.
 */
export function gopherQuality(
  text: string,
  limits: GopherLimits,
  tokens: readonly string[] = tokenize(text)
): GopherReason[] {
  const reasons: GopherReason[] = []
  let words = 0
  let letters = 0
  let stopWords = 0
  for (const token of tokens) {
    if (!isWord(token)) continue
    words++
    letters += token.length
    if (token.length <= 4 && STOP_WORDS.has(token)) stopWords++
  }
  if (words < limits.min_words) reasons.push('gopher_short_doc')
  if (words > limits.max_words) reasons.push('gopher_long_doc')
  if (words === 0) return reasons
  if (letters / words < limits.min_word_length) reasons.push('gopher_below_avg_threshold')
  if (letters / words > limits.max_word_length) reasons.push('gopher_above_avg_threshold')
  if (count(text, '#') / words > limits.max_symbol_ratio) reasons.push('gopher_too_many_hashes')
  const ellipses = count(text, '...') + count(text, '…')
  if (ellipses / words > limits.max_symbol_ratio) reasons.push('gopher_too_many_ellipsis')
  // Lines are looked at only where there is what is looked for in them.
  const lines = text.includes('•') || ellipses > 0 ? text.split('\n') : []
  if (share(lines, (line) => /^\s*•/.test(line)) > limits.max_bullet_lines) reasons.push('gopher_too_many_bullets')
  if (share(lines, (line) => /(?:\.\.\.|…)$/.test(line.trimEnd())) > limits.max_ellipsis_lines) {
    reasons.push('gopher_too_many_end_ellipsis')
  }
  if (alphaShare(text) < limits.min_alpha_words) reasons.push('gopher_below_alpha_threshold')
  if (stopWords < limits.min_stop_words) reasons.push('gopher_enough_stop_words')
  return reasons
}

export function share<T>(list: readonly T[], test: (item: T) => boolean): number {
  let hits = 0
  for (const item of list) if (test(item)) hits++
  return list.length === 0 ? 0 : hits / list.length
}

function count(text: string, part: string): number {
  let found = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found++
  return found
}
