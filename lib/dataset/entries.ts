import ID from 'hypercore-id-encoding'
import { z } from 'zod'
import { KINDS } from '../record/types.js'

// What stands in a dataset's index. Readers trust the moderator's decisions, not the moderator's bytes: each value is
// validated when it is read, and one that does not hold is as if it were not there. Unknown fields are left for later versions.

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const time = z.iso.datetime()
const word = z.string().max(200)
const key = z.string().refine((text) => text.length === 52 && ID.isValid(text), 'not a key')
/** A reason code: lower case, as in `wrong_count`. */
export const reasonCode = z.string().regex(/^[a-z0-9_]{1,64}$/)

export const datasetEntry = z.object({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  title: z.string().max(200).default(''),
  description: z.string().max(10_000).default(''),
  /** SPDX identifiers; an empty list takes any. */
  licenses: z.array(word).max(100).default([]),
  kinds: z.array(z.enum(KINDS)).default([...KINDS]),
  /** Check thresholds by check name. */
  thresholds: z.record(z.string(), z.unknown()).default({}),
  moderators: z.array(z.object({ name: word, key })).max(100),
  donation: z.object({ url: z.url().max(2000), text: z.string().max(500) }).optional(),
  costs: z.array(z.object({ what: word, amount: z.number().nonnegative(), currency: z.string().length(3) })).optional(),
  successor: key.optional(),
  created_at: time
})
export type DatasetEntry = z.infer<typeof datasetEntry>

/** Records of a volume: `from` to `to`, counted from 0 through the volume, both included. */
export const recordRange = z
  .object({ from: count, to: count })
  .refine(({ from, to }) => from <= to, 'is the wrong way round')
export type RecordRange = z.infer<typeof recordRange>

export const reason = z.object({
  code: reasonCode,
  count: count.default(1),
  note: z.string().max(1000).default(''),
  /** Which records it is about, where it is not about the volume as a whole: the first of them, in ascending order. */
  records: z.array(recordRange).max(1000).optional()
})
export type Reason = z.infer<typeof reason>

/** How often each value of each facet occurs; `other` counts those that are not listed, `missing` records without the facet. */
const facetCounts = z.record(
  z.string().max(64),
  z.object({ values: z.record(z.string().max(1000), count), other: count, missing: count })
)
export type FacetCounts = z.infer<typeof facetCounts>

export const volumeEntry = z.object({
  length: count.max(16_384),
  bytes: count,
  raw_bytes: count,
  records: count,
  contributor: key,
  /** The offer's, with the expiry that it covers: anyone can check that the contributor offered it here. */
  signature: z.string().regex(/^[0-9a-f]{128}$/),
  expiry: count,
  license: word,
  facets: facetCounts,
  /** See lib/volume/zonemap.ts. */
  zone_map: z.string().max(8 * 1024 * 1024),
  check: z.record(z.string(), z.unknown()).default({}),
  bias: z.record(z.string(), z.unknown()).nullable().default(null),
  accepted_at: time
})
export type VolumeEntry = z.infer<typeof volumeEntry>

export const VERDICTS = ['accepted', 'rejected', 'withdrawn'] as const
export const verdictEntry = z.object({
  status: z.enum(VERDICTS),
  reasons: z.array(reason).max(100).default([]),
  /** It was decided a second time, after an appeal: there is no third. */
  appealed: z.boolean().optional(),
  at: time
})
export type VerdictEntry = z.infer<typeof verdictEntry>

export const contributorEntry = z.object({
  name: word.default(''),
  standing: z.enum(['good', 'banned']),
  reason: z.string().max(1000).default(''),
  /** When this was said; indexes of earlier versions do not say. */
  at: time.optional()
})
export type ContributorEntry = z.infer<typeof contributorEntry>

/** `hide`: not returned any more. `purge`: seeders also clear the blocks that hold them. */
export const DROP_SCOPES = ['hide', 'purge'] as const

/** Some records of a volume: how many, their bytes as JSON Lines, and what facets they have. */
const amount = z.object({ records: count, raw_bytes: count, facets: facetCounts })
export type Amount = z.infer<typeof amount>

/** Everything that was dropped of one volume, a decision each; decisions are only ever added. */
export const dropEntry = z.object({
  drops: z
    .array(
      amount.extend({
        // The amount is of the records that this took out which were in until then.
        ranges: z.array(recordRange).min(1).max(10_000),
        code: reasonCode,
        scope: z.enum(DROP_SCOPES),
        note: z.string().max(1000).default(''),
        /**
         * Of what a purge covers, the part that earlier decisions (by their place in the list) had hidden: a release that is
         * older than these has it until the purge.
         */
        hidden: z
          .array(amount.extend({ drop: count }))
          .max(10_000)
          .default([]),
        at: time
      })
    )
    .max(10_000)
})
export type DropEntry = z.infer<typeof dropEntry>
export type Drop = DropEntry['drops'][number]

/** A name for one exact state of the index. */
export const releaseEntry = z.object({
  /** The index's length and tree hash (hexadecimal) just before this entry was written. */
  length: count,
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  volumes: count,
  records: count,
  bytes: count,
  raw_bytes: count,
  contributors: count,
  licenses: z.record(z.string().max(200), count).default({}),
  facets: facetCounts.default({}),
  check: z.record(z.string(), z.unknown()).default({}),
  bias: z.record(z.string(), z.unknown()).nullable().default(null),
  /** The file that `vdata pull -j` makes of it, until something of it is purged. */
  jsonl: z.object({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
  notes: z.string().max(10_000).default(''),
  at: time
})
export type ReleaseEntry = z.infer<typeof releaseEntry>

export const KEYS = {
  dataset: 'dataset',
  volume: (id: string) => `volume/${id}`,
  verdict: (id: string) => `verdict/${id}`,
  drop: (id: string) => `drop/${id}`,
  contributor: (id: string) => `contributor/${id}`,
  release: (name: string) => `release/${name}`
}
