import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type Hypercore from 'hypercore'
import type { InboxChannel } from '../network/inbox/channel.js'
import type { Offer } from '../network/inbox/offer.js'
import { NetworkNode, type NodeOptions } from '../network/node.js'
import {
  acceptance,
  decisionOn,
  describeItem,
  hasProblems,
  isSettled,
  mayPass,
  notQueued,
  notReady,
  rejection,
  reportChanged,
  saysMore,
  type Decision,
  type Queued
} from './decisions.js'
import type { DatasetEntry, Reason } from './entries.js'
import { Curation } from './curation.js'
import { codeOf } from '../errors.js'
import { Examiner } from './examiner.js'
import type { Intake } from './intake.js'
import type { IntakeItem } from './items.js'
import { formatKey, formatLink } from './link.js'
import { IndexMemory } from './memory.js'
import type { ModeratorOptions } from './moderator-options.js'
import { moderatorKeyPair, LIMITS, Premises } from './premises.js'
import { examineVolume, ReportFiles, type Report } from './queue.js'
import { publishVolume } from './publish.js'
import { RefusalLog, type Refused } from './refusal-log.js'
import { Reception, type Reply } from './reception.js'
import { Turns } from './turns.js'
import type { IndexWriter } from './writer.js'

/** Connections with one address. */
const PER_ADDRESS = 64

/**
 * Runs a dataset: its index, its quarantine, its decisions. One process at a time; killable at any moment.
 *
 * Events: `refused` with what was turned away since the last one, `offer` and `ready` with a Queued, `decided` with a Decision, `fault` with an error that concerned one volume only.
 */
export class Moderator extends EventEmitter {
  readonly index: IndexWriter
  /** Decisions on what is in the dataset already. */
  readonly curation: Curation
  private readonly options: ModeratorOptions
  private readonly premises: Premises
  private readonly intake: Intake
  private readonly reports: ReportFiles
  private readonly examiner: Examiner
  private readonly reception: Reception
  private readonly refusals: RefusalLog
  private node: NetworkNode | null = null
  private readonly turns = new Turns()

  private constructor(options: ModeratorOptions, premises: Premises) {
    super()
    this.options = options
    this.premises = premises
    this.intake = premises.intake
    this.index = premises.index
    this.reports = new ReportFiles(join(premises.folder, 'reports'))
    this.examiner = new Examiner({
      intake: this.intake,
      reports: this.reports,
      examine: options.examine ?? examineVolume,
      index: this.index,
      conclude: (item, report) => this.conclude(item, report),
      onFault: (error) => this.emit('fault', error)
    })
    this.refusals = new RefusalLog(join(premises.folder, 'refused.ndjson'), (refused) => this.emit('refused', refused))
    const { index, intake, daily } = premises
    this.reception = new Reception({ index, intake, daily, refusals: this.refusals })
    this.curation = new Curation({
      index: this.index,
      store: premises.store,
      purging: join(premises.folder, 'purging'),
      biasOf: options.biasOf,
      inTurn: (decide) => this.turns.take(decide),
      remember: () => this.remember()
    })
    this.intake.on('fault', (error: unknown) => this.emit('fault', error))
  }

  static async open(options: ModeratorOptions): Promise<Moderator> {
    const premises = await Premises.open(options, { ...LIMITS, ...options.limits })
    const { index } = premises
    try {
      if (index.core.length > 0) await index.verify(new IndexMemory(options.home))
      const moderator = new Moderator(options, premises)
      if (index.core.length > 0) await moderator.tidy()
      return moderator
    } catch (error) {
      await premises.close()
      throw error
    }
  }

  get link(): string {
    return formatLink(this.index.core.key)
  }

  get connections(): number {
    return this.node?.connections.size ?? 0
  }

  /** Writes the dataset's entry: the first one makes the index. */
  async describe(entry: DatasetEntry): Promise<void> {
    await this.index.describe(entry)
    await this.remember()
  }

  /** Comes online: takes offers, serves the index and the accepted volumes. */
  async serve(network: NodeOptions): Promise<NetworkNode> {
    const node = new NetworkNode(this.premises.store, {
      ...network,
      keyPair: moderatorKeyPair(this.options.identity, this.options.name),
      maxPerAddress: PER_ADDRESS,
      inbox: {
        accepts: true,
        onoffer: (offer, inbox) => this.onoffer(offer, inbox),
        onignored: (code, inbox) => this.reception.ignored(code, inbox)
      }
    })
    this.node = node
    // Those that were here when the process last ended.
    for (const item of this.intake.list()) if (item.state !== 'waiting') this.examiner.look(item)
    node.join(this.index.core.discoveryKey, { server: true, client: true })
    await node.searched(5_000)
    return node
  }

  async queue(): Promise<Queued[]> {
    return Promise.all(this.intake.list().map((item) => this.describeItem(item)))
  }

  /** What was turned away and never came into the queue, the latest last. */
  refused(): Promise<Refused[]> {
    return this.refusals.recent()
  }

  /** What is known of one volume in the queue. */
  async show(id: string): Promise<{ queued: Queued; report: Report | null }> {
    const item = this.item(id)
    return { queued: await this.describeItem(item), report: await this.reports.read(id) }
  }

  /** The quarantined volume itself, for a look at its records. */
  async open(id: string): Promise<Hypercore> {
    return this.intake.core(this.item(id).id)
  }

  /**
   * @throws VdataError NOT_QUEUED, NOT_READY, HAS_PROBLEMS, or REPORT_CHANGED where more speaks against it now than whoever
   *   decides has seen. With `dryRun` it only says what would be decided.
   */
  accept(id: string, dryRun = false): Promise<Decision> {
    return this.turns.take(async () => {
      const item = this.item(id)
      const report = await this.current(item)
      if (!report.entry || report.problems.length > 0) throw hasProblems(id, report)
      const decision = decisionOn(item, 'accepted', [])
      if (dryRun) return decision
      const entry = acceptance(item, report.entry)
      // The blocks first: a volume that is listed can be had.
      await publishVolume(await this.intake.core(id), this.premises.store)
      const known = await this.index.contributor(entry.contributor)
      const newcomer = known ? undefined : { name: report.contributor_name, standing: 'good' as const, reason: '' }
      await this.options.onAccept?.(id)
      await this.index.accept(id, entry, newcomer)
      return this.settle(item, decision)
    })
  }

  /** @throws VdataError NOT_QUEUED. */
  reject(id: string, reasons: Reason[], dryRun = false): Promise<Decision> {
    return this.turns.take(async () => {
      const item = this.item(id)
      const decision = decisionOn(item, 'rejected', reasons)
      if (dryRun) return decision
      await this.index.decide(id, rejection(item, reasons))
      return this.settle(item, decision)
    })
  }

  async close(): Promise<void> {
    const examined = this.examiner.close()
    await this.node?.close()
    await examined
    await this.turns.over()
    await this.refusals.flush()
    await this.premises.close()
  }

  /** The report on a volume, as true as when it was made. */
  private async current(item: IntakeItem): Promise<Report> {
    const report = await this.reports.read(item.id)
    if (!report) throw notReady(item)
    if (report.index_length === this.index.core.length) return report
    if (!this.options.outdated?.(item.id, await this.index.dataset())) return report
    const now = await this.examiner.again(item)
    if (saysMore(now, report)) throw reportChanged(item.id, now)
    return now
  }

  private async onoffer(offer: Offer, inbox: InboxChannel): Promise<Reply> {
    const id = formatKey(offer.volume)
    const before = this.intake.get(id)
    const answer = await this.reception.answer(offer, inbox)
    const item = this.intake.get(id)
    if (!before && item) this.emit('offer', await this.describeItem(item))
    return answer
  }

  /** What follows from what was found out of a volume. */
  private async conclude(item: IntakeItem, report: Report | null): Promise<void> {
    // It was offered again in the very moment of its verdict.
    if (isSettled(await this.index.verdict(item.id), item)) await this.intake.forget(item.id)
    else if (!report) {
      const code = item.problem ?? 'failed'
      if (code === 'wrong_totals') await this.dismiss(item, code)
      else await this.reject(item.id, [{ code, count: 1, note: '' }])
    } else if (report.untrue) await this.dismiss(item, report.untrue)
    else if (await this.reception.isBanned(item.offer)) {
      await this.reject(item.id, [{ code: 'contributor', count: 1, note: '' }])
    }
    // What is not a volume, or not of a kind that the dataset takes, is no question of judgement.
    else if (report.problems.length > 0) await this.reject(item.id, report.problems)
    else if (!(await mayPass(item, report, this.options, this.index)) || !(await this.passes(item))) {
      this.emit('ready', await this.describeItem(item))
    }
  }

  /** Accepts a volume, unless others that were accepted meanwhile speak against it. */
  private async passes({ id }: IntakeItem): Promise<boolean> {
    try {
      await this.accept(id)
      return true
    } catch (error) {
      if (codeOf(error) === 'REPORT_CHANGED') return false
      throw error
    }
  }

  /**
   * Lets go of an offer that is not true of its volume, with no verdict: a verdict stands for good, and whoever made up the
   * offer could have a volume refused that somebody else is about to give.
   */
  private dismiss(item: IntakeItem, code: string): Promise<void> {
    return this.turns.take(async () => {
      await this.reports.remove(item.id)
      await this.intake.dismiss(item.id, code)
      const reasons = [{ code, count: 1, note: 'said of the offer, not of the volume' }]
      this.emit('decided', decisionOn(item, 'rejected', reasons))
    })
  }

  /** The index has the verdict: what was kept for the decision goes. */
  private async settle(item: IntakeItem, decision: Decision): Promise<Decision> {
    await this.remember()
    await this.reports.remove(item.id)
    await this.intake.forget(item.id)
    this.emit('decided', decision)
    return decision
  }

  /** Ends what a process that was killed between verdict and clean-up left. */
  private async tidy(): Promise<void> {
    for (const item of this.intake.list()) {
      if (!isSettled(await this.index.verdict(item.id), item)) continue
      await this.reports.remove(item.id)
      await this.intake.forget(item.id)
    }
    await this.curation.tidy()
  }

  private async remember(): Promise<void> {
    await this.index.verify(new IndexMemory(this.options.home))
  }

  private item(id: string): IntakeItem {
    const item = this.intake.get(id)
    if (!item) throw notQueued(id)
    return item
  }

  private async describeItem(item: IntakeItem): Promise<Queued> {
    return describeItem(item, await this.reports.read(item.id))
  }
}
