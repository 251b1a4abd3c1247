import type { CompiledLexicon } from './compile.js'

/** Sentence sentiment is kept to two decimals: from -1.00 to 1.00. */
export const SENTIMENT_BINS = 201

/** Sums of which every block keeps its own, by what they are of. */
export const TABLES = ['tokens', 'spoken', 'pairs', 'near', 'pronouns'] as const
export type Table = (typeof TABLES)[number]

/** Where each count of texts lies in the array `seen`, and how the keys of the tables are made. */
export class Layout {
  readonly groups: number
  readonly axes: number
  readonly targets: number
  readonly lists: number

  constructor({ groups, axes, targets, lists }: CompiledLexicon) {
    this.groups = groups.length
    this.axes = axes.length
    this.targets = targets.length
    this.lists = lists.length
  }

  /** Texts with a term of the group, or (from `groups` on) a sentence that names this group alone of its axis. */
  group = (g: number): number => g
  spoken = (g: number): number => this.groups + g
  axis = (a: number): number => 2 * this.groups + a
  spokenAxis = (a: number): number => 2 * this.groups + this.axes + a
  /** Texts with the target and any group of the axis. */
  pair = (t: number, a: number): number => 2 * this.groups + 2 * this.axes + t * this.axes + a
  listed = (l: number, a: number): number => this.pair(this.targets, 0) + l * this.axes + a
  pronoun = (t: number): number => this.listed(this.lists, 0) + t
  get size(): number {
    return this.pronoun(this.targets) + 1
  }

  /** Texts with any occupation and pronoun in one sentence. */
  get anyPronoun(): number {
    return this.size - 1
  }

  spokenKey = (g: number, bin: number): number => g * SENTIMENT_BINS + bin
  /** In `pairs`; and in `near`, where the target after the last one stands for all reference words. */
  pairKey = (t: number, g: number): number => t * this.groups + g
  pronounKey = (t: number, which: number): number => t * 2 + which

  /** How many keys a table has. */
  keys(table: Table): number {
    switch (table) {
      case 'tokens':
        return this.groups
      case 'spoken':
        return this.groups * SENTIMENT_BINS
      case 'pairs':
        return this.targets * this.groups
      case 'near':
        return (this.targets + 1) * this.groups
      case 'pronouns':
        return this.targets * 2
    }
  }
}
