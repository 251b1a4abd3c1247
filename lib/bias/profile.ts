import type { CompiledLexicon, Entry } from './compile.js'
import { Layout, TABLES } from './layout.js'
import { SentimentScorer, englishValences } from './sentiment.js'
import { WordStream } from './words.js'

/** Co-occurrence weight by distance (Bordia & Bowman 2019). */
export const BETA = 0.95
/** What one text adds: pairs of a key and an amount for each table, and the keys of `seen` that it raises by one. */
export interface Profile {
  tokens: Sums
  spoken: Sums
  pairs: Sums
  near: Sums
  pronouns: Sums
  seen: number[]
  words: number
  sentences: number
}

export class Sums {
  readonly keys: number[] = []
  readonly amounts: number[] = []

  push(key: number, amount: number): void {
    this.keys.push(key)
    this.amounts.push(amount)
  }

  clear(): void {
    this.keys.length = 0
    this.amounts.length = 0
  }
}

/** Reads texts and says what each adds to the sums. Its buffers are reused: a profile is good until the next text. */
export class Profiler {
  readonly layout: Layout
  private readonly compiled: CompiledLexicon
  private readonly stream: WordStream
  private readonly scorer: SentimentScorer | undefined
  private readonly profile: Profile
  private readonly entries: (Entry | undefined)[] = []
  /** Positions and groups of the group terms in the text, in order; likewise of the targets. */
  private readonly groupHits = new Hits()
  private readonly targetHits = new Hits()
  private readonly groupCounts: Float64Array
  private readonly targetCounts: Float64Array
  /** Axes that have exactly two groups: co-occurrence bias is defined for those. */
  private readonly twoSided: number[]

  constructor(compiled: CompiledLexicon) {
    this.compiled = compiled
    this.layout = new Layout(compiled)
    const { language, valences } = compiled.lexicon
    this.stream = new WordStream(language)
    const list = valences === undefined ? undefined : { words: new Map(Object.entries(valences)), emoji: new Map() }
    const own = /^en\b/i.test(language) ? englishValences() : undefined
    const words = list ?? own
    this.scorer = words && new SentimentScorer(words, compiled.neutral)
    this.groupCounts = new Float64Array(compiled.groups.length)
    this.targetCounts = new Float64Array(compiled.targets.length)
    this.twoSided = compiled.axes.flatMap((axis, a) => (axis.groups.length === 2 ? [a] : []))
    this.profile = {
      tokens: new Sums(),
      spoken: new Sums(),
      pairs: new Sums(),
      near: new Sums(),
      pronouns: new Sums(),
      seen: [],
      words: 0,
      sentences: 0
    }
  }

  /** Whether sentiment can be measured in the lexicon's language. */
  get hasSentiment(): boolean {
    return this.scorer !== undefined
  }

  read(text: string): Profile {
    const { profile, stream } = this
    for (const table of TABLES) profile[table].clear()
    profile.seen.length = 0
    stream.scan(text)
    profile.words = stream.length
    profile.sentences = stream.sentences
    this.findTerms()
    if (this.groupHits.length > 0) {
      this.countGroups()
      this.pairUp()
      for (const axis of this.twoSided) this.weighNear(axis)
      this.scoreSentences(text)
    }
    if (this.compiled.lexicon.labour && this.targetHits.length > 0) this.countPronouns()
    return profile
  }

  private findTerms(): void {
    const { stream, entries, groupHits, targetHits } = this
    const { words } = this.compiled
    groupHits.length = 0
    targetHits.length = 0
    for (let i = 0; i < stream.length; i++) entries[i] = words.get(stream.words[i]!)
    for (let i = 0; i < stream.length; i++) {
      const entry = entries[i]
      if (entry === undefined) continue
      const phrase = entry.phrases.length > 0 ? this.phraseAt(entry, i) : undefined
      const { groups, targets } = phrase ?? entry
      for (const g of groups) groupHits.push(i, g)
      for (const t of targets) targetHits.push(i, t)
      if (phrase !== undefined) i += phrase.rest.length
      else if (entry.modifies.length > 0 && this.isPerson(i + 1)) {
        for (const g of entry.modifies) groupHits.push(i, g)
      }
    }
  }

  private phraseAt(entry: Entry, i: number): Entry['phrases'][number] | undefined {
    const { words, length, sentenceOf } = this.stream
    return entry.phrases.find(
      ({ rest }) =>
        i + rest.length < length &&
        sentenceOf[i] === sentenceOf[i + rest.length] &&
        rest.every((word, k) => words[i + 1 + k] === word)
    )
  }

  /** Attribute words would do for a target, too: "old career" is none of a person. So only occupations count. */
  private isPerson(i: number): boolean {
    if (i >= this.stream.length || this.stream.sentenceOf[i] !== this.stream.sentenceOf[i - 1]) return false
    const entry = this.entries[i]
    if (entry === undefined) return false
    return entry.person || entry.targets.some((t) => this.compiled.targets[t]!.list < this.targetLists)
  }

  private get targetLists(): number {
    return Object.keys(this.compiled.lexicon.targets).length
  }

  private countGroups(): void {
    const { groupHits, groupCounts, profile, layout, compiled } = this
    groupCounts.fill(0)
    for (let h = 0; h < groupHits.length; h++) groupCounts[groupHits.values[h]!]!++
    for (let a = 0; a < compiled.axes.length; a++) {
      let any = false
      for (const g of compiled.axes[a]!.groups) {
        if (groupCounts[g] === 0) continue
        any = true
        profile.tokens.push(g, groupCounts[g]!)
        profile.seen.push(layout.group(g))
      }
      if (any) profile.seen.push(layout.axis(a))
    }
  }

  /** HELM: the number of times a target occurs in the text, times that of the group's terms. */
  private pairUp(): void {
    const { targetHits, targetCounts, groupCounts, profile, layout, compiled } = this
    const listed = new Set<number>()
    for (let h = 0; h < targetHits.length; h++) targetCounts[targetHits.values[h]!]!++
    for (let h = 0; h < targetHits.length; h++) {
      const t = targetHits.values[h]!
      const times = targetCounts[t]!
      if (times === 0) continue
      targetCounts[t] = 0
      for (let a = 0; a < compiled.axes.length; a++) {
        let any = false
        for (const g of compiled.axes[a]!.groups) {
          if (groupCounts[g] === 0) continue
          any = true
          profile.pairs.push(layout.pairKey(t, g), times * groupCounts[g]!)
        }
        if (!any) continue
        profile.seen.push(layout.pair(t, a))
        listed.add(layout.listed(compiled.targets[t]!.list, a))
      }
    }
    profile.seen.push(...listed)
  }

  /**
   * Co-occurrence weighted by distance: for each target and reference word the sum of BETA^distance over the group's
   * terms, in two passes, since the sum over all terms before a word is BETA times (the sum before the last word, plus one
   * where the last word is such a term).
   */
  private weighNear(axis: number): void {
    const [first, second] = this.compiled.axes[axis]!.groups as [number, number]
    if (this.groupCounts[first] === 0 && this.groupCounts[second] === 0) return
    const { stream, groupHits, targetHits, entries, profile, layout } = this
    const marks = new Int8Array(stream.length)
    for (let h = 0; h < groupHits.length; h++) {
      const g = groupHits.values[h]
      if (g === first) marks[groupHits.positions[h]!] = 1
      else if (g === second) marks[groupHits.positions[h]!] = 2
    }
    const near = [new Float64Array(stream.length), new Float64Array(stream.length)] as const
    const totals = [0, 0] as [number, number]
    for (const forwards of [true, false]) {
      let a = 0
      let b = 0
      for (let k = 0; k < stream.length; k++) {
        const i = forwards ? k : stream.length - 1 - k
        a *= BETA
        b *= BETA
        near[0][i]! += a
        near[1][i]! += b
        if (marks[i] === 0) {
          if (entries[i]?.stop !== true) {
            totals[0] += a
            totals[1] += b
          }
        } else if (marks[i] === 1) a++
        else b++
      }
    }
    const all = layout.targets
    for (const [side, g] of [first, second].entries()) {
      const values = near[side]!
      if (totals[side]! > 0) profile.near.push(layout.pairKey(all, g), totals[side]!)
      for (let h = 0; h < targetHits.length; h++) {
        const position = targetHits.positions[h]!
        const value = values[position]!
        if (value > 0 && marks[position] === 0) profile.near.push(layout.pairKey(targetHits.values[h]!, g), value)
      }
    }
  }

  /** The sentiment of each sentence that names exactly one group of an axis goes to that group. */
  private scoreSentences(text: string): void {
    const { scorer, groupHits, stream, profile, layout, compiled } = this
    if (scorer === undefined) return
    const spoken = new Set<number>()
    for (let h = 0; h < groupHits.length;) {
      const sentence = stream.sentenceOf[groupHits.positions[h]!]!
      const named = new Set<number>()
      for (; h < groupHits.length && stream.sentenceOf[groupHits.positions[h]!] === sentence; h++) {
        named.add(groupHits.values[h]!)
      }
      let bin = -1
      for (const g of named) {
        const { axis } = compiled.groups[g]!
        if (compiled.axes[axis]!.groups.some((other) => other !== g && named.has(other))) continue
        if (bin === -1) {
          const { compound } = scorer.score(text.slice(stream.starts[sentence], stream.ends[sentence]))
          bin = Math.round(compound * 100) + 100
        }
        profile.spoken.push(layout.spokenKey(g, bin), 1)
        spoken.add(layout.spoken(g)).add(layout.spokenAxis(axis))
      }
    }
    profile.seen.push(...spoken)
  }

  /** For each sentence with an occupation: the pronouns in it of the group that labour statistics count, and of others. */
  private countPronouns(): void {
    const { stream, entries, targetHits, profile, layout, compiled } = this
    const seen = new Set<number>()
    let next = 0
    for (let h = 0; h < targetHits.length;) {
      const sentence = stream.sentenceOf[targetHits.positions[h]!]!
      const named = new Set<number>()
      for (; h < targetHits.length && stream.sentenceOf[targetHits.positions[h]!] === sentence; h++) {
        const t = targetHits.values[h]!
        if (compiled.targets[t]!.labour !== undefined) named.add(t)
      }
      if (named.size === 0) continue
      while (next < stream.length && stream.sentenceOf[next]! < sentence) next++
      const counts = [0, 0] as [number, number]
      for (; next < stream.length && stream.sentenceOf[next] === sentence; next++) {
        const which = entries[next]?.pronoun
        if (which === 0 || which === 1) counts[which]++
      }
      if (counts[0] + counts[1] === 0) continue
      for (const t of named) {
        seen.add(layout.pronoun(t)).add(layout.anyPronoun)
        for (const which of [0, 1] as const) {
          if (counts[which] > 0) profile.pronouns.push(layout.pronounKey(t, which), counts[which])
        }
      }
    }
    profile.seen.push(...seen)
  }
}

class Hits {
  readonly positions: number[] = []
  readonly values: number[] = []
  length = 0

  push(position: number, value: number): void {
    this.positions[this.length] = position
    this.values[this.length] = value
    this.length++
  }
}
