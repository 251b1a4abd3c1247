import { canonical } from '../record/canonical.js'
import type { Located } from './inspector.js'
import type { ReasonCode } from './reasons.js'
import { CHECKS, ruleOf, rulesDigest, type CheckRules } from './rules.js'
import { worse, type Level } from './types.js'

/** Ordinals of records from 0: from, and up to and including. */
export type Range = [from: number, to: number]

export interface Example {
  /** The record's ordinal, from 0. */
  readonly record: number
  /** Its line in the file that was checked, from 1, where there was a file. */
  readonly line?: number
  readonly level: Level
  readonly field?: string
  readonly detail?: string
}

/** All that was found with one code. */
export interface CodeReport {
  readonly check: string
  readonly code: ReasonCode
  /** The heaviest of its findings. */
  readonly level: Level
  /** How many records have it, by the heaviest level that they have it with. */
  readonly records: { readonly [level in Level]: number }
  /** Which records have it; the first 10,000 ranges. */
  readonly at: readonly Range[]
  /** The first ten. */
  readonly examples: readonly Example[]
}

/** More of the records are refused for a reason than the rules take, so that the volume does not pass as a whole. */
export interface Exceeded {
  /** `too_many` for those of all reasons together. */
  readonly code: ReasonCode
  readonly records: number
  readonly limit: number
}

export interface ReportPart {
  readonly level: Level | 'pass'
  /** The records with a finding that is enough to refuse them, all of them. */
  readonly refused: readonly Range[]
  /** Why the volume does not pass; empty where it does. */
  readonly exceeded: readonly Exceeded[]
  readonly findings: readonly CodeReport[]
}

/**
 * What checks found in a volume or file. The same records in the same order, checked by the same rules, give the same report in any
 * number of threads and on any machine, but for `dataset`: what needs the dataset's index or benchmarks.
 */
export interface CheckReport extends ReportPart {
  readonly format: 'vdata/check'
  readonly version: 1
  /** The digest of the rules, and the versions of the checks that ran. */
  readonly rules: string
  readonly checks: { readonly [name: string]: number }
  /** Whether slow checks looked at every record, and else at how many. */
  readonly slow: 'all' | number
  readonly records: number
  /** UTF-16 units of content. */
  readonly chars: number
  readonly dataset: (ReportPart & { readonly index: boolean; readonly benchmarks: readonly string[] }) | null
}

/** The report without what needs the dataset, in its RFC 8785 form: equal for a contributor and the moderator. */
export function localReport(report: CheckReport): string {
  return canonical({ ...report, dataset: null })
}

/** The heaviest level of a report, the checks that need the dataset included. */
export function levelOf(report: CheckReport): Level | 'pass' {
  return worse(report.level, report.dataset?.level ?? 'pass')
}

/** Why a volume with this report does not pass; empty where it does, though single records may be refused. */
export function exceededIn({ exceeded, dataset }: CheckReport): readonly Exceeded[] {
  return [...exceeded, ...(dataset?.exceeded ?? [])]
}

/** The records that are refused for whatever reason. */
export function refusedRecords({ refused, dataset }: CheckReport): Range[] {
  return merge(refused, dataset?.refused ?? [])
}

export function countRecords(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}

function merge(some: readonly Range[], others: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const [from, to] of [...some, ...others].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

const MAX_RANGES = 10_000
const MAX_EXAMPLES = 10

/** Adds findings up to a report. Records must come in order. */
export class ReportBuilder {
  readonly #rules: CheckRules
  readonly #local = new PartBuilder()
  readonly #dataset = new PartBuilder()
  readonly #needsDataset = new Set(CHECKS.filter(({ needs }) => needs === 'dataset').map(({ name }) => name))
  #records = 0
  #chars = 0

  constructor(rules: CheckRules) {
    this.#rules = rules
  }

  /** How many records were added; the next one's ordinal. */
  get records(): number {
    return this.#records
  }

  /** Counts records that were looked at. */
  count(records: number, chars: number): void {
    this.#records += records
    this.#chars += chars
  }

  add(finding: Omit<Located, 'index'>, record: number, line: number | undefined): void {
    const part = this.#needsDataset.has(finding.check) ? this.#dataset : this.#local
    part.add(finding, record, line)
  }

  build(slow: 'all' | number, dataset: { index: boolean; benchmarks: readonly string[] } | undefined): CheckReport {
    const ran = CHECKS.filter((check) => !ruleOf(this.#rules, check).off)
    const local = this.#local.build(this.#rules, this.#records)
    return {
      format: 'vdata/check',
      version: 1,
      rules: rulesDigest(this.#rules),
      checks: Object.fromEntries(ran.map(({ name, version }) => [name, version])),
      slow,
      records: this.#records,
      chars: this.#chars,
      ...local,
      dataset: dataset ? { ...dataset, ...this.#dataset.build(this.#rules, this.#records, local) } : null
    }
  }
}

interface Tally {
  readonly check: string
  readonly code: ReasonCode
  readonly records: { [level in Level]: number }
  readonly at: Range[]
  readonly examples: Example[]
  level: Level
  /** The record that was added last, and its level. */
  last: number
  lastLevel: Level
}

class PartBuilder {
  readonly #tallies = new Map<ReasonCode, Tally>()
  readonly #refused: Range[] = []

  add({ check, code, level, field, detail }: Omit<Located, 'index'>, record: number, line: number | undefined): void {
    let tally = this.#tallies.get(code)
    if (!tally) {
      const records = { note: 0, warn: 0, refuse: 0 }
      this.#tallies.set(
        code,
        (tally = { check, code, records, at: [], examples: [], level, last: -1, lastLevel: level })
      )
    }
    tally.level = worse(tally.level, level)
    if (tally.last !== record) {
      tally.last = record
      tally.lastLevel = level
      tally.records[level]++
      extend(tally.at, record, MAX_RANGES)
    } else if (worse(tally.lastLevel, level) !== tally.lastLevel) {
      tally.records[tally.lastLevel]--
      tally.records[level]++
      tally.lastLevel = level
    }
    if (tally.examples.length < MAX_EXAMPLES) {
      tally.examples.push({
        record,
        ...(line === undefined ? {} : { line }),
        level,
        ...(field === undefined ? {} : { field }),
        ...(detail === undefined ? {} : { detail })
      })
    }
    if (level === 'refuse') extend(this.#refused, record, Infinity)
  }

  /** @param beside the part whose refused records count, too */
  build(rules: CheckRules, total: number, beside?: ReportPart): ReportPart {
    const findings: CodeReport[] = []
    for (const check of CHECKS) {
      for (const code of Object.keys(check.codes) as ReasonCode[]) {
        const tally = this.#tallies.get(code)
        if (!tally || tally.check !== check.name) continue
        const { records, at, examples, level } = tally
        findings.push({ check: check.name, code, level, records, at, examples })
      }
    }
    const exceeded: Exceeded[] = []
    const limit = (code: ReasonCode, records: number, share: number) => {
      if (records > share * total) exceeded.push({ code, records, limit: share })
    }
    for (const { code, records } of findings) {
      const own = rules.limits[code]
      // What is only noted is no fault.
      if (own === undefined) limit(code, records.refuse, rules.refused.each)
      else limit(code, records.warn + records.refuse, own)
    }
    const all = countRecords(merge(this.#refused, beside?.refused ?? []))
    // Said once: where the other part's records are too many on their own, it has said so.
    if (all > countRecords(beside?.refused ?? [])) limit('too_many', all, rules.refused.all)
    let level: Level | 'pass' = exceeded.length > 0 ? 'refuse' : 'pass'
    for (const finding of findings) level = worse<Level | 'pass'>(level, finding.level)
    return { level, refused: this.#refused, exceeded, findings }
  }
}

/** Adds a record, which is not before those that are there, to ranges. */
function extend(ranges: Range[], record: number, limit: number): void {
  const last = ranges.at(-1)
  if (last && record <= last[1] + 1) last[1] = Math.max(last[1], record)
  else if (ranges.length < limit) ranges.push([record, record])
}
