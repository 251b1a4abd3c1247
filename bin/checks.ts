import { join } from 'node:path'
import { DatasetMeter, type ListedBias } from '../lib/bias/volume.js'
import { DatasetIndex } from '../lib/check/bands/dataset-index.js'
import { rowsOf } from '../lib/check/bands/rows-of.js'
import { CheckRun, type CheckInput } from '../lib/check/engine.js'
import { exceededIn, refusedRecords, type CheckReport } from '../lib/check/report.js'
import { checkRules } from '../lib/check/rules.js'
import type { Moderator } from '../lib/dataset/moderator.js'
import type { Findings, OpenChecks, RecordChecks } from '../lib/dataset/queue.js'
import { codeOf } from '../lib/errors.js'
import { VolumeReader } from '../lib/volume/reader.js'
import { withBias } from './bias-checks.js'

/** What is kept of the records of each volume that was examined, until it is accepted. */
type Rows = Map<string, Uint8Array>

/** The checks as the moderator's machine runs them: by the dataset's own rules, and against what the dataset has. */
export class ModeratorChecks {
  private readonly index: DatasetIndex
  private readonly rows: Rows = new Map()
  private readonly bias = new DatasetMeter()
  private volumes: () => Promise<readonly ListedBias[]> = async () => []

  constructor(folder: string) {
    this.index = DatasetIndex.open(join(folder, 'bands'))
  }

  readonly open: OpenChecks = async (dataset, volume) => {
    const rules = checkRules(dataset.thresholds)
    const run = new CheckRun(rules, { against: this.index, without: volume, keepRows: true })
    const checks = recordChecks(run, () => this.rows.set(volume, run.rows))
    return withBias(checks, { rules: rules.bias, dataset: async () => this.bias.add(await this.volumes()) })
  }

  /** Remembers the records of a volume, so that the next one that has them is known. */
  async accepted(volume: string): Promise<void> {
    const rows = this.rows.get(volume)
    this.rows.delete(volume)
    if (rows) await this.index.add(volume, rows)
  }

  /** Makes good what a process did not do that was killed, or that ran no checks; from now on volumes are compared with the dataset. */
  async catchUp(moderator: Moderator, signal: AbortSignal): Promise<void> {
    this.volumes = () => moderator.index.volumes()
    const known = this.index.volumes
    for (const { id } of await moderator.index.volumes()) {
      if (known.has(id)) continue
      const core = await moderator.curation.volume(id)
      const reader = new VolumeReader(core, { signal, timeout: 1 })
      try {
        await this.index.add(id, await rowsOf(inputsOf(reader), { signal }))
      } catch (error) {
        // Purged blocks are not here: such a volume is not compared with.
        if (codeOf(error) !== 'BLOCK_TIMEOUT') throw error
      } finally {
        await reader.close()
        await core.close()
      }
    }
  }

  close(): Promise<void> {
    return this.index.close()
  }
}

/** The checks as a contributor runs them: the same, but for what only the moderator has. */
export const contributorChecks: OpenChecks = async (dataset) => {
  const rules = checkRules(dataset.thresholds)
  return withBias(recordChecks(new CheckRun(rules)), { rules: rules.bias })
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
    return { code, count: records, note: `records ${listRanges(at)}` }
  })
  return { report, counts, objections, bias: null }
}

function listRanges(ranges: CheckReport['refused']): string {
  const shown = ranges.slice(0, 20).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  return shown.join(',') + (ranges.length > shown.length ? ', …' : '')
}
