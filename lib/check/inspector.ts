import { recordHash } from '../record/id.js'
import { checkRecord } from '../record/schema.js'
import { Lookup } from './bands/lookup.js'
import { ROW_BYTES, writeRow } from './bands/row.js'
import type { IndexSnapshot } from './bands/dataset-index.js'
import { BenchmarkTable, type BenchmarkTableData } from './benchmarks.js'
import { MinHash } from './minhash/minhash.js'
import type { ReasonCode } from './reasons.js'
import { CHECKS, ruleOf, type CheckRules } from './rules.js'
import { Sample } from './sample.js'
import { worse, type Check, type Finding, type Inspect, type Level, type Tools } from './types.js'

/** All that a thread needs to know of a run. It can be sent to another thread. */
export interface Plan {
  readonly rules: CheckRules
  readonly benchmarks?: BenchmarkTableData
  readonly against?: Pick<IndexSnapshot, 'segments'>
}

/** Which checks are to look: the cheap ones, the slow ones, or all. */
export type Pass = 'cheap' | 'slow' | 'all'

/** A record, or why there is none. */
export type Entry =
  { readonly record: unknown; readonly problem?: undefined } | { readonly problem: string; readonly record?: undefined }

/** A finding in a batch, with its level. */
export interface Located {
  /** The record's place in the batch. */
  readonly index: number
  readonly check: string
  readonly code: ReasonCode
  readonly level: Level
  readonly field?: string
  readonly detail?: string
}

export interface Inspection {
  readonly findings: readonly Located[]
  /** Of each record in the batch; see bands/row.ts. Empty after a slow pass. */
  readonly rows: Uint8Array
  /** UTF-16 units of content. */
  readonly chars: number
}

interface Prepared {
  readonly check: Check
  readonly inspect: Inspect
  readonly levels: { readonly [code in ReasonCode]?: Level | 'off' }
}

const DETAIL_CHARS = 96

/** Runs a plan's checks over batches of records, in one thread. */
export class Inspector {
  readonly #checks: Prepared[] = []
  readonly #hasher = new MinHash()
  readonly #row = new Uint8Array(ROW_BYTES)
  readonly #lookup: Lookup | undefined
  /** The sample whose words the hasher holds. */
  #loaded: Sample | undefined

  private constructor(plan: Plan) {
    this.#lookup = plan.against && new Lookup(plan.against)
  }

  static async create(plan: Plan): Promise<Inspector> {
    const inspector = new Inspector(plan)
    const tools: Tools = {
      wordsOf: (sample) => inspector.#wordsOf(sample),
      benchmarks: plan.benchmarks && new BenchmarkTable(plan.benchmarks),
      // The row is that of the record at hand: it is made before its checks run.
      inDataset: inspector.#lookup && ((_, least) => inspector.#lookup?.find(inspector.#row, 0, least))
    }
    for (const check of CHECKS) {
      const { off, levels, options } = ruleOf(plan.rules, check)
      if (off) continue
      inspector.#checks.push({
        check,
        inspect: await check.prepare(options, tools),
        levels: { ...check.codes, ...levels }
      })
    }
    return inspector
  }

  inspect(batch: readonly Entry[], pass: Pass): Inspection {
    const findings: Located[] = []
    const rows = new Uint8Array(pass === 'slow' ? 0 : batch.length * ROW_BYTES)
    let chars = 0
    for (const [index, entry] of batch.entries()) {
      const { record, problem } = entry.problem === undefined ? checkRecord(entry.record) : entry
      if (!record) {
        findings.push({ index, check: 'format', code: 'format', level: 'refuse', detail: printable(problem ?? '') })
        continue
      }
      const sample = new Sample(record)
      if (pass !== 'slow') {
        chars += sample.text.length
        this.#row.fill(0)
        writeRow(this.#row, 0, recordHash(record), this.#wordsOf(sample))
        rows.set(this.#row, index * ROW_BYTES)
      }
      for (const prepared of this.#checks) {
        if (pass !== 'all' && prepared.check.cost !== pass) continue
        prepared.inspect(sample, (finding) => {
          const located = weigh(index, prepared, finding)
          if (located) findings.push(located)
        })
      }
    }
    return { findings, rows, chars }
  }

  close(): void {
    this.#lookup?.close()
  }

  #wordsOf(sample: Sample): MinHash {
    if (this.#loaded !== sample) {
      this.#hasher.load(sample.body)
      this.#loaded = sample
    }
    return this.#hasher
  }
}

/** Gives a finding its level; nothing where the rules turn it off. */
export function weigh(
  index: number,
  { check, levels }: Pick<Prepared, 'check' | 'levels'>,
  { code, field, detail, atMost }: Finding
): Located | undefined {
  const set = levels[code] ?? check.codes[code]
  if (set === undefined || set === 'off') return undefined
  const level = atMost !== undefined && worse(set, atMost) === set ? atMost : set
  return {
    index,
    check: check.name,
    code,
    level,
    ...(field === undefined ? {} : { field: printable(field) }),
    ...(detail === undefined ? {} : { detail: printable(detail) })
  }
}

/** Outside text as reports may hold it: short, on one line, without anything that acts on a terminal. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu, ' ')
  return clean.length <= DETAIL_CHARS ? clean : `${clean.slice(0, DETAIL_CHARS - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
