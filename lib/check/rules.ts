import sodium from 'sodium-universal'
import { z } from 'zod'
import { VdataError } from '../errors.js'
import { canonical } from '../record/canonical.js'
import { boilerplate } from './checks/boilerplate.js'
import { characters } from './checks/characters.js'
import { contamination } from './checks/contamination.js'
import { datasetDuplicates } from './checks/dataset-duplicates.js'
import { duplicates } from './checks/duplicates.js'
import { equality } from './checks/equality.js'
import { format } from './checks/format.js'
import { language } from './checks/language.js'
import { licence } from './checks/licence.js'
import { pii } from './checks/pii.js'
import { quality } from './checks/quality.js'
import { repetition } from './checks/repetition.js'
import { toxic } from './checks/toxic.js'
import { REASON_CODES, type ReasonCode } from './reasons.js'
import { LEVELS, type Check } from './types.js'

/** Every check, in the order of reports. */
export const CHECKS: readonly Check[] = [
  format,
  characters,
  licence,
  duplicates,
  pii,
  toxic,
  language,
  quality,
  repetition,
  boilerplate,
  equality,
  datasetDuplicates,
  contamination
]

/** A check's options, whether it is off, and the levels of its codes where they are not its own. */
function rule<Shape extends z.ZodRawShape>(check: Check<Shape>) {
  return z
    .strictObject({
      ...check.options.shape,
      off: z.boolean().default(false),
      levels: z
        .partialRecord(z.enum(Object.keys(check.codes) as [string, ...string[]]), z.enum(['off', ...LEVELS]))
        .default({})
    })
    .prefault({} as never)
}

const share = z.number().min(0).max(1)

const rulesSchema = z.strictObject({
  /**
   * The share of a volume's records that may be refused: for one reason, and in all. A few finds are no reason to turn a volume
   * away, be it that a check errs or that a moderator drops them; with more, the volume does not pass as a whole.
   */
  refused: z.strictObject({ each: share.default(0.02), all: share.default(0.05) }).prefault({}),
  /** The same for single codes, instead of `refused.each`; here warnings count, too. */
  limits: z.partialRecord(z.enum(REASON_CODES), share).default({}),
  /** How far a volume may raise the dataset's figures of bias (lib/bias/drift.ts) and still pass unseen. */
  bias: z
    .strictObject({
      off: z.boolean().default(false),
      moved: z.number().min(0).max(2).default(0.05),
      min_texts: z.number().int().min(1).default(1000),
      most: z.record(z.string().max(200), z.number().min(0).max(2)).default({})
    })
    .prefault({}),
  /** How many records slow checks look at. */
  slow_sample: z.number().int().min(0).max(10_000).default(50),
  checks: z
    .strictObject({
      format: rule(format),
      characters: rule(characters),
      licence: rule(licence),
      duplicates: rule(duplicates),
      pii: rule(pii),
      toxic: rule(toxic),
      language: rule(language),
      quality: rule(quality),
      repetition: rule(repetition),
      boilerplate: rule(boilerplate),
      equality: rule(equality),
      dataset_duplicates: rule(datasetDuplicates),
      contamination: rule(contamination)
    })
    .prefault({})
})

/** Everything that a dataset can set, complete: what is left out in its entry has its default here. */
export type CheckRules = z.output<typeof rulesSchema>

/** The rules as a dataset's entry has them: only what differs from the defaults. */
export type CheckRulesInput = z.input<typeof rulesSchema>

/**
 * Completes rules with the defaults.
 * @throws VdataError verification BAD_RULES for what this version does not know: half-understood rules would give another report
 */
export function checkRules(value: unknown = {}): CheckRules {
  const parsed = rulesSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw new VdataError(
    'verification',
    'BAD_RULES',
    `The rules for checks are not valid${where === '' ? '' : ` at ${where}`}: ${issue?.message ?? 'unknown form'}.`,
    'Correct them, or update vdata if they were made by a newer one.'
  )
}

/** What names rules: reports with the same digest were made by the same rules. The BLAKE2b-128 of their RFC 8785 form, in hex. */
export function rulesDigest(rules: CheckRules): string {
  const digest = Buffer.alloc(16)
  sodium.crypto_generichash(digest, Buffer.from(canonical(rules)))
  return digest.toString('hex')
}

/** The check's part of the rules. */
export function ruleOf(rules: CheckRules, check: Check) {
  const { off, levels, ...options } = rules.checks[check.name as keyof CheckRules['checks']]
  return { off, levels: levels as { readonly [code in ReasonCode]?: 'off' | (typeof LEVELS)[number] }, options }
}
