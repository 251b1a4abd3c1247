import { z } from 'zod'
import { compareSummaries, type Comparison } from './compare.js'
import { headlines } from './figure-list.js'
import { soundFigure } from './report-schema.js'
import type { BiasReport, Figure } from './report.js'

/** The figures of a report for which zero is best: what is shown where there is no room for all of them. */
export interface BiasSummary {
  lexicon: string
  texts: number
  min_texts: number
  /** By id (`gender.association.profession`); those with nothing to measure are left out. */
  figures: { [id: string]: { label: string } & Figure }
}

export function summarize(report: BiasReport): BiasSummary {
  const figures = headlines(report).filter(({ figure }) => figure.texts > 0)
  return {
    lexicon: report.lexicon.name,
    texts: report.texts,
    min_texts: report.min_texts,
    figures: Object.fromEntries(figures.map(({ id, label, figure }) => [id, { label, ...figure }]))
  }
}

const summary: z.ZodType<BiasSummary> = z.object({
  lexicon: z.string().max(300),
  texts: z.number().min(0),
  min_texts: z.number().min(0),
  figures: z.record(z.string().max(300), z.intersection(z.object({ label: z.string().max(300) }), soundFigure))
})

/** A summary that somebody else wrote, such as a release's; null for anything that is none. */
export function parseSummary(value: unknown): BiasSummary | null {
  return summary.safeParse(value).data ?? null
}

/** How the figures of two releases differ; null where one of them has none, or they are of different lexicons. */
export function driftBetween(before: unknown, after: unknown): Comparison | null {
  const [from, to] = [parseSummary(before), parseSummary(after)]
  if (from === null || to === null || from.lexicon !== to.lexicon) return null
  return compareSummaries(from, to)
}
