import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { messageOf } from '../errors.js'
import { copyStatic, eraseCore } from '../network/internals.js'
import type { InboxChannel } from '../network/inbox/channel.js'
import { verifyOffer, type Answer, type Offer } from '../network/inbox/offer.js'
import type { Connection } from '../network/node.js'
import { VOLUME_LIMITS } from '../volume/limits.js'
import { isStaticManifest, volumeManifest } from '../volume/static.js'
import { Download, type Pace } from './download.js'
import { formatKey } from './link.js'
import { ItemFiles, type IntakeItem } from './items.js'

export interface IntakeOptions {
  /** A store of its own: nothing in it is served to anybody but the peers that `share` names. */
  store: Corestore
  /** Where the items are kept, a small file each. */
  directory: string
  /** Bytes of volumes that may be here at once. */
  quota: number
  /** Offers that may be open at once, in all and of one contributor. */
  maxItems?: number
  maxPerContributor?: number
  /** Volumes that are downloaded at once. */
  concurrency?: number
  /** Asked before bytes are asked for. */
  pace?: Pace
}

type Reply = Pick<Answer, 'status' | 'code'>

const MAX_VOLUME_BYTES = VOLUME_LIMITS.headerBytes + (VOLUME_LIMITS.blocks - 1) * VOLUME_LIMITS.wireBytes

/**
 * Takes offers and downloads their volumes whole into quarantine: the moderator's, before it decides, and a seeder's, for a
 * moderator who is away. Both are killable at any moment: an item is on disk before its offer is answered, and what was
 * downloaded stays.
 *
 * Events: `complete` with the item once all of its volume is here, `changed` whenever an item changes, `failed` with the
 * item and a reason code when what came is not what was offered.
 */
export class Intake extends EventEmitter {
  private readonly store: Corestore
  private readonly files: ItemFiles
  private readonly options: Required<Omit<IntakeOptions, 'store' | 'directory' | 'pace'>>
  private readonly pace: Pace | undefined
  private readonly items = new Map<string, IntakeItem>()
  private readonly cores = new Map<string, Hypercore>()
  private readonly sources = new Map<string, Set<Connection>>()
  private readonly downloads = new Map<string, Download>()
  private closed = false

  private constructor(options: IntakeOptions) {
    super()
    this.store = options.store
    this.files = new ItemFiles(options.directory)
    this.pace = options.pace
    this.options = {
      quota: options.quota,
      maxItems: options.maxItems ?? 10_000,
      maxPerContributor: options.maxPerContributor ?? 100,
      concurrency: options.concurrency ?? 4
    }
  }

  static async open(options: IntakeOptions): Promise<Intake> {
    const intake = new Intake(options)
    for (const item of await intake.files.list()) intake.items.set(item.id, item)
    return intake
  }

  list(): IntakeItem[] {
    return [...this.items.values()].sort((a, b) => (a.received_at < b.received_at ? -1 : 1))
  }

  get(id: string): IntakeItem | undefined {
    return this.items.get(id)
  }

  /** Bytes of all volumes here, counted as they were offered. */
  get used(): number {
    return this.list().reduce((sum, item) => sum + item.offer.bytes, 0)
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
    const known = this.items.get(id)
    if (!known) {
      const refusal = this.refuse(offer)
      if (refusal) return refusal
      const item: IntakeItem = { id, offer, state: 'waiting', received_at: new Date().toISOString(), problem: null }
      this.items.set(id, item)
      await this.files.save(item)
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

  /** Removes an item and its blocks, and gives the space back. */
  async forget(id: string): Promise<void> {
    const item = this.items.get(id)
    if (!item) return
    const core = await this.core(id)
    this.items.delete(id)
    this.sources.delete(id)
    this.cores.delete(id)
    await eraseCore(this.store, core)
    await this.downloads.get(id)?.done
    // Last: were it gone first, a crash would leave blocks that nobody knows of.
    await this.files.remove(item)
    this.startWaiting()
  }

  async close(): Promise<void> {
    this.closed = true
    for (const download of this.downloads.values()) download.stop()
    for (const core of this.cores.values()) await core.close()
    await Promise.all([...this.downloads.values()].map((download) => download.done))
  }

  private refuse(offer: Offer): Reply | null {
    if (!verifyOffer(offer)) return { status: 'rejected', code: 'bad_signature' }
    if (offer.expiry * 1000 < Date.now()) return { status: 'rejected', code: 'expired' }
    const possible =
      offer.length >= 2 &&
      offer.length <= VOLUME_LIMITS.blocks &&
      offer.records > 0 &&
      offer.bytes > 0 &&
      offer.bytes <= MAX_VOLUME_BYTES
    if (!possible || offer.bytes > this.options.quota) return { status: 'rejected', code: 'too_large' }
    const contributor = this.list().filter((item) => item.offer.contributor.equals(offer.contributor))
    const full =
      this.items.size >= this.options.maxItems ||
      contributor.length >= this.options.maxPerContributor ||
      this.used + offer.bytes > this.options.quota
    return full ? { status: 'busy', code: 'quota' } : null
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
    if (this.closed) return
    for (const item of this.list()) {
      if (this.downloads.size >= this.options.concurrency) return
      if (item.state !== 'waiting' || this.downloads.has(item.id) || !this.sources.get(item.id)?.size) continue
      const download = new Download()
      this.downloads.set(item.id, download)
      download.done = this.run(item, download)
        .catch((error) => this.fail(item, 'internal_error', messageOf(error)))
        .finally(() => {
          this.downloads.delete(item.id)
          this.startWaiting()
        })
    }
  }

  private async run(item: IntakeItem, download: Download): Promise<void> {
    const core = await this.core(item.id)
    for (const connection of this.sources.get(item.id) ?? []) core.replicate(connection)
    const code = await download.run(core, item.offer, this.pace)
    if (this.closed || this.items.get(item.id) !== item) return
    if (download.stalled) this.sources.delete(item.id)
    if (code) return this.fail(item, code)
    if (core.length !== item.offer.length || core.contiguousLength !== core.length) return
    if (!isStaticManifest(core.manifest, core.key, core.length)) return this.fail(item, 'not_static')
    await this.update(item, { state: 'complete' })
    this.emit('complete', item)
  }

  private async fail(item: IntakeItem, code: string, problem = ''): Promise<void> {
    if (this.closed || !this.items.has(item.id)) return
    await this.update(item, { state: 'failed', problem: problem || code })
    this.emit('failed', item, code)
  }

  private async update(item: IntakeItem, change: Partial<IntakeItem>): Promise<void> {
    Object.assign(item, change)
    await this.files.save(item)
    this.emit('changed', item)
  }
}

/** Copies a whole volume from a quarantine into a store that is served to everyone. */
export async function publishVolume(volume: Hypercore, store: Corestore): Promise<void> {
  const target = store.get({ manifest: volumeManifest(await volume.treeHash(), volume.length) })
  await target.ready()
  try {
    if (target.contiguousLength < volume.length) await copyStatic(volume, target)
  } finally {
    await target.close()
  }
}
