import { inWords } from './render/summary.js'
import type { Figure } from './report.js'
import type { BiasSummary } from './summary.js'

/** What a dataset says of its bias: in its thresholds, under `bias`. */
export interface BiasRules {
  off: boolean
  /** How far a volume may raise a figure of the dataset. */
  moved: number
  /** Texts that a figure of the dataset must rest on before `moved` is asked of it: small datasets move with every volume. */
  min_texts: number
  /** Above which a figure must not be raised, by its id: `gender.representation`. */
  most: { [id: string]: number }
}

/** A figure of a dataset that a volume would move too far. */
export interface Drift {
  id: string
  label: string
  /** Null where the dataset had too little for it. */
  before: Figure | null
  after: Figure
  /** In words. */
  sentence: string
}

/**
 * The figures that a volume moves beyond a dataset's rules. Only what is worse counts, and of that only what the volume's
 * part in it shows beyond noise: the whole interval after lies above the estimate before.
 *
 * @param before of the dataset; null for its first volume
 * @param after of the dataset with the volume
 */
export function driftsOf(before: BiasSummary | null, after: BiasSummary, rules: BiasRules): Drift[] {
  if (rules.off) return []
  return Object.entries(after.figures).flatMap(([id, { label, ...now }]) => {
    const was = before?.figures[id]
    const past = was === undefined || was.adjusted === null ? null : was
    if (now.adjusted === null || now.low === null) return []
    const least = past?.adjusted ?? 0
    if (now.low <= least) return []
    const limit = rules.most[id]
    const over = limit !== undefined && now.adjusted > limit
    // What people do is what a dataset is about: its topics are no bias.
    const judged = past !== null && past.texts >= rules.min_texts && !id.startsWith('profession.')
    const moved = judged && now.adjusted - least > rules.moved
    if (!over && !moved) return []
    const from = past === null ? '' : `from ${inWords(past)} `
    const why = over ? `above ${limit}` : `by more than ${rules.moved}`
    const sentence = `${label} would rise ${from}to ${inWords(now)}, ${why}`
    return [{ id, label, before: past, after: now, sentence }]
  })
}
