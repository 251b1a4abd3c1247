import { join } from 'node:path'
import { DatasetMeter, type ListedBias } from '../lib/bias/volume.js'
import { DatasetIndex } from '../lib/check/bands/dataset-index.js'
import { RecentRows } from '../lib/check/bands/recent-rows.js'
import { rowsOf } from '../lib/check/bands/rows-of.js'
import type { BenchmarkTableData } from '../lib/check/benchmarks.js'
import { CheckRun, type CheckInput } from '../lib/check/engine.js'
import { exceededIn, localReport, refusedRecords, type CheckReport, type Range } from '../lib/check/report.js'
import { CheckThreads } from '../lib/check/threads.js'
import { checkRules, type CheckRules } from '../lib/check/rules.js'
import type { RecordRange } from '../lib/dataset/entries.js'
import type { Moderator } from '../lib/dataset/moderator.js'
import type { Findings, OpenChecks, RecordChecks, Terms } from '../lib/dataset/queue.js'
import { codeOf } from '../lib/errors.js'
import { KINDS } from '../lib/record/types.js'
import { VolumeReader } from '../lib/volume/reader.js'
import { withBias } from './bias-checks.js'

/** Of a reason's records, so many ranges are named: enough to mend a file, little enough for an index. */
const RANGES_MAX = 200

/** Below it, checking takes less time than to start threads for it. */
export const FEW = 10_000

/** Bytes of rows that are kept for volumes that wait for a decision. */
const ROWS_MAX = 256e6

/** What is kept of a volume that was examined, until it is accepted. */
interface Kept {
  rows: Uint8Array
  /** How far `recent` was when it was compared with the dataset. */
  moment: number
}

/** The checks as the moderator's machine runs them: by the dataset's own rules, against what the dataset and benchmarks have. */
export class ModeratorChecks {
  private readonly index: DatasetIndex
  private readonly benchmarks: BenchmarkTableData | undefined
  private readonly kept = new Map<string, Kept>()
  /** What was accepted since this process began. */
  private readonly recent = new RecentRows()
  private readonly bias = new DatasetMeter()
  private volumes: () => Promise<readonly ListedBias[]> = async () => []
  /** Kept from one volume to the next: a thread takes longer to start than to check a small volume. */
  private readonly threads = new CheckThreads()
  private catching: Promise<void> = Promise.resolve()

  constructor(folder: string, benchmarks?: BenchmarkTableData) {
    this.index = DatasetIndex.open(join(folder, 'bands'))
    this.benchmarks = benchmarks
  }

  readonly open: OpenChecks = async (terms, volume) => {
    const rules = rulesOf(terms)
    const { moment } = this.recent
    const run = new CheckRun(rules, {
      against: this.index,
      without: volume,
      benchmarks: this.benchmarks,
      keepRows: true,
      threads: this.threads
    })
    const checks = recordChecks(run, () => this.keep(volume, { rows: run.rows, moment }))
    return withBias(checks, { rules: rules.bias, dataset: async () => this.bias.add(await this.volumes()) })
  }

  /** Whether the records of this volume are known; where they are not, `catchUp` reads them. */
  knows(volume: string): boolean {
    return this.index.volumes.has(volume)
  }

  /** Remembers the records of a volume, so that the next one that has them is known. */
  async accepted(volume: string): Promise<void> {
    const kept = this.kept.get(volume)
    this.kept.delete(volume)
    if (!kept) return this.recent.forget()
    await this.index.add(volume, kept.rows)
    this.recent.add(kept.rows)
  }

  /** Whether volumes that were accepted since a volume was examined have some of its records, or may have. */
  outdated(volume: string, terms: Terms): boolean {
    const { off, similarity } = rulesOf(terms).checks.dataset_duplicates
    if (off) return false
    const kept = this.kept.get(volume)
    return !kept || this.recent.mayHave(kept.rows, kept.moment, similarity)
  }

  /** Makes good what was not done when a volume was accepted: long after it was checked, or by a process that ran no checks. */
  catchUp(moderator: Moderator, signal: AbortSignal): Promise<void> {
    // From now on volumes are compared with what the dataset has.
    this.volumes = () => moderator.index.volumes()
    this.catching = this.catching.then(() => this.readMissing(moderator, signal))
    return this.catching
  }

  private async readMissing(moderator: Moderator, signal: AbortSignal): Promise<void> {
    const known = this.index.volumes
    for (const { id } of await moderator.index.volumes()) {
      if (known.has(id)) continue
      const core = await moderator.curation.volume(id)
      const reader = new VolumeReader(core, { signal, timeout: 1 })
      try {
        await this.index.add(id, await rowsOf(inputsOf(reader), { signal, threads: this.threads }))
      } catch (error) {
        // Purged blocks are not here: such a volume is not compared with.
        if (codeOf(error) !== 'BLOCK_TIMEOUT') throw error
      } finally {
        await reader.close()
        await core.close()
      }
    }
  }

  /** The volume that was kept longest makes room. */
  private keep(volume: string, kept: Kept): void {
    this.kept.set(volume, kept)
    let bytes = [...this.kept.values()].reduce((sum, { rows }) => sum + rows.length, 0)
    for (const [oldest, { rows }] of this.kept) {
      if (bytes <= ROWS_MAX) return
      this.kept.delete(oldest)
      bytes -= rows.length
    }
  }

  async close(): Promise<void> {
    await this.catching.catch(() => {})
    await this.threads.close()
    await this.index.close()
  }
}

/** The checks as a contributor runs them: the same, but for what only the moderator has. */
export const contributorChecks: OpenChecks = async (terms, _, records) => {
  const rules = rulesOf(terms)
  return withBias(recordChecks(new CheckRun(rules, records < FEW ? { threads: 0 } : {})), { rules: rules.bias })
}

/**
 * A dataset's rules for volumes: its thresholds, and of what else it says the part that shows in single records. A record that
 * names no licence has its volume's, unless the dataset asks for more.
 */
export function rulesOf({ thresholds, kinds, licenses }: Terms): CheckRules {
  const { checks, ...rules } = checkRules(thresholds)
  const { format, licence } = checks
  return {
    ...rules,
    checks: {
      ...checks,
      format: kinds.length < KINDS.length ? { ...format, kinds: format.kinds ?? kinds } : format,
      licence: {
        ...licence,
        ...(licenses.length > 0 && { accept: licence.accept ?? licenses }),
        levels: { license_missing: 'off', ...licence.levels }
      }
    }
  }
}

async function* inputsOf(reader: VolumeReader): AsyncGenerator<CheckInput[]> {
  for (let index = 0; index < reader.length; index++) {
    yield (await reader.records(index)).map((record) => ({ record }))
  }
}

function recordChecks(run: CheckRun, onFinish?: () => void): RecordChecks {
  return {
    add: (records) => run.addBatch(records.map((record) => ({ record }))),
    async finish() {
      const report = await run.finish()
      onFinish?.()
      return findingsOf(report)
    },
    close: () => run.close()
  }
}

function findingsOf(report: CheckReport): Findings {
  const findings = [...report.findings, ...(report.dataset?.findings ?? [])]
  const counts: { [code: string]: number } = {}
  for (const { code, records } of findings) {
    counts[code] = (counts[code] ?? 0) + records.note + records.warn + records.refuse
  }
  const refused = refusedRecords(report)
  const objections = exceededIn(report).map(({ code, records }) => {
    const at = findings.find((finding) => finding.code === code)?.at ?? refused
    return { code, count: records, note: '', records: at.slice(0, RANGES_MAX).map(toRange) }
  })
  return { report, local: localReport(report), refused: refused.map(toRange), counts, objections, bias: null }
}

function toRange([from, to]: Range): RecordRange {
  return { from, to }
}
