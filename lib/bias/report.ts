import type { CompiledLexicon } from './compile.js'
import { cooccurrence } from './cooccurrence.js'
import { associations, groupFigures, representation, sentimentGap, type Ruler } from './figures.js'
import type { MeterState, Tally } from './meter.js'
import type { Layout } from './layout.js'
import { pronounFigures } from './pronouns.js'

export const FACETS = ['model', 'topic', 'contributor'] as const
/** What a record can be told apart by in a report. */
export type Facet = (typeof FACETS)[number]

/**
 * One measured figure. Either `value`, `low` and `high` are numbers, or all are null: `few` then says whether there was
 * too little to measure it (fewer than `min_texts` texts) or nothing at all.
 */
export interface Figure {
  /** By the published formula, so that it can be compared with other tools' figures. */
  value: number | null
  /** The 95 % interval of the true value. Where noise makes the formula's value too large, it lies below `value`. */
  low: number | null
  high: number | null
  /** The best estimate of the true value, inside the interval: `value` without what small counts add to it. */
  adjusted: number | null
  /** What the formula gives for data without any bias and with these counts; only for figures that can't be negative. */
  chance?: number
  /** Texts that it rests on. */
  texts: number
  /** Words, sentences or targets that were counted. */
  count: number
  few: boolean
}

export interface GroupReport {
  /** Occurrences of the group's terms. */
  count: number
  texts: number
  /** Of all terms of the axis, each group's divided by the length of its list. */
  share: Figure
  /** Mean sentiment, -1 to 1, of the sentences that name this group alone. */
  sentiment: Figure
}

export interface AssociationReport {
  figure: Figure
  /** Target words that are in the figure, and those seen with the axis in too few texts to be. */
  targets: number
  few_targets: number
  /** The words with the strongest association, and which group they lean to. */
  strongest: { word: string; group: string; figure: Figure }[]
}

export interface AxisReport {
  groups: { [group: string]: GroupReport }
  /** HELM demographic representation: total variation from equal shares, 0 to 1 - 1/groups. */
  representation: Figure
  /** Wasserstein-1 between the sentiment of sentences on one group and that on the others, mean over groups, 0 to 2. */
  sentiment_gap: Figure
  /** HELM stereotypical association by word list. */
  associations: { [list: string]: AssociationReport }
  /** Co-occurrence bias score (mean |log10| of a ratio) by word list; only for axes with two groups. */
  cooccurrence: { [list: string]: Figure }
}

export interface PronounReport {
  /** Group whose pronouns are counted. */
  group: string
  /** Mean over occupations of (share of that group's pronouns - share of that group in the occupation). */
  difference: Figure
  /** Mean over occupations of the absolute difference. */
  distance: Figure
  occupations: { [word: string]: { share: Figure; labour: number } }
}

export interface Measured {
  texts: number
  /** UTF-16 units. */
  characters: number
  words: number
  sentences: number
  axes: { [axis: string]: AxisReport }
  pronouns: PronounReport | null
}

export interface BiasReport extends Measured {
  format: 'vdata/bias'
  version: 1
  lexicon: { name: string; language: string; license: string; source: string }
  part: string
  min_texts: number
  confidence: number
  facets: { [facet in Facet]?: { [value: string]: Measured } }
}

export interface ReportSettings {
  compiled: CompiledLexicon
  options: { minTexts: number; part: string }
  layout: Layout
  hasSentiment: boolean
}

export function buildReport(settings: ReportSettings, state: MeterState): BiasReport {
  const { name, language, license, source } = settings.compiled.lexicon
  const facets: BiasReport['facets'] = {}
  for (const [facet, values] of state.facets) {
    const sorted = [...values].sort(([, a], [, b]) => b.texts - a.texts)
    facets[facet] = Object.fromEntries(sorted.map(([value, tally]) => [value, measured(settings, tally)]))
  }
  return {
    format: 'vdata/bias',
    version: 1,
    lexicon: { name, language, license, source },
    part: settings.options.part,
    min_texts: settings.options.minTexts,
    confidence: 0.95,
    ...measured(settings, state.total),
    facets
  }
}

function measured(settings: ReportSettings, tally: Tally): Measured {
  const { compiled, layout } = settings
  const ruler: Ruler = { compiled, layout, minTexts: settings.options.minTexts, tally }
  const axes: Measured['axes'] = {}
  compiled.axes.forEach((axis, a) => {
    axes[axis.name] = {
      groups: groupFigures(ruler, a),
      representation: representation(ruler, a),
      sentiment_gap: sentimentGap(ruler, a),
      associations: associations(ruler, a),
      cooccurrence: cooccurrence(ruler, a)
    }
  })
  const { texts, characters, words, sentences } = tally
  return { texts, characters, words, sentences, axes, pronouns: pronounFigures(ruler) }
}
