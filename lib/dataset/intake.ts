import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { eraseCore, reclaimSpace } from '../network/internals-disk.js'
import { hasCore } from '../network/space.js'
import type { InboxChannel } from '../network/inbox/channel.js'
import type { Answer, Offer } from '../network/inbox/offer.js'
import type { Connection } from '../network/node.js'
import { isStaticManifest } from '../volume/static.js'
import { Download, type Pace } from './download.js'
import { INTAKE_DEFAULTS, given, type IntakeLimits, type IntakeOptions } from './intake-options.js'
import { addressOf, Line } from './line.js'
import { formatKey } from './link.js'
import { ItemFiles, type IntakeItem } from './items.js'
import { OpenOffers } from './open-offers.js'
import { Refusals, whyImpossible } from './refusals.js'

type Reply = Pick<Answer, 'status' | 'code'>

/**
 * Takes offers and downloads their volumes whole into quarantine: the moderator's, before it decides, and a seeder's, for a
 * moderator who is away. Both are killable at any moment: an item is on disk before its offer is answered, and what was
 * downloaded stays.
 *
 * Whoever offers is a stranger: an offer that is not followed by its volume may cost others neither their turn to be
 * downloaded nor, in the end, their room.
 *
 * Events: `complete` with the item once all of its volume is here, `changed` whenever an item changes, `failed` with the
 * item and a reason code when what came is not what was offered, `displaced` with one that made room for another, `fault`
 * with an error of this computer's own.
 */
export class Intake extends EventEmitter {
  private readonly store: Corestore
  private readonly files: ItemFiles
  private readonly options: IntakeLimits
  private readonly pace: Pace | undefined
  private readonly full: IntakeOptions['full']
  private readonly items = new Map<string, IntakeItem>()
  private readonly cores = new Map<string, Hypercore>()
  private readonly sources = new Map<string, Set<Connection>>()
  private readonly downloads = new Map<string, Download>()
  private readonly line = new Line()
  private readonly open: OpenOffers
  /** Items that are being written for the first time: not yet to be downloaded, nor to make room. */
  private readonly saving = new Set<string>()
  private readonly forgetting = new Map<string, Promise<void>>()
  private readonly refusals = new Refusals()
  /** Bytes erased of which the disk does not know yet. */
  private erased = 0
  private closed = false

  private constructor(options: IntakeOptions) {
    super()
    this.store = options.store
    this.files = new ItemFiles(options.directory)
    this.pace = options.pace
    this.full = options.full
    this.options = { ...INTAKE_DEFAULTS, ...given(options) }
    this.open = new OpenOffers(this.options)
  }

  static async open(options: IntakeOptions): Promise<Intake> {
    const intake = new Intake(options)
    for (const item of await intake.files.list()) intake.keep(item)
    return intake
  }

  /** Those that came first are first. */
  list(): IntakeItem[] {
    return [...this.items.values()]
  }

  get(id: string): IntakeItem | undefined {
    return this.items.get(id)
  }

  /** Bytes of all volumes here, counted as they were offered. */
  get used(): number {
    return this.open.bytes
  }

  /** The volume's core in quarantine. */
  async core(id: string): Promise<Hypercore> {
    const item = this.items.get(id)
    if (!item) throw new RangeError(`No offer of ${id}`)
    let core = this.cores.get(id)
    if (!core) {
      core = this.store.get({ key: item.offer.volume })
      this.cores.set(id, core)
    }
    await core.ready()
    return core
  }

  /** Answers an offer, and takes its volume from the connection that made it. */
  async take(offer: Offer, inbox: InboxChannel): Promise<Reply> {
    const id = formatKey(offer.volume)
    await this.forgetting.get(id)
    if (!this.items.has(id)) {
      const address = addressOf(inbox.connection)
      const refusal = this.refuse(offer, address)
      if (refusal) return refusal
      const received_at = new Date().toISOString()
      const item: IntakeItem = { id, offer, state: 'waiting', received_at, problem: null, address }
      this.keep(item)
      this.saving.add(id)
      await this.files.save(item).finally(() => this.saving.delete(id))
      this.emit('changed', item)
    }
    void this.addSource(id, inbox.connection)
    return { status: 'queued', code: '' }
  }

  /** Lets a peer download a volume that is here: for a seeder that hands it to a moderator. */
  async share(id: string, connection: Connection): Promise<void> {
    const core = await this.core(id)
    if (!connection.destroyed) core.replicate(connection)
  }

  /**
   * Removes an item whose offer turned out not to be true of its volume. Who made that offer is told so when it comes again;
   * the volume itself may be offered by others, or in other words.
   */
  dismiss(id: string, code: string): Promise<void> {
    const item = this.items.get(id)
    if (item) this.refusals.add(item.offer, code)
    return this.forget(id)
  }

  /** Removes an item and its blocks, and gives the space back. */
  forget(id: string): Promise<void> {
    const item = this.items.get(id)
    if (!item || this.closed) return this.forgetting.get(id) ?? Promise.resolve()
    this.items.delete(id)
    this.open.remove(item)
    this.sources.delete(id)
    this.line.forget(id)
    const forgetting = this.erase(item).finally(() => this.forgetting.delete(id))
    this.forgetting.set(id, forgetting)
    return forgetting
  }

  async close(): Promise<void> {
    this.closed = true
    for (const download of this.downloads.values()) download.stop()
    await Promise.allSettled(this.forgetting.values())
    for (const core of this.cores.values()) await core.close()
    await Promise.all([...this.downloads.values()].map((download) => download.done))
  }

  private keep(item: IntakeItem): void {
    this.items.set(item.id, item)
    this.open.add(item)
  }

  private async erase(item: IntakeItem): Promise<void> {
    const download = this.downloads.get(item.id)
    download?.stop()
    await download?.done
    // Of most offers that are turned out in a flood nothing ever came.
    if (this.cores.has(item.id) || (await hasCore(this.store, item.offer.volume))) await this.eraseBlocks(item)
    // To give space back takes time in proportion to what stays: never more of it than what goes.
    if (this.erased > 0 && this.erased >= this.used) {
      this.erased = 0
      await reclaimSpace(this.store)
    }
    // Last: were it gone first, a crash would leave blocks that nobody knows of.
    await this.files.remove(item)
    this.startWaiting()
  }

  private async eraseBlocks({ id, offer }: IntakeItem): Promise<void> {
    const core = this.cores.get(id) ?? this.store.get({ key: offer.volume })
    this.cores.delete(id)
    await core.ready()
    this.erased += core.byteLength
    await eraseCore(this.store, core, { reclaim: false })
  }

  private refuse(offer: Offer, address: string): Reply | null {
    const code = whyImpossible(offer, this.options.quota) ?? this.refusals.get(offer)
    if (code !== undefined) return { status: 'rejected', code }
    const { maxPerContributor, maxPerAddress } = this.options
    const { ofContributor, fromAddress } = this.open.count({ offer, address })
    if (ofContributor >= maxPerContributor) return { status: 'busy', code: 'contributor_offers' }
    if (fromAddress >= maxPerAddress) return { status: 'busy', code: 'address_offers' }
    const full = this.full?.(offer)
    if (full) return { status: 'busy', code: full }
    return this.makeRoom(offer, address) ? null : { status: 'busy', code: 'quota' }
  }

  /** Whether there is room for a volume, now that others had to make some. */
  private makeRoom(offer: Offer, address: string): boolean {
    if (this.open.fits(offer)) return true
    const waiting = this.list().filter(
      ({ id, state }) => state === 'waiting' && !this.downloads.has(id) && !this.saving.has(id)
    )
    const isIdle = ({ id }: IntakeItem) => !this.sources.get(id)?.size
    const [idle, inTurn] = [waiting.filter(isIdle), waiting.filter((item) => !isIdle(item))]
    const leaving = this.open.leaving({ offer, address }, idle, inTurn, (name) => this.line.wastedBy(name))
    for (const item of leaving ?? []) {
      this.emit('displaced', item)
      this.forget(item.id).catch((error: unknown) => this.emit('fault', error))
    }
    return leaving !== null
  }

  private async addSource(id: string, connection: Connection): Promise<void> {
    const item = this.items.get(id)
    if (!item || item.state !== 'waiting') return
    let sources = this.sources.get(id)
    if (!sources) this.sources.set(id, (sources = new Set()))
    if (sources.has(connection)) return
    sources.add(connection)
    connection.once('close', () => this.dropSource(id, connection))
    if (this.cores.has(id)) await this.share(id, connection)
    this.startWaiting()
  }

  /** A download that nobody is left to feed gives its place to the next one; its source offers again when it is back. */
  private dropSource(id: string, connection: Connection): void {
    const sources = this.sources.get(id)
    sources?.delete(connection)
    if (sources?.size === 0) this.downloads.get(id)?.stop()
  }

  private startWaiting(): void {
    const { concurrency, stall, patience } = this.options
    while (!this.closed && this.downloads.size < concurrency) {
      const [item] = this.inLine()
      if (!item) return
      const download = new Download(stall, Math.min(stall, patience))
      this.downloads.set(item.id, download)
      this.line.begin(item)
      const over = setInterval(() => {
        if (this.inLine().length > 0) download.stop()
      }, this.options.turn)
      download.done = this.run(item, download)
        .catch((error: unknown) => {
          // Not the offer's fault: it stays, and is tried again when it is offered again.
          this.sources.delete(item.id)
          if (!this.closed) this.emit('fault', error)
        })
        .finally(() => {
          clearInterval(over)
          this.downloads.delete(item.id)
          this.startWaiting()
        })
    }
  }

  /** Items that somebody would deliver and that are not being downloaded, the next one first. */
  private inLine(): IntakeItem[] {
    const [ready, busy]: [IntakeItem[], IntakeItem[]] = [[], []]
    for (const item of this.items.values()) {
      if (item.state !== 'waiting') continue
      if (this.downloads.has(item.id)) busy.push(item)
      else if (this.sources.get(item.id)?.size) ready.push(item)
    }
    return this.line.sort(ready, (id) => this.sources.get(id), busy)
  }

  private async run(item: IntakeItem, download: Download): Promise<void> {
    const core = await this.core(item.id)
    for (const connection of this.sources.get(item.id) ?? []) core.replicate(connection)
    const code = await download.run(core, item.offer, this.pace)
    if (this.closed || this.items.get(item.id) !== item) return
    if (!download.brought && download.stalled) this.line.waste(item, this.sources.get(item.id))
    if (download.stalled) this.sources.delete(item.id)
    if (code) return this.fail(item, code)
    if (core.length !== item.offer.length || core.contiguousLength !== core.length) return
    if (!isStaticManifest(core.manifest, core.key, core.length)) return this.fail(item, 'not_static')
    this.line.deliver(item, this.sources.get(item.id))
    await this.update(item, { state: 'complete' })
    this.emit('complete', item)
  }

  private async fail(item: IntakeItem, code: string): Promise<void> {
    this.refusals.add(item.offer, code)
    await this.update(item, { state: 'failed', problem: code })
    this.emit('failed', item, code)
  }

  private async update(item: IntakeItem, change: Partial<IntakeItem>): Promise<void> {
    Object.assign(item, change)
    await this.files.save(item)
    this.emit('changed', item)
  }
}
