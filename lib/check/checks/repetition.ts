import { z } from 'zod'
import { withoutCode } from '../quality/code.js'
import { GOPHER_REPETITION as GOPHER, repeatedLines, repeatedPhrases } from '../quality/repetition.js'
import { tokenize } from '../tokens.js'
import { defineCheck } from '../types.js'

const share = z.number().min(0).max(1)

/**
 * The limits on lines are Gopher's. Those on phrases are twice as high: Gopher's are for web pages, and one in seven answers
 * of text-davinci-003 is over them, most of them lists whose items begin alike.
 */
const options = z.strictObject({
  lines: share.default(GOPHER.lines),
  paragraphs: share.default(GOPHER.paragraphs),
  line_chars: share.default(GOPHER.line_chars),
  paragraph_chars: share.default(GOPHER.paragraph_chars),
  top: z.tuple([share, share, share]).default([0.4, 0.36, 0.32]),
  repeated: z.tuple([share, share, share, share, share, share]).default([0.3, 0.28, 0.26, 0.24, 0.22, 0.2]),
  /** Lines that a field must have before repeated ones count. */
  from_lines: z.number().int().min(2).default(4),
  /** Words and marks that a field must have before repeated phrases count. */
  from_words: z.number().int().min(2).default(50)
})

/** Lines, paragraphs and phrases that come again and again: a model that got stuck. Each field is judged by itself. */
export const repetition = defineCheck({
  name: 'repetition',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { repeated_lines: 'warn', repeated_phrases: 'warn' },
  options,
  prepare(set) {
    return (sample, report) => {
      for (const field of sample.content) {
        const text = withoutCode(field.text)
        const lines =
          text.split('\n', set.from_lines).length >= set.from_lines ? repeatedLines(text, set)[0] : undefined
        if (lines) report({ code: 'repeated_lines', field: field.name, detail: describe(lines) })
        if (text.length < set.from_words) continue
        const tokens = text === field.text ? sample.tokensOf(field) : tokenize(text)
        const phrases = tokens.length < set.from_words ? undefined : repeatedPhrases(tokens, text.length, set)[0]
        if (phrases) report({ code: 'repeated_phrases', field: field.name, detail: describe(phrases) })
      }
    }
  }
})

function describe({ reason, share: part }: { reason: string; share: number }): string {
  return `${reason} ${Math.round(part * 100)} %`
}
