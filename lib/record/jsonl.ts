import type { Collector } from './collector.js'
import { Lines } from './lines.js'
import type { Parser } from './read.js'
import { RECORD_LIMITS } from './types.js'

/** JSON Lines: a value a line; blank lines are passed over. */
export function jsonLines(collector: Collector): Parser {
  return new Lines(
    {
      line(text, number) {
        if (text.length > 0 && text.trim() !== '') collector.addJson(text, number)
      },
      bad(number, reason) {
        collector.refuse(number, reason)
      }
    },
    RECORD_LIMITS.bytes
  )
}
