import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import { parseLink } from '../lib/dataset/link.js'
import { IndexMemory } from '../lib/dataset/memory.js'
import type { KeyPair } from '../lib/network/identity.js'
import { NetworkNode, type Connection } from '../lib/network/node.js'
import { Serving } from '../lib/network/serving.js'
import { Announcer, composeStatements } from './announcer.js'
import { Company, type HungUp } from './company.js'
import { Fetcher, type Listed } from './fetcher.js'
import { HeldInbox } from './inbox.js'
import { Keeper } from './keeper.js'
import type { Limits, Halt } from './limits.js'
import { SeedMemory } from './memory.js'
import { Neighbours } from './neighbours.js'
import { withDefaults, type Resolved, type SeederOptions } from './options.js'
import { closeParts, openParts, seedFolder, type Parts } from './parts.js'
import { keyNumbers } from './policy.js'
import { Replica } from './replica.js'
import { Replicas } from './replicas.js'
import type { Room } from './room.js'
import { datasetStatus, nodeStatus, type SeederStatus } from './status.js'
import type { Usage } from './usage.js'

export type { SeederStatus } from './status.js'

/**
 * A volunteer's node: keeps what the network needs most within what its owner allows, serves it, and holds offers for
 * moderators who are away.
 *
 * Events: `index` with a Replica, `volume` with a Replica and the id of a volume that is here whole, `cleared` with ids, `purged` with
 * a number of blocks, `synced` with a Replica when all is here that is to be, `held` when an offered volume is here whole, `halt` with a Halt
 * or null, `clock` with milliseconds, `alone` with a boolean, `hungup` with a HungUp, `fault` with an error and the Replica that it is about, if any.
 */
export class Seeder extends EventEmitter {
  readonly room: Room
  readonly usage: Usage
  readonly limits: Limits
  readonly serving: Serving
  readonly keeper: Keeper
  readonly neighbours: Neighbours
  readonly node: NetworkNode
  readonly company: Company
  readonly store: Corestore
  readonly replicas = new Replicas()
  private readonly options: Resolved
  private readonly keyPair: KeyPair
  private readonly parts: Parts
  private readonly fetcher: Fetcher
  private readonly announcer: Announcer
  private readonly inbox: HeldInbox
  private readonly started = Date.now()
  private readonly told = new Map<string, string>()
  private lastFault: { message: string; at: string } | null = null
  private closing: Promise<void> | null = null

  private constructor(options: Resolved, parts: Parts) {
    super()
    this.options = options
    this.parts = parts
    this.keyPair = options.identity.keyPair('seeder')
    this.room = parts.room
    this.usage = parts.usage
    this.limits = parts.limits
    this.store = parts.store
    const { store, room, usage, limits, ledger, intake } = parts
    const { timing } = options
    const onserved = (bytes: number) => usage.add('served', bytes)
    this.serving = new Serving(store, limits.up, onserved, timing.deaf)
    new Serving(parts.inboxStore, limits.up, onserved, timing.deaf)
    this.neighbours = new Neighbours({ grace: timing.grace })
    this.inbox = new HeldInbox({
      intake,
      room,
      quota: options.inboxQuota,
      adopt: (item) => this.adopt(item.id),
      replicas: () => this.replicas.values(),
      inboxes: () => this.node.inboxes.values(),
      onfault: (error, replica) => this.report(error, replica),
      again: timing.handOver
    })
    this.node = new NetworkNode(store, {
      ...options.network,
      keyPair: this.keyPair,
      inbox: {
        accepts: true,
        onoffer: (offer, inbox) => this.inbox.take(offer, inbox),
        onanswer: (answer, inbox) => {
          this.inbox.answered(answer, inbox).catch((error: Error) => this.report(error))
        },
        onopen: () => this.inbox.handOverAll()
      }
    })
    this.company = new Company(this.node, timing)
    this.fetcher = new Fetcher({
      store,
      room,
      down: limits.down,
      connections: () => this.node.connections,
      onbytes: (bytes) => usage.add('fetched', bytes),
      lonely: timing.lonely,
      stall: timing.stall
    })
    this.keeper = new Keeper({
      store,
      ledger,
      room,
      fetcher: this.fetcher,
      neighbours: this.neighbours,
      self: keyNumbers(this.keyPair.publicKey),
      target: options.target,
      timing,
      batch: options.writeBuffer / 2,
      listed: () => this.replicas.listed(),
      reserved: () => this.replicas.lacking(),
      indexes: () => this.replicas.indexKeys(),
      purged: () => this.replicas.purged()
    })
    this.announcer = new Announcer({
      keyPair: this.keyPair,
      neighbours: this.neighbours,
      compose: () =>
        composeStatements({
          replicas: this.replicas.values(),
          capacity: this.keeper.capacity(new Map(this.replicas.listed().volumes.map((volume) => [volume.id, volume]))),
          keeper: this.keeper,
          usage,
          cost: options.cost
        }),
      soon: timing.announce
    })
    this.listen()
  }

  /** @throws VdataError NOTHING_TO_SEED, QUOTA_TOO_SMALL; STORE_BUSY where `signal` ends the wait for the store. */
  static async open(given: SeederOptions): Promise<Seeder> {
    const options = withDefaults(given)
    const { home } = options
    const { links } = await new SeedMemory(seedFolder(home)).remember(options.links)
    const parts = await openParts(options)
    const seeder = new Seeder(options, parts)
    try {
      await parts.room.measure()
      for (const link of links) await seeder.add(parseLink(link).key, new IndexMemory(home))
      await seeder.node.searched(5_000)
      return seeder
    } catch (error) {
      await seeder.close()
      throw error
    }
  }

  get publicKey(): Buffer {
    return this.keyPair.publicKey
  }

  /** Whether all is here that is to be here. */
  get synced(): boolean {
    return [...this.replicas.values()].every((replica) => this.isSynced(replica))
  }

  status(): SeederStatus {
    const { keeper, limits, room, usage, serving, company, node } = this
    const datasets = [...this.replicas.values()].map((replica) => this.statusOf(replica))
    return {
      ...nodeStatus({ keeper, limits, room, usage, serving, company, node }),
      datasets,
      inbox: this.inbox.status(),
      started_at: new Date(this.started).toISOString(),
      last_error: this.lastFault
    }
  }

  pause(): void {
    this.limits.pause()
  }

  resume(): void {
    this.limits.resume()
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown()
    return this.closing
  }

  private listen(): void {
    const { keeper, neighbours, node, limits, company } = this
    node.on('connection', (connection: Connection) => {
      for (const replica of this.replicas.values()) replica.attach(connection)
      this.fetcher.attach(connection)
      this.announcer.attach(connection)
      keeper.retry()
    })
    neighbours.on('change', () => keeper.wake())
    keeper.on('held', (volume: Listed) => {
      for (const replica of this.replicas.of(volume)) this.emit('volume', replica, volume.id)
      this.announcer.changed()
      this.tellSynced()
    })
    keeper.on('cleared', (ids: string[]) => {
      this.emit('cleared', ids)
      this.announcer.changed()
    })
    keeper.on('looked', () => {
      // There may be room now.
      for (const replica of this.replicas.values()) if (replica.lacking > 0) replica.follow()
    })
    keeper.on('purged', (blocks: number) => this.emit('purged', blocks))
    keeper.on('settled', () => {
      this.announcer.changed()
      this.tellSynced()
    })
    keeper.on('fault', (error: Error) => this.report(error))
    limits.on('halt', (halt: Halt | null) => {
      this.emit('halt', halt)
      this.setHalt(halt).catch((error: Error) => this.report(error))
    })
    limits.on('clock', (jump: number) => this.emit('clock', jump))
    company.on('alone', (alone: boolean) => this.emit('alone', alone))
    company.on('hungup', (hungUp: HungUp) => this.emit('hungup', hungUp))
    this.inbox.oncomplete(() => {
      this.emit('held')
      this.inbox.handOverAll()
    })
  }

  private async add(key: Buffer, memory: IndexMemory): Promise<void> {
    this.neighbours.follow(key)
    const replica = await Replica.open(this.store, key, { memory, room: this.room, choice: this.options.choice })
    this.replicas.set(replica.index.id, replica)
    replica.on('fault', (error: Error) => this.report(error, replica))
    replica.on('crowded', () => this.keeper.wake())
    replica.on('index', () => {
      this.emit('index', replica)
      this.keeper.wake()
      this.keeper.purge().catch((error: Error) => this.report(error, replica))
      // A verdict may have come, and with the first copy of the index we learn who the moderators are.
      this.inbox.settle(replica).catch((error: Error) => this.report(error, replica))
      this.inbox.handOverAll()
    })
    this.node.join(replica.index.core.discoveryKey, { server: true, client: true })
    replica.follow()
  }

  private isSynced(replica: Replica): boolean {
    if (!replica.known || !replica.index.complete) return false
    return this.keeper.settled || this.keeper.hasAll(replica.listed)
  }

  private tellSynced(): void {
    for (const [id, replica] of this.replicas) {
      if (!this.isSynced(replica)) continue
      const status = this.statusOf(replica)
      const state = [status.index, status.volumes, status.complete].join('/')
      if (this.told.get(id) === state) continue
      this.told.set(id, state)
      this.emit('synced', replica, status)
    }
  }

  private statusOf(replica: Replica) {
    return datasetStatus(replica, this.keeper, this.neighbours)
  }

  private async adopt(id: string): Promise<void> {
    const volume = this.replicas.listed().volumes.find((listed) => listed.id === id)
    if (volume) await this.keeper.adoptFrom(volume, await this.parts.intake.core(id))
  }

  private async setHalt(halt: Halt | null): Promise<void> {
    this.keeper.halted = halt !== null
    this.company.leave(halt !== null)
    if (halt) {
      this.fetcher.pause()
      await this.node.suspend()
    } else {
      await this.node.resume()
      this.keeper.retry()
    }
  }

  private report(error: Error, replica?: Replica): void {
    if (this.closing) return
    this.lastFault = { message: error.message, at: new Date().toISOString() }
    this.emit('fault', error, replica)
  }

  private async shutDown(): Promise<void> {
    this.announcer.close()
    this.company.close()
    this.limits.close()
    await this.node.close()
    await this.keeper.close()
    for (const replica of this.replicas.values()) await replica.close()
    await this.inbox.close()
    await closeParts(this.options.home, this.parts)
  }
}
