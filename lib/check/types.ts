import type { z } from 'zod'
import type { DatasetMatch } from './bands/lookup.js'
import type { BenchmarkTable } from './benchmarks.js'
import type { MinHash } from './minhash/minhash.js'
import type { ReasonCode } from './reasons.js'
import type { Sample } from './sample.js'

/** How much a finding weighs: to know, to look at, or enough to refuse the record. */
export type Level = 'note' | 'warn' | 'refuse'

export const LEVELS = ['note', 'warn', 'refuse'] as const satisfies readonly Level[]

/** The heavier of two levels. */
export function worse<A extends Level | 'pass'>(a: A, b: A): A {
  return (LEVELS as readonly string[]).indexOf(a) >= (LEVELS as readonly string[]).indexOf(b) ? a : b
}

/** One thing that a check says of one record. */
export interface Finding {
  readonly code: ReasonCode
  /** The field it is in: `response`, `messages[2].content`. */
  readonly field?: string
  /** What was found; personal data and secrets only in part. */
  readonly detail?: string
  /** Weighs at most this, whatever the rules say of the code: an address of a domain that exists only in examples. */
  readonly atMost?: Level
}

/** What the checks of one thread share. */
export interface Tools {
  /** Holds the words of the record's body. */
  wordsOf(sample: Sample): MinHash
  /** The benchmarks that the moderator has. */
  readonly benchmarks: BenchmarkTable | undefined
  /** The record of the dataset that is most like this one, at least so much. Undefined where no dataset is at hand. */
  readonly inDataset: ((sample: Sample, least: number) => DatasetMatch | undefined) | undefined
}

export type Inspect = (sample: Sample, report: (finding: Finding) => void) => void

interface Facts {
  readonly name: string
  /** Raised with every change after which it may say something else of the same record. */
  readonly version: number
  /** `cheap` ones see every record; `slow` ones a sample, or every record where that is asked for. */
  readonly cost: 'cheap' | 'slow'
  /** `dataset` where it needs what only the moderator has for sure: a contributor's report may differ in it. */
  readonly needs: 'record' | 'dataset'
  /** The codes that it reports, with the level that they have unless the rules say otherwise. */
  readonly codes: { readonly [code in ReasonCode]?: Level }
}

interface Definition<Shape extends z.ZodRawShape> extends Facts {
  /** Its thresholds, each with a default. */
  readonly options: z.ZodObject<Shape>
  /** Called once in each thread. */
  prepare(options: z.infer<z.ZodObject<Shape>>, tools: Tools): Inspect | Promise<Inspect>
}

/** A check: what it is called, what it can say, what can be set, what it costs. */
export interface Check<Shape extends z.ZodRawShape = z.ZodRawShape> extends Facts {
  readonly options: z.ZodObject<Shape>
  /** @param options as the rules have them; validated */
  prepare(options: unknown, tools: Tools): Promise<Inspect>
}

/** Makes a check of its definition. Its options are validated where they are used, so that checks of any options fit one list. */
export function defineCheck<Shape extends z.ZodRawShape>(definition: Definition<Shape>): Check<Shape> {
  return {
    ...definition,
    prepare: async (options, tools) => definition.prepare(definition.options.parse(options), tools)
  }
}
