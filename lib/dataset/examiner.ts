import type { DatasetEntry } from './entries.js'
import type { Intake } from './intake.js'
import type { IntakeItem } from './items.js'
import type { Examine, Report, ReportFiles } from './queue.js'

export interface ExaminerOptions {
  intake: Intake
  reports: ReportFiles
  examine: Examine
  index: { readonly core: { readonly length: number }; dataset(): Promise<DatasetEntry> }
  /** Draws the conclusion. @param report null for an item whose volume is not what was offered */
  conclude(item: IntakeItem, report: Report | null): Promise<void>
  onFault(error: unknown): void
}

/** Looks through the volumes in quarantine, each once: a report is on disk before anything follows from it. */
export class Examiner {
  private readonly options: ExaminerOptions
  private readonly running = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()

  constructor(options: ExaminerOptions) {
    this.options = options
    const { intake } = options
    intake.on('complete', (item: IntakeItem) => this.look(item))
    intake.on('failed', (item: IntakeItem) => this.look(item))
  }

  /** Begins with an item, unless that was begun. */
  look(item: IntakeItem): void {
    if (this.running.has(item.id) || this.stopping.signal.aborted) return
    const looking = this.examine(item)
      .catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.options.onFault(error)
      })
      .finally(() => this.running.delete(item.id))
    this.running.set(item.id, looking)
  }

  async close(): Promise<void> {
    this.stopping.abort()
    await Promise.all(this.running.values())
  }

  /** Examines a volume whose report says too little by now, and replaces it. */
  async again(item: IntakeItem): Promise<Report> {
    const { intake, reports, examine, index } = this.options
    const { length } = index.core
    const found = await examine(await intake.core(item.id), item.offer, await index.dataset(), this.stopping.signal)
    const report = { ...found, index_length: length }
    await reports.save(item.id, report)
    return report
  }

  private async examine(item: IntakeItem): Promise<void> {
    const { reports, conclude } = this.options
    if (item.state === 'failed') return conclude(item, null)
    await conclude(item, (await reports.read(item.id)) ?? (await this.again(item)))
  }
}
