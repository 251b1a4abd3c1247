import { Intake } from '../lib/dataset/intake.js'
import type { IntakeItem } from '../lib/dataset/items.js'
import { formatKey } from '../lib/dataset/link.js'
import type { InboxChannel } from '../lib/network/inbox/channel.js'
import type { Answer, Offer } from '../lib/network/inbox/offer.js'
import type { Replica } from './replica.js'

/**
 * Holds offers for moderators who are away: the offer and its volume, under a quota, until the index has the verdict.
 * What is held is served to nobody but the moderator, to whom it is handed as soon as one is connected.
 */
export class HeldInbox {
  private readonly intake: Intake
  /** The volumes that each connection was handed. */
  private readonly handed = new WeakMap<InboxChannel, Set<string>>()

  constructor(intake: Intake) {
    this.intake = intake
  }

  /** Bytes held, and the offers. */
  status(): { offers: number; complete: number; bytes: number } {
    const items = this.intake.list()
    const complete = items.filter((item) => item.state === 'complete').length
    return { offers: items.length, complete, bytes: this.intake.used }
  }

  oncomplete(notify: () => void): void {
    this.intake.on('complete', notify)
    // What came is not what was offered: it is not kept, and the moderator would refuse it too.
    this.intake.on('failed', (item: IntakeItem) => void this.intake.forget(item.id))
  }

  async take(offer: Offer, inbox: InboxChannel, replica: Replica): Promise<Pick<Answer, 'status' | 'code'>> {
    const verdict = await replica.index.verdict(formatKey(offer.volume))
    if (verdict?.status === 'accepted') return { status: 'known', code: '' }
    if (verdict) return { status: 'rejected', code: verdict.reasons[0]?.code ?? '' }
    return this.intake.take(offer, inbox)
  }

  /** Hands a moderator everything that is held for the dataset and complete. */
  async handOver(inbox: InboxChannel, replica: Replica): Promise<void> {
    if (!inbox.accepts) return
    let handed = this.handed.get(inbox)
    if (!handed) this.handed.set(inbox, (handed = new Set()))
    for (const item of this.intake.list()) {
      if (item.state !== 'complete' || handed.has(item.id) || !isFor(item, replica)) continue
      handed.add(item.id)
      await this.intake.share(item.id, inbox.connection)
      inbox.send(item.offer)
    }
  }

  /** Lets go of what has its verdict, or has expired; what was accepted moves to where it is served from. */
  async settle(replica: Replica): Promise<void> {
    for (const item of this.intake.list()) {
      if (!isFor(item, replica)) continue
      const verdict = await replica.index.verdict(item.id)
      const expired = item.offer.expiry * 1000 < Date.now()
      if (!verdict && !expired) continue
      if (verdict?.status === 'accepted' && item.state === 'complete') await this.move(item, replica)
      await this.intake.forget(item.id)
    }
  }

  close(): Promise<void> {
    return this.intake.close()
  }

  private async move(item: IntakeItem, replica: Replica): Promise<void> {
    const source = await this.intake.core(item.id)
    await replica.adopt(source)
  }
}

function isFor(item: IntakeItem, replica: Replica): boolean {
  return item.offer.index.equals(replica.index.core.key)
}
