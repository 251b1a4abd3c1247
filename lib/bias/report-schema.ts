import { z } from 'zod'
import { VdataError } from '../errors.js'
import type { BiasReport } from './report.js'

const name = z.string().max(300)
const amount = z.number().min(0)
const figure = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  adjusted: z.number().nullable(),
  chance: z.number().optional(),
  texts: amount,
  count: amount,
  few: z.boolean()
})
/** A figure, whose value and interval are both there or both not. */
export const soundFigure = figure.refine(
  ({ value, low, high, adjusted }) => [low, high, adjusted].every((other) => (other === null) === (value === null)),
  'a value comes with its interval'
)
const measured = z.object({
  texts: amount,
  characters: amount,
  words: amount,
  sentences: amount,
  axes: z.record(
    name,
    z.object({
      groups: z.record(name, z.object({ count: amount, texts: amount, share: soundFigure, sentiment: soundFigure })),
      representation: soundFigure,
      sentiment_gap: soundFigure,
      associations: z.record(
        name,
        z.object({
          figure: soundFigure,
          targets: amount,
          few_targets: amount,
          strongest: z.array(z.object({ word: name, group: name, figure: soundFigure })).max(1000)
        })
      ),
      cooccurrence: z.record(name, soundFigure)
    })
  ),
  pronouns: z
    .object({
      group: name,
      difference: soundFigure,
      distance: soundFigure,
      occupations: z.record(name, z.object({ share: soundFigure, labour: z.number() }))
    })
    .nullable()
})
const values = z.record(name, measured).optional()
const report: z.ZodType<BiasReport> = measured.extend({
  format: z.literal('vdata/bias'),
  version: z.literal(1),
  lexicon: z.object({ name, language: name, license: name, source: z.string().max(4000) }),
  part: name,
  min_texts: amount,
  confidence: z.number(),
  facets: z.object({ model: values, topic: values, contributor: values })
})

/** Whether JSON claims to be a bias report. */
export function isReport(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 'vdata/bias'
}

/** A report that was written earlier, or by someone else. @throws VdataError BAD_REPORT */
export function parseReport(value: unknown, file = 'the file'): BiasReport {
  const parsed = report.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new VdataError(
    'usage',
    'BAD_REPORT',
    `${file} is not a bias report: ${issue.path.join('.') || 'the file'}: ${issue.message}.`,
    "Write one with 'vdata bias … --output FILE'."
  )
}
