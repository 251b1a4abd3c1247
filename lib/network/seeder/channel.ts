import c from 'compact-encoding'
import Protomux from 'protomux'
import { boundedBytes } from '../bytes.js'
import { HangUp } from '../hang-up.js'
import type { Connection } from '../node.js'
import { MAX_STATEMENT_BYTES, statementEncoding, type Statement } from './statement.js'

export const SEEDER_PROTOCOL = 'vdata/seeder/1'

/** Messages that cannot be decoded before the connection is closed. */
const STRIKES = 8
/** Statements that a peer may send at once, and how many more each second; the rest is not looked at. */
const BURST = 512
const PER_SECOND = 16

export interface SeederHandlers {
  onstatement(statement: Statement, channel: SeederChannel): void
  /** The other side opened its channel too: statements can be sent. */
  onopen?(channel: SeederChannel): void
}

/**
 * The seeders' protocol on one connection: signed statements, their own and those that they know of others. Whoever wants
 * to know how alive a dataset is opens it too, and only listens.
 */
export class SeederChannel {
  readonly connection: Connection
  opened = false
  private readonly handlers: SeederHandlers
  private readonly channel: Protomux.Channel | null
  private readonly statements: Protomux.Message<Buffer> | null
  private strikes = 0
  private tokens = BURST
  private refilled = performance.now()

  constructor(connection: Connection, handlers: SeederHandlers) {
    this.connection = connection
    this.handlers = handlers
    this.channel = Protomux.from(connection).createChannel<Buffer>({
      protocol: SEEDER_PROTOCOL,
      onopen: () => {
        this.opened = true
        this.guard(() => this.handlers.onopen?.(this))
      }
    })
    this.statements =
      this.channel?.addMessage({
        encoding: boundedBytes(MAX_STATEMENT_BYTES),
        onmessage: (message) => this.guard(() => this.onstatement(message))
      }) ?? null
    this.channel?.open()
  }

  send(statement: Statement): void {
    if (this.opened && this.channel && !this.channel.closed) {
      this.statements?.send(c.encode(statementEncoding, statement))
    }
  }

  private onstatement(message: Buffer): void {
    const now = performance.now()
    this.tokens = Math.min(BURST, this.tokens + ((now - this.refilled) / 1000) * PER_SECOND)
    this.refilled = now
    if (this.tokens < 1) return
    this.tokens--
    this.handlers.onstatement(c.decode(statementEncoding, message), this)
  }

  /** A message that does not decode counts as a strike; it never leaves as an exception (see inbox/channel.ts). */
  private guard(handle: () => void): void {
    try {
      handle()
    } catch {
      if (++this.strikes >= STRIKES) this.connection.destroy(new HangUp('garbage'))
    }
  }
}
