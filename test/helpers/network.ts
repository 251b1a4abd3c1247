// A private network on 127.0.0.1, and nodes in it that do what no honest one would.
import { join } from 'node:path'
import type { Assert } from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import constants from 'hyperdht/lib/constants.js'
import type { DatasetEntry } from '../../lib/dataset/entries.js'
import { formatKey } from '../../lib/dataset/link.js'
import { Moderator } from '../../lib/dataset/moderator.js'
import type { ModeratorOptions } from '../../lib/dataset/moderator-options.js'
import { moderatorKeyPair } from '../../lib/dataset/premises.js'
import { BootstrapNode } from '../../lib/network/bootstrap.js'
import { Identity, type KeyPair } from '../../lib/network/identity.js'
import type { InboxChannel } from '../../lib/network/inbox/channel.js'
import { signOffer, type Answer, type Offer } from '../../lib/network/inbox/offer.js'
import { forbidForks } from '../../lib/network/internals.js'
import { NetworkNode, type NodeOptions } from '../../lib/network/node.js'
import { encodeBatch } from '../../lib/volume/frame.js'
import { encodeHeader, type VolumeHeader } from '../../lib/volume/header.js'

// A test that forgot to name its own network reaches nobody, instead of the public one.
constants.BOOTSTRAP_NODES.length = 0

// Teardowns run in this order: who uses something goes before what is used.
const NODES = 10
const STORES = 20
const NETWORK = 1000

/** A DHT of its own; says how to enter it. */
export async function privateNetwork(t: Assert): Promise<NodeOptions & { host: string }> {
  const dht = await BootstrapNode.start({ host: '127.0.0.1' })
  t.teardown(() => dht.close(), { order: NETWORK, force: true })
  return { bootstrap: [dht.address], host: '127.0.0.1' }
}

export async function newStore(t: Assert): Promise<Corestore> {
  const store = new Corestore(join(await t.tmp(), 'store'), { manifestVersion: 1 })
  forbidForks(store)
  await store.ready()
  t.teardown(() => store.close(), { order: STORES, force: true })
  return store
}

export function newNode(t: Assert, store: Corestore | null, options: NodeOptions): NetworkNode {
  const node = new NetworkNode(store, options)
  t.teardown(() => node.close(), { order: NODES, force: true })
  return node
}

/** Two stores that replicate with each other without a network. Returns a function that parts them. */
export function connect(t: Assert, one: Corestore, other: Corestore): () => void {
  const a = one.replicate(true)
  const b = other.replicate(false)
  a.on('error', noop)
  b.on('error', noop)
  a.pipe(b).pipe(a)
  const part = () => {
    a.destroy()
    b.destroy()
  }
  t.teardown(part, { order: NODES, force: true })
  return part
}

/** A dataset's moderator, with its index described; not yet online. */
export async function newModerator(
  t: Assert,
  { entry, ...options }: Partial<ModeratorOptions> & { entry?: Partial<DatasetEntry> } = {}
): Promise<Moderator> {
  const home = options.home ?? (await t.tmp())
  const identity = options.identity ?? (await Identity.load(home))
  const name = options.name ?? 'test'
  const moderator = await Moderator.open({ purpose: 'index serve', auto: true, ...options, home, identity, name })
  t.teardown(() => moderator.close(), { order: NODES, force: true })
  if (moderator.index.core.length === 0) await moderator.describe(datasetEntryOf(identity, name, entry))
  return moderator
}

export function datasetEntryOf(identity: Identity, name: string, entry: Partial<DatasetEntry> = {}): DatasetEntry {
  return {
    version: 1,
    name,
    title: '',
    description: '',
    licenses: [],
    kinds: ['text', 'instruction', 'chat', 'preference'],
    thresholds: {},
    moderators: [{ name: '', key: formatKey(moderatorKeyPair(identity, name).publicKey) }],
    created_at: '2026-01-01T00:00:00.000Z',
    ...entry
  }
}

/** JSON lines of `count` text records, which differ from those of another `seed`. */
export function textLines(count: number, seed = 'a'): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify({ kind: 'text', text: `Text ${i} of ${seed}.` }))
}

export interface VolumeParts {
  contributor: KeyPair
  /** Lines of each batch. */
  batches?: string[][]
  /** Blocks behind the header as they are, instead of batches. */
  blocks?: Buffer[]
  header?: Partial<VolumeHeader>
}

/** Makes a static core in `store` of whatever blocks there are, well or not. */
export async function makeVolume(store: Corestore, { contributor, header, ...parts }: VolumeParts): Promise<Hypercore> {
  const batches = parts.batches ?? [textLines(3)]
  const blocks = parts.blocks ?? (await Promise.all(batches.map((lines) => encodeBatch(linesOf(lines), lines.length))))
  const lines = batches.flat()
  const head = encodeHeader({
    format: 'vdata/volume',
    version: 1,
    contributor: { publicKey: formatKey(contributor.publicKey) },
    license: 'CC0-1.0',
    created_at: '2026-01-31T12:00:00Z',
    records: lines.length,
    raw_bytes: linesOf(lines).length,
    tool: 'test',
    ...header
  })
  return sealBlocks(store, [head, ...blocks])
}

let drafts = 0

export async function sealBlocks(store: Corestore, blocks: Buffer[]): Promise<Hypercore> {
  const core = store.get({ name: `draft ${drafts++}` })
  await core.append(blocks)
  const volume = await store.staticify(core)
  await core.close()
  return volume
}

/** A true offer of a volume with 3 records, but for what is said otherwise. */
export function offerOf(volume: Hypercore, index: Buffer, contributor: KeyPair, lies: Partial<Offer> = {}): Offer {
  const truth = { index, volume: volume.key, length: volume.length, bytes: volume.byteLength, records: 3 }
  const expiry = Math.floor(Date.now() / 1000) + 3600
  return signOffer({ ...truth, expiry, ...lies }, contributor)
}

/** A contributor that offers whatever it is told to, and collects the answers. */
export class Offerer {
  readonly store: Corestore
  readonly contributor: KeyPair
  readonly answers: Answer[] = []
  readonly offers: Offer[] = []
  node!: NetworkNode
  #wake: (() => void)[] = []

  private constructor(store: Corestore, contributor: KeyPair) {
    this.store = store
    this.contributor = contributor
  }

  static async create(t: Assert): Promise<Offerer> {
    return new Offerer(await newStore(t), new Identity(Buffer.alloc(32, `contributor ${drafts++}`)).contributor)
  }

  /** Goes online under a topic; whoever takes offers is sent all of them. */
  online(t: Assert, topic: Buffer, network: NodeOptions, serve = true): void {
    this.node = newNode(t, serve ? this.store : null, {
      ...network,
      inbox: {
        accepts: false,
        onopen: (inbox) => this.#send(inbox),
        onanswer: (answer) => {
          this.answers.push(answer)
          this.#wakeAll()
        }
      }
    })
    this.node.on('disconnection', () => this.#wakeAll())
    this.node.join(topic, { server: true, client: true })
  }

  /** Offers a volume from now on, also to those who are connected already. */
  offer(offer: Offer): void {
    this.offers.push(offer)
    if (this.node) for (const inbox of this.node.inboxes.values()) if (inbox.accepts) inbox.send(offer)
  }

  offerAgain(): void {
    for (const inbox of this.node.inboxes.values()) this.#send(inbox)
  }

  /** The first answer about a volume that `matches`, of those from answer number `from` on. */
  async answer(volume: Hypercore, matches: (answer: Answer) => boolean = () => true, from = 0): Promise<Answer> {
    for (;;) {
      const found = this.answers.slice(from).find((answer) => answer.volume.equals(volume.key) && matches(answer))
      if (found) return found
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  #send(inbox: InboxChannel): void {
    if (inbox.accepts) for (const offer of this.offers) inbox.send(offer)
  }

  #wakeAll(): void {
    for (const resolve of this.#wake.splice(0)) resolve()
  }
}

/** Waits until something holds: looks again a hundred times a second. The test's own time limit is the only one. */
export async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}

function linesOf(lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => line + '\n').join(''))
}

function noop(): void {}
