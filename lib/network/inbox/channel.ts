import c from 'compact-encoding'
import Protomux from 'protomux'
import type Hyperswarm from 'hyperswarm'
import { boundedBytes } from '../bytes.js'
import { HangUp } from '../hang-up.js'
import {
  answerEncoding,
  offerEncoding,
  welcomeEncoding,
  MAX_OFFER_BYTES,
  type Answer,
  type Offer,
  type Welcome
} from './offer.js'

export const INBOX_PROTOCOL = 'vdata/inbox/1'

/** Messages that cannot be decoded before the connection is closed. */
const STRIKES = 8
/** Offers that a peer may send at once, and how many more each second. */
const BURST = 64
const PER_SECOND = 8

export interface InboxHandlers {
  /** Whether this node takes offers, as a moderator or holding them for one. */
  accepts: boolean
  onoffer?(offer: Offer, inbox: InboxChannel): Promise<Pick<Answer, 'status' | 'code'>>
  /** A message was not looked at: the peer sends too fast (`rate_limited`), or what is none (`malformed`). */
  onignored?(code: 'rate_limited' | 'malformed', inbox: InboxChannel): void
  onanswer?(answer: Answer, inbox: InboxChannel): void
  /** The other side opened its channel too: offers can be sent. */
  onopen?(inbox: InboxChannel): void
}

/**
 * The inbox protocol on one connection. Messages travel as bounded bytes and are decoded inside a try: an error of the
 * kinds that protomux takes for a programmer's (TypeError, RangeError) would end the process, and any peer could cause one.
 */
export class InboxChannel {
  readonly connection: Hyperswarm.Connection
  /** What the other side said of itself; null until its channel is open. */
  welcome: Welcome | null = null
  private readonly handlers: InboxHandlers
  private readonly channel: Protomux.Channel | null
  private readonly offers: Protomux.Message<Buffer> | null
  private readonly answers: Protomux.Message<Buffer> | null
  private strikes = 0
  private tokens = BURST
  private refilled = Date.now()

  constructor(connection: Hyperswarm.Connection, handlers: InboxHandlers) {
    this.connection = connection
    this.handlers = handlers
    this.channel = Protomux.from(connection).createChannel<Buffer>({
      protocol: INBOX_PROTOCOL,
      handshake: boundedBytes(16),
      onopen: (welcome) => {
        this.guard(() => {
          this.welcome = c.decode(welcomeEncoding, welcome)
          this.handlers.onopen?.(this)
        })
      }
    })
    this.offers =
      this.channel?.addMessage({ encoding: boundedBytes(MAX_OFFER_BYTES), onmessage: (m) => this.onoffer(m) }) ?? null
    this.answers = this.channel?.addMessage({ encoding: boundedBytes(256), onmessage: (m) => this.onanswer(m) }) ?? null
    this.channel?.open(c.encode(welcomeEncoding, { accepts: handlers.accepts }))
  }

  get accepts(): boolean {
    return this.welcome?.accepts ?? false
  }

  send(offer: Offer): void {
    if (this.channel && !this.channel.closed) this.offers?.send(c.encode(offerEncoding, offer))
  }

  private onoffer(message: Buffer): void {
    this.guard(() => {
      const offer = c.decode(offerEncoding, message)
      if (!this.handlers.accepts || !this.handlers.onoffer) return
      const tokens = this.takeToken()
      if (tokens < 0) this.handlers.onignored?.('rate_limited', this)
      // To tell them that they are too fast is worth something too; a flood is not even answered.
      if (tokens < -BURST) return
      if (tokens < 0) return this.answer(offer, { status: 'busy', code: 'rate_limited' })
      this.handlers.onoffer(offer, this).then(
        (answer) => this.answer(offer, answer),
        () => this.answer(offer, { status: 'busy', code: 'internal_error' })
      )
    })
  }

  private onanswer(message: Buffer): void {
    this.guard(() => this.handlers.onanswer?.(c.decode(answerEncoding, message), this))
  }

  private answer(offer: Offer, answer: Pick<Answer, 'status' | 'code'>): void {
    if (!this.channel || this.channel.closed) return
    this.answers?.send(c.encode(answerEncoding, { index: offer.index, volume: offer.volume, ...answer }))
  }

  /** A message that does not decode counts as a strike; it never leaves as an exception. */
  private guard(handle: () => void): void {
    try {
      handle()
    } catch {
      this.handlers.onignored?.('malformed', this)
      if (++this.strikes >= STRIKES) this.connection.destroy(new HangUp('garbage'))
    }
  }

  /** How many tokens are left after this message; below zero there was none for it. */
  private takeToken(): number {
    const now = Date.now()
    this.tokens = Math.min(BURST, this.tokens + ((now - this.refilled) / 1000) * PER_SECOND)
    this.refilled = now
    this.tokens = Math.max(this.tokens - 1, -BURST - 1)
    return this.tokens
  }
}
