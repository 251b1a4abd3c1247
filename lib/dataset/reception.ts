import type { InboxChannel } from '../network/inbox/channel.js'
import type { Answer, Offer } from '../network/inbox/offer.js'
import { answerOf, mayAppeal } from './decisions.js'
import type { Intake } from './intake.js'
import { formatKey } from './link.js'
import type { IndexReader } from './reader.js'

export type Reply = Pick<Answer, 'status' | 'code'>

/** Answers whoever offers a volume: by the index where it has decided, else by what the intake has room for. */
export class Reception {
  private readonly index: IndexReader
  private readonly intake: Intake

  constructor(index: IndexReader, intake: Intake) {
    this.index = index
    this.intake = intake
  }

  async answer(offer: Offer, inbox: InboxChannel): Promise<Reply> {
    if (!offer.index.equals(this.index.core.key)) return { status: 'rejected', code: 'other_dataset' }
    const verdict = await this.index.verdict(formatKey(offer.volume))
    if (verdict && !mayAppeal(verdict, offer)) return answerOf(verdict)
    if (await this.isBanned(offer)) return { status: 'banned', code: '' }
    return this.intake.take(offer, inbox)
  }

  async isBanned({ contributor }: Offer): Promise<boolean> {
    return (await this.index.contributor(formatKey(contributor)))?.standing === 'banned'
  }
}
