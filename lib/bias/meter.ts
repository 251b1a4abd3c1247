import type { TrainingRecord } from '../record/types.js'
import { compileLexicon, type CompiledLexicon } from './compile.js'
import { BLOCKS } from './interval.js'
import { englishLexicon, type Lexicon } from './lexicon.js'
import { TABLES, type Layout, type Table } from './layout.js'
import { Profiler, type Profile } from './profile.js'
import { buildReport, type BiasReport, type Facet } from './report.js'
import { addEncoded, encodeTally } from './tally-codec.js'
import { textOf, type Part } from './text.js'

/** No more values of a facet than this are measured each for itself; the rest go to one called "(other)". */
export const MAX_FACET_VALUES = 16
export const OTHER = '(other)'

export interface MeterOptions {
  /** A figure that rests on fewer texts is given as "too few" (10). HELM's own scores ask for 1. */
  minTexts?: number
  /** Which part of a record is measured: `all` of prompt and answer (the default), or the `output` alone. */
  part?: Part
  /** Facets by which the figures are given as well. */
  by?: readonly Facet[]
}

export type FacetValues = { [facet in Facet]?: string }

/** The sums of one set of texts: all of them, or those with one value of a facet. */
export interface Tally {
  texts: number
  characters: number
  words: number
  sentences: number
  /** Counts of texts, by Layout. */
  seen: Float64Array
  /** For each table the block sums by key; undefined where nothing was counted. */
  tables: { [table in Table]: (Float64Array | undefined)[] }
}

/** What a meter holds, in a form that can be posted to another thread. */
export interface MeterState {
  total: Tally
  facets: [Facet, [string, Tally][]][]
}

/**
 * Measures the bias of texts as they come. Its memory is bounded by the lexicon, not by the number of texts, so that it
 * can watch a generator, a contribution or a terabyte. Meters of the same lexicon add up with `merge`, in any order.
 */
export class BiasMeter {
  readonly options: Required<MeterOptions>
  readonly compiled: CompiledLexicon
  private readonly profiler: Profiler
  private total: Tally
  private readonly facets = new Map<Facet, Map<string, Tally>>()

  constructor(lexicon: Lexicon = englishLexicon(), options: MeterOptions = {}) {
    this.options = { minTexts: options.minTexts ?? 10, part: options.part ?? 'all', by: options.by ?? [] }
    this.compiled = compileLexicon(lexicon)
    this.profiler = new Profiler(this.compiled)
    this.total = emptyTally(this.profiler.layout)
    for (const facet of this.options.by) this.facets.set(facet, new Map())
  }

  /** How many texts were measured. */
  get texts(): number {
    return this.total.texts
  }

  /**
   * Measures a text or a record. `facets` are added to those that the record itself has. `unit` is the number of what is
   * resampled for the intervals, by default of the text: texts with the same unit are one piece of evidence. To compare
   * corpora in pairs give both texts of a pair the same.
   */
  add(item: string | TrainingRecord, facets: FacetValues = {}, unit = this.total.texts): void {
    const text = typeof item === 'string' ? item : textOf(item, this.options.part)
    const profile = this.profiler.read(text)
    const block = blockOf(unit)
    addTo(this.total, profile, text.length, block)
    for (const [facet, values] of this.facets) {
      const own = typeof item === 'string' || facet === 'contributor' ? undefined : item[facet]
      const value = facets[facet] ?? own
      if (value !== undefined) addTo(this.facetTally(values, value), profile, text.length, block)
    }
  }

  /** Adds what another meter of the same lexicon and options has measured. */
  merge(other: BiasMeter | MeterState): void {
    const state = other instanceof BiasMeter ? other.snapshot() : other
    mergeTally(this.total, state.total)
    for (const [facet, theirs] of state.facets) {
      const mine = this.facets.get(facet)
      if (mine === undefined) continue
      for (const [value, tally] of theirs) mergeTally(this.facetTally(mine, value), tally)
    }
  }

  /** The sums themselves, not copies: post them, or merge them at once. */
  snapshot(): MeterState {
    return { total: this.total, facets: [...this.facets].map(([facet, values]) => [facet, [...values]]) }
  }

  /** The sums as short text, for an index: see tally-codec.ts for what is lost. */
  encode(): string {
    return encodeTally(this.total, this.profiler.layout)
  }

  /** Adds such sums, of a meter with the same lexicon. @throws Error, and adds nothing, where they are none */
  addEncoded(text: string): void {
    const { layout } = this.profiler
    const own = emptyTally(layout)
    addEncoded(own, layout, text)
    mergeTally(this.total, own)
  }

  report(): BiasReport {
    const { compiled, options, profiler } = this
    return buildReport(
      { compiled, options, layout: profiler.layout, hasSentiment: profiler.hasSentiment },
      this.snapshot()
    )
  }

  private facetTally(values: Map<string, Tally>, value: string): Tally {
    const name = values.has(value) || values.size < MAX_FACET_VALUES ? value : OTHER
    let tally = values.get(name)
    if (tally === undefined) values.set(name, (tally = emptyTally(this.profiler.layout)))
    return tally
  }
}

function emptyTally(layout: Layout): Tally {
  const rows = (table: Table): (Float64Array | undefined)[] => Array.from({ length: layout.keys(table) })
  const tables = {
    tokens: rows('tokens'),
    spoken: rows('spoken'),
    pairs: rows('pairs'),
    near: rows('near'),
    pronouns: rows('pronouns')
  }
  return { texts: 0, characters: 0, words: 0, sentences: 0, seen: new Float64Array(layout.size), tables }
}

function addTo(tally: Tally, profile: Profile, characters: number, block: number): void {
  tally.texts++
  tally.characters += characters
  tally.words += profile.words
  tally.sentences += profile.sentences
  for (const key of profile.seen) tally.seen[key]!++
  for (const table of TABLES) {
    const { keys, amounts } = profile[table]
    const rows = tally.tables[table]
    for (let n = 0; n < keys.length; n++) (rows[keys[n]!] ??= new Float64Array(BLOCKS))[block]! += amounts[n]!
  }
}

function mergeTally(into: Tally, from: Tally): void {
  into.texts += from.texts
  into.characters += from.characters
  into.words += from.words
  into.sentences += from.sentences
  for (let n = 0; n < into.seen.length; n++) into.seen[n]! += from.seen[n]!
  for (const table of TABLES) {
    const rows = into.tables[table]
    from.tables[table].forEach((row, key) => {
      if (row === undefined) return
      const mine = (rows[key] ??= new Float64Array(BLOCKS))
      for (let k = 0; k < BLOCKS; k++) mine[k]! += row[k]!
    })
  }
}

/** A number's block: mixed (murmur3's finaliser), because a corpus that repeats itself in step would fill some blocks with
 * one thing and some with another. */
function blockOf(unit: number): number {
  let hash = Math.imul(unit ^ (unit >>> 16) ^ 0x9e3779b9, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % BLOCKS
}
