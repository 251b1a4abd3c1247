import type { InboxChannel } from '../network/inbox/channel.js'
import type { Answer, Offer } from '../network/inbox/offer.js'
import type { DailyBytes } from './daily.js'
import { answerOf, mayAppeal } from './decisions.js'
import type { VerdictEntry } from './entries.js'
import type { Intake } from './intake.js'
import type { IntakeItem } from './items.js'
import { addressOf } from './line.js'
import { formatKey } from './link.js'
import type { IndexReader } from './reader.js'
import type { RefusalLog } from './refusal-log.js'

export type Reply = Pick<Answer, 'status' | 'code'>

/** What the index says of so many volumes and contributors is remembered. */
const MOST = 10_000

export interface ReceptionParts {
  index: IndexReader
  intake: Intake
  daily: DailyBytes
  refusals: RefusalLog
}

/**
 * Answers whoever offers a volume: by the index where it has decided, else by what there is room for. Whoever offers the same
 * again is answered from memory, and what is turned away is noted.
 */
export class Reception {
  private readonly parts: ReceptionParts
  private readonly verdicts = new Map<string, VerdictEntry | null>()
  private readonly banned = new Map<string, boolean>()
  /** The state of the index that is remembered. */
  private state = 0

  constructor(parts: ReceptionParts) {
    this.parts = parts
    // A decision was written: what is remembered may be wrong now.
    parts.index.core.on('append', () => {
      this.state++
      this.verdicts.clear()
      this.banned.clear()
    })
    parts.intake.on('displaced', ({ offer, address }: IntakeItem) => {
      parts.refusals.note('made_room', address, formatKey(offer.contributor))
    })
    parts.intake.on('complete', ({ offer }: { offer: Offer }) => {
      parts.daily
        .add(formatKey(offer.contributor), offer.bytes)
        .catch((error: unknown) => parts.intake.emit('fault', error))
    })
  }

  async answer(offer: Offer, inbox: InboxChannel): Promise<Reply> {
    const verdict = await this.verdictOn(offer)
    const reply = verdict ? answerOf(verdict) : await this.decide(offer, inbox)
    // Why it was decided so, the index says.
    if (verdict?.status === 'rejected') this.note({ ...reply, code: 'decided' }, offer, inbox)
    else if (reply.status !== 'queued' && reply.status !== 'known') this.note(reply, offer, inbox)
    return reply
  }

  /** Notes a message that was not looked at. */
  ignored(code: string, { connection }: InboxChannel): void {
    this.parts.refusals.note(code, addressOf(connection))
  }

  async isBanned({ contributor }: Offer): Promise<boolean> {
    const { index } = this.parts
    const read = async (id: string) => (await index.contributor(id))?.standing === 'banned'
    return this.remember(this.banned, formatKey(contributor), read)
  }

  private async decide(offer: Offer, inbox: InboxChannel): Promise<Reply> {
    const { index, intake } = this.parts
    if (!offer.index.equals(index.core.key)) return { status: 'rejected', code: 'other_dataset' }
    if (await this.isBanned(offer)) return { status: 'banned', code: '' }
    return intake.take(offer, inbox)
  }

  /** The verdict that an offer of a volume can't change any more. */
  private async verdictOn(offer: Offer): Promise<VerdictEntry | null> {
    const { index } = this.parts
    if (!offer.index.equals(index.core.key)) return null
    const verdict = await this.remember(this.verdicts, formatKey(offer.volume), (volume) => index.verdict(volume))
    return verdict && !mayAppeal(verdict, offer) ? verdict : null
  }

  private note({ status, code }: Reply, { contributor }: Offer, { connection }: InboxChannel): void {
    this.parts.refusals.note(code || status, addressOf(connection), formatKey(contributor))
  }

  /** Reads a thing of the index, or remembers it; the oldest make room. */
  private async remember<T>(memory: Map<string, T>, key: string, read: (key: string) => Promise<T>): Promise<T> {
    const known = memory.get(key)
    if (known !== undefined) return known
    const { state } = this
    const value = await read(key)
    // Where the index has grown meanwhile, this may be what it said before.
    if (state === this.state) memory.set(key, value)
    if (memory.size > MOST) memory.delete(memory.keys().next().value!)
    return value
  }
}
