import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { Identity, KeyPair } from '../network/identity.js'
import type { InboxChannel } from '../network/inbox/channel.js'
import type { Answer, Offer } from '../network/inbox/offer.js'
import { NetworkNode, type NodeOptions } from '../network/node.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import {
  answerOf,
  decisionOn,
  describeItem,
  hasProblems,
  isSettled,
  mayAppeal,
  notQueued,
  notReady,
  rejection,
  type Decision,
  type Queued
} from './decisions.js'
import type { DatasetEntry, Reason, VolumeEntry } from './entries.js'
import { Curation } from './curation.js'
import { Intake, publishVolume } from './intake.js'
import type { IntakeItem } from './items.js'
import { formatKey, formatLink } from './link.js'
import { IndexMemory } from './memory.js'
import { examineVolume, ReportFiles, type Examine, type Report } from './queue.js'
import { IndexWriter } from './writer.js'

/** Bytes of volumes in quarantine, unless told otherwise. */
export const QUARANTINE_QUOTA = 20e9

export interface ModeratorOptions {
  home: string
  identity: Identity
  /** The dataset's name on this computer. */
  name: string
  purpose: string
  /** Accept what passes; else leave it in the queue. */
  auto?: boolean
  /** With `auto`: only of contributors who have so many accepted volumes. */
  trust?: number
  /** Told of every volume that was accepted, before anybody else is. */
  onAccept?(id: string): Promise<void>
  quota?: number
  examine?: Examine
  signal?: AbortSignal
  wait?: boolean
  onWait?(holder: Holder | null): void
}

/**
 * Runs a dataset: its index, its quarantine, its decisions. One process at a time; killable at any moment.
 *
 * Events: `offer` and `ready` with a Queued, `decided` with a Decision, `fault` with an error that concerned one volume only.
 */
export class Moderator extends EventEmitter {
  readonly index: IndexWriter
  /** Decisions on what is in the dataset already. */
  readonly curation: Curation
  private readonly options: ModeratorOptions
  private readonly store: Corestore
  private readonly quarantine: Corestore
  private readonly intake: Intake
  private readonly reports: ReportFiles
  private readonly examine: Examine
  private readonly checking = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()
  private node: NetworkNode | null = null
  private turn: Promise<void> = Promise.resolve()

  private constructor(
    options: ModeratorOptions,
    parts: { store: Corestore; quarantine: Corestore; intake: Intake; index: IndexWriter }
  ) {
    super()
    this.options = options
    this.store = parts.store
    this.quarantine = parts.quarantine
    this.intake = parts.intake
    this.index = parts.index
    this.reports = new ReportFiles(join(datasetFolder(options.home, options.name), 'reports'))
    this.examine = options.examine ?? examineVolume
    this.curation = new Curation({
      index: this.index,
      store: this.store,
      inTurn: (decide) => this.oneAtATime(decide),
      remember: () => this.remember()
    })
    this.intake.on('complete', (item: IntakeItem) => this.check(item))
    this.intake.on('failed', (item: IntakeItem) => this.check(item))
    this.intake.on('fault', (error: unknown) => this.emit('fault', error))
  }

  static async open(options: ModeratorOptions): Promise<Moderator> {
    const { home, identity, name, purpose, signal, wait, onWait } = options
    const directory = datasetFolder(home, name)
    const primaryKey = identity.secret(`dataset/${name}`)
    const storePath = join(directory, 'store')
    const quarantinePath = join(directory, 'quarantine')
    const store = await openStore(storePath, { primaryKey, purpose, signal, wait, onWait })
    let quarantine: Corestore | null = null
    try {
      quarantine = await openStore(quarantinePath, { purpose, wait: false })
      const index = await IndexWriter.openNamed(store, 'index')
      const quota = options.quota ?? QUARANTINE_QUOTA
      const intake = await Intake.open({ store: quarantine, directory: join(directory, 'queue'), quota })
      if (index.core.length > 0) await index.verify(new IndexMemory(home))
      const moderator = new Moderator(options, { store, quarantine, intake, index })
      if (index.core.length > 0) await moderator.tidy()
      return moderator
    } catch (error) {
      if (quarantine) await closeStore(quarantine, quarantinePath)
      await closeStore(store, storePath)
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
    const node = new NetworkNode(this.store, {
      ...network,
      keyPair: moderatorKeyPair(this.options.identity, this.options.name),
      inbox: { accepts: true, onoffer: (offer, inbox) => this.onoffer(offer, inbox) }
    })
    this.node = node
    // Those that were here when the process last ended.
    for (const item of this.intake.list()) if (item.state !== 'waiting') this.check(item)
    node.join(this.index.core.discoveryKey, { server: true, client: true })
    await node.searched(5_000)
    return node
  }

  async queue(): Promise<Queued[]> {
    return Promise.all(this.intake.list().map((item) => this.describeItem(item)))
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

  /** @throws VdataError NOT_QUEUED, NOT_READY, or HAS_PROBLEMS. With `dryRun` it only says what would be decided. */
  accept(id: string, dryRun = false): Promise<Decision> {
    return this.oneAtATime(async () => {
      const item = this.item(id)
      const report = await this.reports.read(id)
      if (!report) throw notReady(item)
      if (!report.entry || report.problems.length > 0) throw hasProblems(id, report)
      const decision = decisionOn(item, 'accepted', [])
      if (dryRun) return decision
      const entry: VolumeEntry = {
        ...report.entry,
        signature: item.offer.signature.toString('hex'),
        expiry: item.offer.expiry,
        accepted_at: new Date().toISOString()
      }
      // The blocks first: a volume that is listed can be had.
      await publishVolume(await this.intake.core(id), this.store)
      const known = await this.index.contributor(entry.contributor)
      const newcomer = known ? undefined : { name: report.contributor_name, standing: 'good' as const, reason: '' }
      await this.options.onAccept?.(id)
      await this.index.accept(id, entry, newcomer)
      return this.settle(item, decision)
    })
  }

  /** @throws VdataError NOT_QUEUED. */
  reject(id: string, reasons: Reason[], dryRun = false): Promise<Decision> {
    return this.oneAtATime(async () => {
      const item = this.item(id)
      const decision = decisionOn(item, 'rejected', reasons)
      if (dryRun) return decision
      await this.index.decide(id, rejection(item, reasons))
      return this.settle(item, decision)
    })
  }

  async close(): Promise<void> {
    this.stopping.abort()
    await this.node?.close()
    await Promise.allSettled(this.checking.values())
    await this.turn
    await this.intake.close()
    await this.index.close()
    const directory = datasetFolder(this.options.home, this.options.name)
    await closeStore(this.quarantine, join(directory, 'quarantine'))
    await closeStore(this.store, join(directory, 'store'))
  }

  private async onoffer(offer: Offer, inbox: InboxChannel): Promise<Pick<Answer, 'status' | 'code'>> {
    if (!offer.index.equals(this.index.core.key)) return { status: 'rejected', code: 'other_dataset' }
    const id = formatKey(offer.volume)
    const verdict = await this.index.verdict(id)
    if (verdict && !mayAppeal(verdict, offer)) return answerOf(verdict)
    if (await this.isBanned(offer)) return { status: 'banned', code: '' }
    const before = this.intake.get(id)
    const answer = await this.intake.take(offer, inbox)
    const item = this.intake.get(id)
    if (!before && item) this.emit('offer', await this.describeItem(item))
    return answer
  }

  private async isBanned(offer: Offer): Promise<boolean> {
    return (await this.index.contributor(formatKey(offer.contributor)))?.standing === 'banned'
  }

  /** Whether nobody needs to look at it. */
  private async mayPass({ offer }: IntakeItem, { objections }: Report): Promise<boolean> {
    const { auto, trust = 0 } = this.options
    if (!auto || offer.appeal || objections.length > 0) return false
    if (trust === 0) return true
    const contributor = formatKey(offer.contributor)
    const volumes = await this.index.volumes()
    return volumes.filter(({ entry }) => entry.contributor === contributor).length >= trust
  }

  private check(item: IntakeItem): void {
    if (this.checking.has(item.id)) return
    const checking = this.examineItem(item)
      .catch((error) => {
        if (!this.stopping.signal.aborted) this.emit('fault', error)
      })
      .finally(() => this.checking.delete(item.id))
    this.checking.set(item.id, checking)
  }

  private async examineItem(item: IntakeItem): Promise<void> {
    if (item.state === 'failed') {
      const code = item.problem ?? 'failed'
      if (code === 'wrong_totals') await this.dismiss(item, code)
      else await this.reject(item.id, [{ code, count: 1, note: '' }])
      return
    }
    let report = await this.reports.read(item.id)
    if (!report) {
      const core = await this.intake.core(item.id)
      report = await this.examine(core, item.offer, await this.index.dataset(), this.stopping.signal)
      await this.reports.save(item.id, report)
    }
    if (report.untrue) return this.dismiss(item, report.untrue)
    if (await this.isBanned(item.offer)) {
      await this.reject(item.id, [{ code: 'contributor', count: 1, note: '' }])
      return
    }
    // What is not a volume, or not of a kind that the dataset takes, is no question of judgement.
    if (report.problems.length > 0) await this.reject(item.id, report.problems)
    else if (await this.mayPass(item, report)) await this.accept(item.id)
    else this.emit('ready', await this.describeItem(item))
  }

  /**
   * Lets go of an offer that is not true of its volume, with no verdict: a verdict stands for good, and whoever made up the
   * offer could have a volume refused that somebody else is about to give.
   */
  private dismiss(item: IntakeItem, code: string): Promise<void> {
    return this.oneAtATime(async () => {
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

  private oneAtATime<T>(decide: () => Promise<T>): Promise<T> {
    const next = this.turn.then(decide, decide)
    this.turn = next.then(noop, noop)
    return next
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

/** Where a dataset that is moderated here lives. */
export function datasetFolder(home: string, name: string): string {
  return join(home, 'datasets', name)
}

/** The node's key pair that the dataset's entry names as its moderator's. */
export function moderatorKeyPair(identity: Identity, name: string): KeyPair {
  return identity.keyPair(`moderator/${name}`)
}

function noop(): void {}
