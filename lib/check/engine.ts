import { ROW_BYTES } from './bands/row.js'
import type { DatasetIndex, IndexSnapshot } from './bands/dataset-index.js'
import type { BenchmarkTableData } from './benchmarks.js'
import { DuplicateFinder, duplicates } from './checks/duplicates.js'
import { weigh, type Entry, type Inspection } from './inspector.js'
import { ReportBuilder, type CheckReport } from './report.js'
import { ruleOf, type CheckRules } from './rules.js'
import { SlowSample } from './slow-sample.js'
import { CheckThreads, inThisThread, type Session } from './threads.js'

/** A record to check, or why a line is none; and its line, where it came from a file. */
export type CheckInput = Entry & { readonly line?: number }

export interface CheckOptions {
  /** The dataset's index, to find what it has already. */
  against?: DatasetIndex
  /** A volume whose records are not looked for in `against`: the one that is checked, if it is there already. */
  without?: string
  /** The moderator's benchmarks: see `benchmarkTable`. */
  benchmarks?: BenchmarkTableData
  /** Whether slow checks look at every record. */
  thorough?: boolean
  /** Threads that are kept for other runs; how many to start for this one; or 0 to work in this thread. */
  threads?: CheckThreads | number
  /** Whether to keep the rows that `DatasetIndex.add` takes: 128 bytes for each of the first two million records. */
  keepRows?: boolean
  signal?: AbortSignal
  onEvent?: (event: CheckEvent) => void
}

/** Records that were checked so far. */
export interface CheckEvent {
  readonly event: 'checked'
  readonly records: number
}

// A batch for one thread: enough to be worth sending, few enough to share the work.
const BATCH_RECORDS = 128
const BATCH_CHARS = 256 * 1024
const MAX_KEPT_ROWS = 2_000_000

interface UnderWay {
  readonly batch: readonly CheckInput[]
  readonly inspection: Promise<Inspection>
}

/**
 * One run of the checks over a volume or a file, batch by batch, in as much memory as its duplicates need: about 400 bytes a record.
 *
 *     const run = new CheckRun(checkRules(entry.checks), { against: index })
 *     for await (const batch of batches) await run.addBatch(batch)
 *     const report = await run.finish()
 */
export class CheckRun {
  readonly #options: CheckOptions
  readonly #session: Session
  /** Threads that end with this run. */
  readonly #own: CheckThreads | undefined
  readonly #snapshot: IndexSnapshot | undefined
  readonly #report: ReportBuilder
  readonly #duplicates: DuplicateFinder | undefined
  readonly #levels: ReturnType<typeof ruleOf>['levels']
  readonly #slow: SlowSample | undefined
  readonly #rows: Uint8Array[] = []
  #batch: CheckInput[] = []
  #chars = 0
  #underWay: UnderWay[] = []

  constructor(rules: CheckRules, options: CheckOptions = {}) {
    this.#options = options
    this.#snapshot = options.against?.snapshot(options.without)
    const plan = {
      rules,
      benchmarks: options.benchmarks,
      against: this.#snapshot && { segments: this.#snapshot.segments }
    }
    if (options.threads === 0) {
      this.#session = inThisThread(plan)
    } else {
      const shared = options.threads instanceof CheckThreads ? options.threads : undefined
      this.#own = shared ? undefined : new CheckThreads(options.threads as number | undefined)
      this.#session = (shared ?? this.#own)!.open(plan)
    }
    this.#report = new ReportBuilder(rules)
    const rule = ruleOf(rules, duplicates)
    this.#levels = rule.levels
    if (!rule.off) this.#duplicates = new DuplicateFinder(rules.checks.duplicates.similarity)
    if (options.thorough !== true) this.#slow = new SlowSample(rules.slow_sample)
  }

  /** Checks further records. Resolves when there is room for more, which is before they are all checked. */
  async addBatch(records: readonly CheckInput[]): Promise<void> {
    for (const entry of records) {
      this.#batch.push(entry)
      this.#chars += roughLength(entry)
      if (this.#batch.length >= BATCH_RECORDS || this.#chars >= BATCH_CHARS) await this.#send()
    }
  }

  /** Ends the run, and says what was found. */
  async finish(): Promise<CheckReport> {
    try {
      await this.#send()
      while (this.#underWay.length > 0) await this.#settle()
      const looked = this.#slow ? await this.#inspectSample(this.#slow) : 'all'
      const { benchmarks } = this.#options
      const dataset =
        this.#snapshot || benchmarks
          ? { index: this.#snapshot !== undefined, benchmarks: benchmarks?.sources ?? [] }
          : undefined
      return this.#report.build(looked, dataset)
    } finally {
      await this.close()
    }
  }

  /** Ends a run whose report nobody wants any more. Not needed after `finish`. */
  async close(): Promise<void> {
    this.#underWay = []
    await this.#session.close()
    await this.#own?.close()
    this.#snapshot?.release()
  }

  /** With `keepRows`: the rows of all records so far, for `DatasetIndex.add`. */
  get rows(): Uint8Array {
    return Buffer.concat(this.#rows)
  }

  async #send(): Promise<void> {
    this.#options.signal?.throwIfAborted()
    if (this.#batch.length > 0) {
      const batch = this.#batch
      this.#batch = []
      this.#chars = 0
      const entries = batch.map((entry): Entry =>
        entry.problem === undefined ? { record: entry.record } : { problem: entry.problem }
      )
      const inspection = this.#session.inspect(entries, this.#options.thorough ? 'all' : 'cheap')
      // It is awaited in its turn; until then its failure must not count as unhandled.
      inspection.catch(() => {})
      this.#underWay.push({ batch, inspection })
    }
    // One batch waits for each thread while another is worked on.
    while (this.#underWay.length > this.#session.width * 2) await this.#settle()
  }

  /** Takes the result of the oldest batch: reports grow in the order of the records, whichever thread was first. */
  async #settle(): Promise<void> {
    const { batch, inspection } = this.#underWay.shift()!
    const { findings, rows, chars } = await inspection
    this.#options.signal?.throwIfAborted()
    const first = this.#report.records
    let next = 0
    for (const [index, { line }] of batch.entries()) {
      const record = first + index
      for (; findings[next]?.index === index; next++) this.#report.add(findings[next]!, record, line)
      const finding = this.#duplicates?.next(rows, index, record)
      const located = finding && weigh(index, { check: duplicates, levels: this.#levels }, finding)
      if (located) this.#report.add(located, record, line)
      this.#slow?.offer(rows.subarray(index * ROW_BYTES), record, batch[index]!)
    }
    this.#report.count(batch.length, chars)
    if (this.#options.keepRows && first < MAX_KEPT_ROWS) this.#rows.push(rows)
    this.#options.onEvent?.({ event: 'checked', records: this.#report.records })
  }

  async #inspectSample(sample: SlowSample): Promise<number> {
    const chosen = sample.records()
    // Shared out, because slow checks are slow.
    const step = Math.max(1, Math.ceil(chosen.length / this.#session.width))
    const parts = []
    for (let from = 0; from < chosen.length; from += step) {
      const part = chosen.slice(from, from + step)
      parts.push({
        part,
        inspection: this.#session.inspect(
          part.map(({ input }) => ({ record: input.record })),
          'slow'
        )
      })
    }
    await Promise.all(parts.map(({ inspection }) => inspection))
    for (const { part, inspection } of parts) {
      for (const finding of (await inspection).findings) {
        const { record, input } = part[finding.index]!
        this.#report.add(finding, record, input.line)
      }
    }
    return chosen.length
  }
}

/** About how much text an entry has, at little cost: a batch's size need not be exact. The record may be anything. */
function roughLength(entry: CheckInput): number {
  if (entry.problem !== undefined || typeof entry.record !== 'object' || entry.record === null) return 0
  let length = 0
  for (const value of Object.values(entry.record)) {
    if (typeof value === 'string') length += value.length
    if (!Array.isArray(value)) continue
    for (const message of value as unknown[]) {
      const content = (message as { content?: unknown } | null)?.content
      if (typeof content === 'string') length += content.length
    }
  }
  return length
}
