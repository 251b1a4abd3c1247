import { csvHeader, csvRow, asText } from '../record/write.js'
import { matches, type Where } from '../record/where.js'
import type { RecordRange } from '../dataset/entries.js'
import type { TrainingRecord } from '../record/types.js'

export const OUTPUT_FORMATS = ['jsonl', 'text', 'csv'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

export interface Renderer {
  head: string
  /**
   * Renders a batch's JSON Lines: all of them where `whole`, else those that match, and at most `most`; never those that
   * were dropped.
   */
  batch(
    raw: Buffer,
    records: number,
    whole: boolean,
    most: number,
    dropped?: readonly RecordRange[]
  ): { data: Buffer | string; records: number }
}

/** Batches are stored as JSON Lines: a batch that is wanted whole is written as it is, without being parsed. */
export function renderer(format: OutputFormat, where: Where[]): Renderer {
  const asIs = format === 'jsonl'
  return {
    head: format === 'csv' ? csvHeader() : '',
    batch(raw, records, whole, most, dropped = []) {
      if (asIs && whole && records <= most && dropped.length === 0) return { data: raw, records }
      const parts: string[] = []
      for (const [ordinal, line] of raw.toString('utf8').split('\n').entries()) {
        if (dropped.some(({ from, to }) => from <= ordinal && ordinal <= to)) continue
        if (line === '' || parts.length >= most) continue
        if (asIs && whole) {
          parts.push(line + '\n')
          continue
        }
        const record = JSON.parse(line) as TrainingRecord
        if (whole || matches(record, where)) parts.push(asIs ? line + '\n' : render(record, format))
      }
      return { data: parts.join(''), records: parts.length }
    }
  }
}

function render(record: TrainingRecord, format: OutputFormat): string {
  return format === 'csv' ? csvRow(record) : asText(record)
}
