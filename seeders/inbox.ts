import { answerOf, isSettled, mayAppeal } from '../lib/dataset/decisions.js'
import type { Intake } from '../lib/dataset/intake.js'
import type { IntakeItem } from '../lib/dataset/items.js'
import { formatKey } from '../lib/dataset/link.js'
import type { InboxChannel } from '../lib/network/inbox/channel.js'
import type { Answer, Offer } from '../lib/network/inbox/offer.js'
import type { Replica } from './replica.js'
import type { Room } from './room.js'

export interface InboxOptions {
  intake: Intake
  room: Room
  /** Bytes for volumes that wait for a moderator, in all. */
  quota: number
  /** The part of them that one contributor may take. */
  share?: number
  /** Keeps an accepted volume where it is served from, if it is wanted there. */
  adopt(item: IntakeItem): Promise<void>
  /** The datasets that are followed, and the peers that speak of offers. */
  replicas(): Iterable<Replica>
  inboxes(): Iterable<InboxChannel>
  onfault(error: Error, replica: Replica): void
  /** Milliseconds until what got no verdict is handed over again. */
  again?: number
}

const AGAIN = 15_000
/** Offers handed over at a time: a moderator takes 64 at once from one connection, and 8 a second more. */
const ROUND = 48

export interface InboxStatus {
  offers: number
  complete: number
  bytes: number
}

/**
 * Holds offers for moderators who are away: the offer and its volume, under a quota, until the index has the verdict.
 * What is held is served to nobody but the moderator, to whom it is handed as soon as one is connected.
 */
export class HeldInbox {
  private readonly intake: Intake
  private readonly options: InboxOptions
  /** The volumes that each connection was handed, and when: milliseconds on the monotonic clock. */
  private readonly handed = new WeakMap<InboxChannel, Map<string, number>>()
  private readonly again: number
  private readonly timer: NodeJS.Timeout

  constructor(options: InboxOptions) {
    this.options = options
    this.intake = options.intake
    this.again = options.again ?? AGAIN
    this.timer = setInterval(() => this.round(), this.again)
  }

  status(): InboxStatus {
    const items = this.intake.list()
    const complete = items.filter((item) => item.state === 'complete').length
    return { offers: items.length, complete, bytes: this.intake.used }
  }

  oncomplete(notify: () => void): void {
    this.intake.on('complete', notify)
    // What came is not what was offered: it is not kept, and the moderator would refuse it too.
    this.intake.on('failed', (item: IntakeItem) => void this.forget(item))
  }

  async take(offer: Offer, inbox: InboxChannel): Promise<Pick<Answer, 'status' | 'code'>> {
    const replica = [...this.options.replicas()].find(({ index }) => index.core.key.equals(offer.index))
    if (!replica) return { status: 'rejected', code: 'other_dataset' }
    const id = formatKey(offer.volume)
    const verdict = await replica.index.verdict(id)
    if (verdict && !mayAppeal(verdict, offer)) return answerOf(verdict)
    const contributor = await replica.index.contributor(formatKey(offer.contributor))
    if (contributor?.standing === 'banned') return { status: 'banned', code: '' }
    if (!this.intake.get(id)) {
      const { quota, share = 0.5, room } = this.options
      const theirs = this.intake.list().filter((item) => item.offer.contributor.equals(offer.contributor))
      const used = theirs.reduce((sum, item) => sum + item.offer.bytes, 0)
      if (used + offer.bytes > quota * share) return { status: 'busy', code: 'contributor_quota' }
      await this.makeRoom(offer.bytes)
      // The room is taken once its blocks arrive; what was promised before counts until then.
      if (!(await room.take(offer.bytes + this.promised()))) return { status: 'busy', code: 'quota' }
      room.giveBack(offer.bytes + this.promised())
    }
    return this.intake.take(offer, inbox)
  }

  /** Hands every moderator who is connected what is held for their datasets. */
  handOverAll(): void {
    this.each(async (replica) => {
      if (!replica.index.complete) return
      for (const inbox of this.options.inboxes()) {
        if (await replica.index.isModerator(inbox.connection.remotePublicKey)) await this.handOver(inbox, replica)
      }
    })
  }

  /**
   * Hands a moderator what is held for the dataset and complete: what was never handed first, and what got no verdict
   * since once more. Whoever is busy, or forgot, gets it again; at most so much at a time as a moderator's limits allow.
   */
  private async handOver(inbox: InboxChannel, replica: Replica): Promise<void> {
    if (!inbox.accepts) return
    let handed = this.handed.get(inbox)
    if (!handed) this.handed.set(inbox, (handed = new Map()))
    const now = performance.now()
    const last = ({ id }: IntakeItem) => handed.get(id) ?? -Infinity
    const due = this.intake
      .list()
      .filter((item) => item.state === 'complete' && isFor(item, replica) && now - last(item) >= this.again * 0.9)
      .sort((a, b) => last(a) - last(b))
    for (const item of due.slice(0, ROUND)) {
      handed.set(item.id, now)
      await this.intake.share(item.id, inbox.connection)
      inbox.send(item.offer)
    }
  }

  /** What a moderator turned away for good need not be held any longer. */
  async answered({ volume, status }: Answer, inbox: InboxChannel): Promise<void> {
    const item = this.intake.get(formatKey(volume))
    if (!item || !this.handed.get(inbox)?.has(item.id)) return
    if (status === 'rejected' || status === 'banned') await this.forget(item)
  }

  /** Lets go of what has its verdict; what was accepted moves to where it is served from. */
  async settle(replica: Replica): Promise<void> {
    for (const item of this.intake.list()) {
      if (!isFor(item, replica)) continue
      const verdict = await replica.index.verdict(item.id)
      if (!isSettled(verdict, item)) continue
      if (verdict?.status === 'accepted' && item.state === 'complete') await this.options.adopt(item)
      await this.forget(item)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    await this.intake.close()
  }

  private round(): void {
    this.each(() => this.expire())
    this.handOverAll()
  }

  private async expire(): Promise<void> {
    for (const item of this.intake.list()) if (isExpired(item)) await this.forget(item)
  }

  private each(act: (replica: Replica) => Promise<void>): void {
    for (const replica of this.options.replicas()) {
      act(replica).catch((error: Error) => this.options.onfault(error, replica))
    }
  }

  private promised(): number {
    return this.intake.list().reduce((sum, item) => sum + (item.state === 'waiting' ? item.offer.bytes : 0), 0)
  }

  /** What nobody will ask for any more goes first: expired or failed, the oldest of them first. */
  private async makeRoom(bytes: number): Promise<void> {
    for (const item of this.intake.list()) {
      if (this.intake.used + bytes <= this.options.quota) return
      if (isExpired(item) || item.state === 'failed') await this.forget(item)
    }
  }

  private async forget(item: IntakeItem): Promise<void> {
    await this.intake.forget(item.id)
  }
}

function isExpired(item: IntakeItem): boolean {
  return item.offer.expiry * 1000 < Date.now()
}

function isFor(item: IntakeItem, replica: Replica): boolean {
  return item.offer.index.equals(replica.index.core.key)
}
