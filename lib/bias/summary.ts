import { headlines } from './figure-list.js'
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
