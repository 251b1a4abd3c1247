import { z } from 'zod'
import { fineWebQuality, type FineWebReason } from '../quality/fineweb.js'
import { gopherQuality, type GopherReason } from '../quality/gopher.js'
import { withoutCode } from '../quality/code.js'
import type { ReasonCode } from '../reasons.js'
import { isWord, tokenize } from '../tokens.js'
import { defineCheck } from '../types.js'

const ratio = z.number().min(0)

/**
 * Gopher's and FineWeb's limits are for web pages. A synthetic answer may be one word or a list, so that each signal is
 * asked only of texts that are long enough to have it, and shorter lines and fewer stop words are right.
 */
const options = z.strictObject({
  min_word_length: ratio.default(2.5),
  max_word_length: ratio.default(10),
  max_symbol_ratio: ratio.default(0.15),
  max_bullet_lines: ratio.default(0.95),
  max_ellipsis_lines: ratio.default(0.4),
  min_alpha_words: ratio.default(0.6),
  min_stop_words: z.number().int().min(0).default(2),
  min_line_ends: ratio.default(0.05),
  max_short_lines: ratio.default(0.9),
  short_line: z.number().int().min(0).default(20),
  max_line_feeds: ratio.default(0.5),
  /** Words that a text must have before its words are judged. */
  from_words: z.number().int().min(1).default(25),
  /** Words that an English text must have before stop words are missed in it. */
  from_words_stop: z.number().int().min(1).default(60),
  /** Lines that a text must have before its lines are judged. */
  from_lines: z.number().int().min(2).default(12)
})

const CODES: { readonly [reason in GopherReason | FineWebReason]: ReasonCode | undefined } = {
  // The check `format` has limits of its own for length.
  gopher_short_doc: undefined,
  gopher_long_doc: undefined,
  gopher_below_avg_threshold: 'word_lengths',
  gopher_above_avg_threshold: 'word_lengths',
  gopher_too_many_hashes: 'symbols',
  gopher_too_many_ellipsis: 'symbols',
  gopher_too_many_bullets: 'bullets',
  gopher_too_many_end_ellipsis: 'symbols',
  gopher_below_alpha_threshold: 'few_letters',
  gopher_enough_stop_words: 'few_stop_words',
  line_punct_ratio: 'ragged_lines',
  short_line_ratio: 'ragged_lines',
  // The check `repetition` looks for repeated lines.
  char_dup_ratio: undefined,
  list_ratio: 'ragged_lines'
}

/** Signals of text that is not prose: Gopher's and FineWeb's, with limits for short texts. */
export const quality = defineCheck({
  name: 'quality',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: {
    word_lengths: 'note',
    few_letters: 'note',
    symbols: 'note',
    few_stop_words: 'note',
    bullets: 'note',
    ragged_lines: 'note'
  },
  options,
  prepare(set) {
    const gopher = { ...set, min_words: 0, max_words: Infinity }
    return (sample, report) => {
      const prose = withoutCode(sample.text)
      const tokens = prose === sample.text ? sample.tokens : tokenize(prose)
      let words = 0
      for (const token of tokens) if (isWord(token)) words++
      const seen = new Map<ReasonCode, string>()
      if (words >= set.from_words && !(sample.scan.eastern && unspaced(prose))) {
        for (const reason of gopherQuality(prose, gopher, tokens)) {
          if (
            reason === 'gopher_enough_stop_words' &&
            (words < set.from_words_stop || !isEnglish(sample.record.language))
          )
            continue
          const code = CODES[reason]
          if (code !== undefined && !seen.has(code)) seen.set(code, reason)
        }
      }
      if (countLines(prose) >= set.from_lines) {
        for (const reason of fineWebQuality(prose, { ...set, max_repeated_chars: Infinity }, words)) {
          const code = CODES[reason]
          if (code !== undefined && !seen.has(code)) seen.set(code, reason)
        }
      }
      for (const [code, detail] of seen) report({ code, detail })
    }
  }
})

function isEnglish(language: string | undefined): boolean {
  return language === undefined || /^en(?:-|$)/i.test(language)
}

/** Whether the text is in a script without spaces, where words can't be told by their length. */
function unspaced(text: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]{4}/u.test(text)
}

function countLines(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
