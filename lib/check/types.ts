import type { z } from 'zod'
import type { BenchmarkTable } from './benchmarks.js'
import type { ReasonCode } from './reasons.js'
import type { Sample } from './sample.js'
import type { MinHash } from './minhash/minhash.js'

/** How much a finding weighs: to know, to look at, or enough to refuse the record. */
export type Level = 'note' | 'warn' | 'refuse'

export const LEVELS = ['note', 'warn', 'refuse'] as const satisfies readonly Level[]

/** One thing that a check says of one record. */
export interface Finding {
  readonly code: ReasonCode
  /** The field it is in: `response`, `messages[2].content`. */
  readonly field?: string
  /** What was found, short and without control characters; personal data and secrets only in part. */
  readonly detail?: string
  /** Weighs at most this, whatever the rules say of the code: an address of a domain that exists only in examples. */
  readonly atMost?: Level
}

/** What checks of one thread share. */
export interface Tools {
  /** Holds the words of the record that is being checked, once `wordsOf` was called. */
  wordsOf(sample: Sample): MinHash
  readonly benchmarks: BenchmarkTable | undefined
}

export type Inspect = (sample: Sample, report: (finding: Finding) => void) => void

/** A check: what it is called, what it can say, what can be set, what it costs. */
export interface Check<Options> {
  readonly name: string
  /** Raised with every change after which it may say something else of the same record. */
  readonly version: number
  /**
   * `cheap` ones see every record; `slow` ones a sample, and every record with `thorough`. A `dataset` one needs what only
   * the moderator has for sure, so that a contributor's report may differ in it.
   */
  readonly cost: 'cheap' | 'slow'
  readonly needs: 'record' | 'dataset'
  /** The codes that it reports, with the level they have unless the rules say otherwise. */
  readonly codes: { readonly [code in ReasonCode]?: Level }
  /** Its thresholds, each with a default. */
  readonly options: z.ZodType<Options>
  /** Called once in each thread. */
  prepare(options: Options, tools: Tools): Inspect | Promise<Inspect>
}
