import { join } from 'node:path'
import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type { Identity } from '../network/identity.js'
import type { InboxChannel } from '../network/inbox/channel.js'
import { signAppeal, signOffer, type Answer, type Offer } from '../network/inbox/offer.js'
import { NetworkNode, within, type NodeOptions } from '../network/node.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import type { DatasetEntry } from './entries.js'
import { formatKey, parseKey, parseLink } from './link.js'
import { IndexMemory } from './memory.js'
import { ShareNotes } from './notes.js'
import { IndexReader } from './reader.js'
import { isDecided, ShareFiles, type Share, type SharedVolume } from './shares.js'

/** How long an offer holds: a moderator who is away longer than this needs to be offered again. */
const OFFER_DAYS = 30
const POLL = 200
const OFFER_AGAIN = 15_000
/** How long somebody is looked for who knows of newer verdicts, where nothing else is left to do. */
const SEARCH = 15_000

export type ContributeEvent =
  | { event: 'online' }
  /** Whom it was for, told at the end where the index was seen. */
  | { event: 'dataset'; name: string; donation: DatasetEntry['donation'] }
  | { event: 'waiting'; holder: Holder | null }
  | { event: 'offered'; volume: string; to: 'moderator' | 'seeder' }
  | { event: 'answer'; volume: string; status: Answer['status']; code: string }
  /** Bytes of the volumes that the best-supplied peer has. */
  | { event: 'progress'; bytes: number; total: number; peers: number }
  | { event: 'held'; volume: string; by: 'moderator' | 'seeder' }
  | { event: 'verdict'; volume: string; verdict: NonNullable<SharedVolume['verdict']> }

export interface ContributeOptions {
  home: string
  identity: Identity
  share: Share
  network: NodeOptions
  /** Milliseconds to wait for a verdict once a moderator has all of it and is online. */
  verdictWait?: number
  signal?: AbortSignal
  onEvent?: (event: ContributeEvent) => void
}

/**
 * Offers a share's volumes to its dataset and serves them until each has its verdict, or somebody who keeps offers for the
 * moderator holds all of it. What happened is in the share's file at every moment.
 */
export async function contribute(options: ContributeOptions): Promise<Share> {
  const { home, share, signal } = options
  const directory = join(new ShareFiles(home).directory(share.id), 'store')
  const onWait = (holder: Holder | null) => options.onEvent?.({ event: 'waiting', holder })
  const store = await openStore(directory, { purpose: 'share', signal, onWait })
  try {
    const { key } = parseLink(share.link)
    const index = await IndexReader.open(store, key)
    const cores = new Map<string, Hypercore>()
    for (const { id } of share.volumes) {
      const core = store.get({ key: parseKey(id) })
      await core.ready()
      cores.set(id, core)
    }
    const contribution = new Contribution(options, index, cores)
    const node = new NetworkNode(store, { ...options.network, inbox: contribution.inbox })
    try {
      return await contribution.run(node)
    } finally {
      await node.close()
    }
  } finally {
    await closeStore(store, directory)
  }
}

class Contribution {
  readonly inbox = {
    accepts: false,
    onopen: (inbox: InboxChannel) => void this.offerAll(inbox),
    onanswer: (answer: Answer) => this.onanswer(answer)
  }
  private readonly options: ContributeOptions
  private readonly share: Share
  private readonly index: IndexReader
  private readonly cores: Map<string, Hypercore>
  private readonly memory: IndexMemory
  private readonly notes: ShareNotes
  private readonly offers: Map<string, Offer>
  private node!: NetworkNode
  /** Whether a peer was asked for a newer index since this began. */
  private asked = false

  constructor(options: ContributeOptions, index: IndexReader, cores: Map<string, Hypercore>) {
    this.options = options
    this.share = options.share
    this.index = index
    this.cores = cores
    this.memory = new IndexMemory(options.home)
    this.notes = new ShareNotes(new ShareFiles(options.home).directory(options.share.id))
    const expiry = Math.floor(Date.now() / 1000) + OFFER_DAYS * 24 * 3600
    this.offers = new Map(
      this.share.volumes.map(({ id, length, bytes, records, appeal }) => {
        const { contributor } = options.identity
        const offer = signOffer(
          { index: index.core.key, volume: parseKey(id), length, bytes, records, expiry },
          contributor
        )
        return [id, appeal === undefined ? offer : signAppeal(offer, appeal, contributor)]
      })
    )
  }

  async run(node: NetworkNode): Promise<Share> {
    const { signal, verdictWait = 15_000 } = this.options
    this.node = node
    node.join(this.index.core.discoveryKey, { server: true, client: true })
    this.options.onEvent?.({ event: 'online' })
    const started = Date.now()
    let heldAt = 0
    for (let offeredAt = started; ; await pause(signal)) {
      await this.followIndex()
      await this.followCopies()
      if (isDecided(this.share)) break
      if (this.share.volumes.every((volume) => volume.held || volume.verdict)) {
        heldAt ||= Date.now()
        // A share that was held before is resumed for its verdict: whoever has it must be given the time to be found.
        const heard = this.asked || Date.now() - started > SEARCH
        if (heard && Date.now() - heldAt > ((await this.moderatorOnline()) ? verdictWait : 0)) break
      }
      if (Date.now() - offeredAt > OFFER_AGAIN) {
        // Whoever was busy may have room now.
        offeredAt = Date.now()
        for (const inbox of node.inboxes.values()) void this.offerAll(inbox)
      }
    }
    if (this.index.complete) {
      const { name, donation } = await this.index.dataset()
      this.options.onEvent?.({ event: 'dataset', name, donation })
    }
    return this.share
  }

  private async offerAll(inbox: InboxChannel): Promise<void> {
    if (!inbox.accepts) return
    const to = (await this.isModerator(inbox.connection.remotePublicKey)) ? 'moderator' : 'seeder'
    for (const volume of this.share.volumes) {
      if (volume.verdict) continue
      inbox.send(this.offers.get(volume.id)!)
      this.options.onEvent?.({ event: 'offered', volume: volume.id, to })
    }
  }

  private onanswer({ volume, status, code }: Answer): void {
    const id = formatKey(volume)
    if (this.cores.has(id)) this.options.onEvent?.({ event: 'answer', volume: id, status, code })
  }

  /** Reads the verdicts that the moderator has published. */
  private async followIndex(): Promise<void> {
    const { core } = this.index
    if (core.peers.length > 0 && (await within(core.update({ wait: true }), 1_000))) this.asked = true
    if (core.length === 0) return
    if (!this.index.complete) {
      const range = core.download({ start: 0, end: core.length })
      const done = await within(range.done(), 10_000)
      range.destroy()
      if (!done) return
    }
    for (const volume of this.share.volumes) {
      if (volume.verdict) continue
      const verdict = await this.index.verdict(volume.id)
      // The first verdict of one that was appealed is known.
      const first = verdict?.status === 'rejected' && !verdict.appealed
      if (!verdict || (volume.appeal !== undefined && first)) continue
      // A peer who lags is no reason to give up: another one may have the rest.
      if (core.length < ((await this.memory.recall(core.key))?.length ?? 0)) return
      await this.index.verify(this.memory)
      volume.verdict = verdict
      await this.save()
      // Nobody will ask at which lines the records of an accepted volume were.
      if (verdict.status === 'accepted') await this.notes.remove(volume.id)
      this.options.onEvent?.({ event: 'verdict', volume: volume.id, verdict })
    }
  }

  /** Looks who has how much of the volumes. */
  private async followCopies(): Promise<void> {
    let bytes = 0
    let total = 0
    for (const volume of this.share.volumes) {
      const core = this.cores.get(volume.id)!
      const keepers = core.peers.filter((peer) => this.keeps(peer.remotePublicKey))
      const most = Math.max(0, ...keepers.map((peer) => peer.remoteContiguousLength))
      total += volume.bytes
      bytes += volume.held ? volume.bytes : (volume.bytes * most) / volume.length
      const whole = keepers.find((peer) => peer.remoteContiguousLength === volume.length)
      if (!whole || volume.held) continue
      volume.held = true
      await this.save()
      const by = (await this.isModerator(whole.remotePublicKey)) ? 'moderator' : 'seeder'
      this.options.onEvent?.({ event: 'held', volume: volume.id, by })
    }
    const peers = [...this.node.inboxes.values()].filter((inbox) => inbox.accepts).length
    this.options.onEvent?.({ event: 'progress', bytes: Math.floor(bytes), total, peers })
  }

  /** Whether this peer takes offers, so that its copy outlasts our visit. */
  private keeps(publicKey: Buffer): boolean {
    for (const inbox of this.node.inboxes.values()) {
      if (inbox.accepts && b4a.equals(inbox.connection.remotePublicKey, publicKey)) return true
    }
    return false
  }

  private async moderatorOnline(): Promise<boolean> {
    for (const { remotePublicKey } of this.node.connections) if (await this.isModerator(remotePublicKey)) return true
    return false
  }

  private async isModerator(publicKey: Buffer): Promise<boolean> {
    // An index that cannot be read names nobody; followIndex tells what is wrong with it.
    return this.index.complete && this.index.isModerator(publicKey).catch(() => false)
  }

  private async save(): Promise<void> {
    await new ShareFiles(this.options.home).save(this.share)
  }
}

function pause(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, POLL)
    function end(): void {
      signal?.removeEventListener('abort', end)
      clearTimeout(timer)
      if (signal?.aborted) reject(signal.reason as Error)
      else resolve()
    }
    signal?.addEventListener('abort', end)
  })
}
