import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type Corestore from 'corestore'
import { z } from 'zod'
import { Intake } from '../lib/dataset/intake.js'
import { formatLink, parseLink } from '../lib/dataset/link.js'
import { IndexMemory } from '../lib/dataset/memory.js'
import { VdataError } from '../lib/errors.js'
import { readJson, writeJson } from '../lib/files.js'
import type { Identity } from '../lib/network/identity.js'
import type { InboxChannel } from '../lib/network/inbox/channel.js'
import type { Answer, Offer } from '../lib/network/inbox/offer.js'
import { NetworkNode, type NodeOptions } from '../lib/network/node.js'
import { closeStore, openStore, type Holder } from '../lib/network/store.js'
import { HeldInbox } from './inbox.js'
import { Replica, type ReplicaStatus } from './replica.js'

/** Bytes of volumes held for absent moderators, unless told otherwise. */
export const INBOX_QUOTA = 2e9

const kept = z.object({ version: z.literal(1), links: z.array(z.string()) })

export interface SeederOptions {
  home: string
  identity: Identity
  /** Datasets to keep, besides those that were named before. */
  links: string[]
  network: NodeOptions
  inboxQuota?: number
  signal?: AbortSignal
  onWait?(holder: Holder | null): void
}

export interface SeederStatus {
  role: 'seed'
  datasets: ReplicaStatus[]
  inbox: { offers: number; complete: number; bytes: number }
  connections: number
}

/**
 * A volunteer's node: keeps datasets, serves them, and holds offers for moderators who are away.
 *
 * Events: `index`, `volume`, `synced` and `fault` of each dataset, with its Replica first; `held` when an offered volume
 * is here whole.
 */
export class Seeder extends EventEmitter {
  private readonly directory: string
  private readonly store: Corestore
  private readonly inboxStore: Corestore
  private readonly inbox: HeldInbox
  private readonly node: NetworkNode
  private readonly replicas = new Map<string, Replica>()
  private closing: Promise<void> | null = null

  private constructor(options: SeederOptions, store: Corestore, inboxStore: Corestore, intake: Intake) {
    super()
    this.directory = folder(options.home)
    this.store = store
    this.inboxStore = inboxStore
    this.inbox = new HeldInbox(intake)
    this.inbox.oncomplete(() => {
      this.emit('held')
      this.handOverAll()
    })
    this.node = new NetworkNode(store, {
      ...options.network,
      keyPair: options.identity.keyPair('seeder'),
      inbox: {
        accepts: true,
        onoffer: (offer, inbox) => this.onoffer(offer, inbox),
        onopen: () => this.handOverAll()
      }
    })
  }

  /** @throws VdataError NOTHING_TO_SEED where no dataset was ever named. */
  static async open(options: SeederOptions): Promise<Seeder> {
    const { home, signal, onWait } = options
    const directory = folder(home)
    const store = await openStore(join(directory, 'store'), { purpose: 'seed', signal, onWait })
    const inboxStore = await openStore(join(directory, 'inbox'), { purpose: 'seed', signal })
    const links = await rememberLinks(directory, options.links)
    const quota = options.inboxQuota ?? INBOX_QUOTA
    const intake = await Intake.open({ store: inboxStore, directory: join(directory, 'held'), quota })
    const seeder = new Seeder(options, store, inboxStore, intake)
    try {
      if (links.length === 0) throw nothingToSeed()
      for (const link of links) await seeder.add(parseLink(link).key, new IndexMemory(home))
      await seeder.node.searched(5_000)
      return seeder
    } catch (error) {
      await seeder.close()
      throw error
    }
  }

  get synced(): boolean {
    return [...this.replicas.values()].every((replica) => replica.synced)
  }

  status(): SeederStatus {
    return {
      role: 'seed',
      datasets: [...this.replicas.values()].map((replica) => replica.status()),
      inbox: this.inbox.status(),
      connections: this.node.connections.size
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown()
    return this.closing
  }

  private async shutDown(): Promise<void> {
    await this.node.close()
    for (const replica of this.replicas.values()) await replica.close()
    await this.inbox.close()
    await closeStore(this.inboxStore, join(this.directory, 'inbox'))
    await closeStore(this.store, join(this.directory, 'store'))
  }

  private async add(key: Buffer, memory: IndexMemory): Promise<void> {
    const replica = await Replica.open(this.store, key, memory)
    this.replicas.set(replica.index.id, replica)
    for (const event of ['volume', 'synced', 'fault'] as const) {
      replica.on(event, (detail: unknown) => this.emit(event, replica, detail))
    }
    replica.on('index', () => {
      this.emit('index', replica)
      // A verdict may have come, and with the first copy of the index we learn who the moderators are.
      this.inbox.settle(replica).catch((error: Error) => this.emit('fault', replica, error))
      this.handOverAll()
    })
    this.node.join(replica.index.core.discoveryKey, { server: true, client: true })
    replica.follow()
  }

  private async onoffer(offer: Offer, inbox: InboxChannel): Promise<Pick<Answer, 'status' | 'code'>> {
    const replica = [...this.replicas.values()].find(({ index }) => index.core.key.equals(offer.index))
    return replica ? this.inbox.take(offer, inbox, replica) : { status: 'rejected', code: 'other_dataset' }
  }

  private handOverAll(): void {
    for (const replica of this.replicas.values()) {
      this.handOver(replica).catch((error: Error) => this.emit('fault', replica, error))
    }
  }

  private async handOver(replica: Replica): Promise<void> {
    if (!replica.index.complete) return
    for (const inbox of this.node.inboxes.values()) {
      if (await replica.index.isModerator(inbox.connection.remotePublicKey)) await this.inbox.handOver(inbox, replica)
    }
  }
}

function folder(home: string): string {
  return join(home, 'seed')
}

/** Adds links to those that this seeder was told before. */
async function rememberLinks(directory: string, links: string[]): Promise<string[]> {
  const path = join(directory, 'seed.json')
  const before = kept.safeParse(await readJson(path))
  const known = new Set(before.success ? before.data.links : [])
  for (const link of links) known.add(formatLink(parseLink(link).key))
  if (links.length > 0) await writeJson(path, { version: 1, links: [...known] })
  return [...known]
}

function nothingToSeed(): VdataError {
  return new VdataError(
    'config',
    'NOTHING_TO_SEED',
    'No dataset was named to seed.',
    'Name one: `vdata seed vdata://…`; from then on `vdata seed` alone goes on with it.'
  )
}
