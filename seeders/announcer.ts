import type { KeyPair } from '../lib/network/identity.js'
import type { Connection } from '../lib/network/node.js'
import { SeederChannel } from '../lib/network/seeder/channel.js'
import { prefixOf, signStatement, type Statement } from '../lib/network/seeder/statement.js'
import type { Keeper } from './keeper.js'
import type { Neighbours } from './neighbours.js'
import type { Replica } from './replica.js'
import type { Usage } from './usage.js'

/** A statement that nobody signed yet. */
export type Composed = Omit<Statement, 'seeder' | 'signature' | 'at'>

export interface AnnouncerOptions {
  keyPair: KeyPair
  neighbours: Neighbours
  /** What there is to say of each dataset now. */
  compose(): Composed[]
  /** Milliseconds between two statements when something changes, and when nothing does. */
  soon?: number
  refresh?: number
}

/** Statements of others that a new peer is told; it hears the rest from the next one. */
const INTRODUCED = 512

/** Tells every peer what this seeder holds, and passes on what others say. */
export class Announcer {
  private readonly options: Required<AnnouncerOptions>
  private readonly channels = new Map<Connection, SeederChannel>()
  private current: Statement[] = []
  private at = 0
  private timer: NodeJS.Timeout | null = null
  private readonly refreshing: NodeJS.Timeout
  private announced = -Infinity

  constructor(options: AnnouncerOptions) {
    this.options = { soon: 5_000, refresh: 10 * 60_000, ...options }
    this.refreshing = setInterval(() => this.announce(), this.options.refresh).unref()
    this.options.neighbours.on('news', (statement: Statement, from: Connection) => this.passOn(statement, from))
  }

  attach(connection: Connection): void {
    const { neighbours, keyPair } = this.options
    const channel = new SeederChannel(connection, {
      onstatement: (statement) => {
        if (!statement.seeder.equals(keyPair.publicKey)) neighbours.accept(statement, connection)
      },
      onopen: (opened) => {
        for (const statement of this.current) opened.send(statement)
        for (const { index } of this.current) {
          for (const statement of neighbours.statements(index).slice(-INTRODUCED)) opened.send(statement)
        }
      }
    })
    this.channels.set(connection, channel)
    connection.once('close', () => {
      this.channels.delete(connection)
      neighbours.left(connection)
    })
  }

  /** What this seeder holds has changed: it is said soon, once for many changes. */
  changed(): void {
    if (this.timer) return
    const wait = Math.max(0, this.announced + this.options.soon - performance.now())
    this.timer = setTimeout(() => {
      this.timer = null
      this.announce()
    }, wait)
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer)
    clearInterval(this.refreshing)
  }

  private announce(): void {
    this.announced = performance.now()
    // Later than the one before, also where the clock was set back.
    this.at = Math.max(Date.now(), this.at + 1)
    this.current = this.options
      .compose()
      .map((statement) => signStatement({ ...statement, at: this.at }, this.options.keyPair))
    for (const statement of this.current) for (const channel of this.channels.values()) channel.send(statement)
  }

  private passOn(statement: Statement, from: Connection): void {
    for (const [connection, channel] of this.channels) {
      if (connection !== from && !connection.remotePublicKey.equals(statement.seeder)) channel.send(statement)
    }
  }
}

interface Composing {
  replicas: Iterable<Replica>
  /** Bytes that volumes may take. */
  capacity: number
  keeper: Keeper
  usage: Usage
  cost: Statement['cost']
}

/** What a seeder says of each of its datasets. */
export function composeStatements({ replicas, capacity, keeper, usage, cost }: Composing): Composed[] {
  return Array.from(replicas, (replica) => {
    const held = replica.listed.filter(({ id }) => keeper.isHeld(id))
    return {
      index: replica.index.core.key,
      capacity: Math.floor(capacity),
      stored: held.reduce((sum, { bytes }) => sum + bytes, 0),
      month: usage.month,
      served: usage.served,
      cost,
      held: held.map(({ key }) => prefixOf(key)),
      coming: replica.listed.filter(({ id }) => keeper.isComing(id)).map(({ key }) => prefixOf(key))
    }
  })
}
