import { EventEmitter } from 'node:events'
import type { Connection } from '../lib/network/node.js'
import { verifyStatement, type Statement } from '../lib/network/seeder/statement.js'
import { keyNumbers, type KeyNumbers, type Peer } from './policy.js'

export interface NeighbourOptions {
  /** Milliseconds that a statement counts after it came, unless its seeder is connected. */
  fresh?: number
  /** Milliseconds that a seeder counts after its connection closed. */
  grace?: number
  now?: () => number
}

interface Neighbour {
  statement: Statement
  key: KeyNumbers
  /** Prefixes of volumes, in hexadecimal. */
  held: Set<string>
  coming: Set<string>
  receivedAt: number
  connection: Connection | null
  /** When its last connection closed. */
  leftAt: number | null
}

/** Nobody needs to know more seeders of a dataset, or volumes of all of them together. */
const MAX_SEEDERS = 4_096
const MAX_PREFIXES = 4_000_000

/**
 * What the other seeders said of themselves, as far as it is signed and fresh: who holds which volume. Statements of
 * seeders who are not connected come through others, and count for a while; those of a connected one as long as it stays.
 *
 * Events: `change` when somebody's volumes changed or somebody left, `news` with a statement that is worth passing on and
 * the connection that it came from.
 */
export class Neighbours extends EventEmitter {
  private readonly fresh: number
  private readonly grace: number
  private readonly now: () => number
  private readonly datasets = new Map<string, Map<string, Neighbour>>()
  /** The last statement of those who left: others may still pass it on. */
  private readonly departed = new Map<string, number>()
  private prefixes = 0

  constructor({ fresh = 30 * 60_000, grace = 20_000, now = () => performance.now() }: NeighbourOptions = {}) {
    super()
    this.fresh = fresh
    this.grace = grace
    this.now = now
  }

  /** Keeps statements about the dataset with this index key; others are not looked at. */
  follow(index: Buffer): void {
    const id = index.toString('hex')
    if (!this.datasets.has(id)) this.datasets.set(id, new Map())
  }

  /** @returns whether it says something new. */
  accept(statement: Statement, connection: Connection): boolean {
    const dataset = this.datasets.get(statement.index.toString('hex'))
    if (!dataset) return false
    const id = statement.seeder.toString('hex')
    const known = dataset.get(id)
    const direct = connection.remotePublicKey.equals(statement.seeder)
    if (direct && known) {
      known.connection = connection
      known.leftAt = null
    }
    // Whoever speaks for itself is believed even when its clock was set back.
    if (known && (direct ? statement.at === known.statement.at : statement.at <= known.statement.at)) return false
    const farewell = statement.index.toString('hex') + id
    if (!direct && statement.at <= (this.departed.get(farewell) ?? 0)) return false
    // Somebody else's old statement could be of a seeder who is long gone. Clocks may differ, by less than it counts.
    if (!direct && Math.abs(Date.now() - statement.at) > this.fresh) return false
    const size = statement.held.length + statement.coming.length
    if (!known && dataset.size >= MAX_SEEDERS) return false
    if (this.prefixes + size > MAX_PREFIXES || !verifyStatement(statement)) return false
    if (known) this.prefixes -= known.held.size + known.coming.size
    const neighbour: Neighbour = {
      statement,
      key: keyNumbers(statement.seeder),
      held: new Set(statement.held.map((prefix) => prefix.toString('hex'))),
      coming: new Set(statement.coming.map((prefix) => prefix.toString('hex'))),
      receivedAt: this.now(),
      connection: direct ? connection : (known?.connection ?? null),
      leftAt: direct ? null : (known?.leftAt ?? null)
    }
    this.prefixes += neighbour.held.size + neighbour.coming.size
    dataset.set(id, neighbour)
    this.departed.delete(farewell)
    this.emit('change')
    this.emit('news', statement, connection)
    return true
  }

  left(connection: Connection): void {
    for (const dataset of this.datasets.values()) {
      for (const neighbour of dataset.values()) {
        if (neighbour.connection !== connection) continue
        neighbour.connection = null
        neighbour.leftAt = this.now()
      }
    }
  }

  /** Forgets those who left, or were not heard of for long. */
  sweep(): void {
    const now = this.now()
    let changed = false
    for (const [index, dataset] of this.datasets) {
      for (const [id, neighbour] of dataset) {
        const { connection, leftAt, receivedAt } = neighbour
        if (connection) continue
        const gone = leftAt !== null && receivedAt <= leftAt && now - leftAt > this.grace
        if (!gone && now - receivedAt <= this.fresh) continue
        dataset.delete(id)
        if (this.departed.size >= MAX_SEEDERS) this.departed.clear()
        this.departed.set(index + id, neighbour.statement.at)
        this.prefixes -= neighbour.held.size + neighbour.coming.size
        changed = true
      }
    }
    if (changed) this.emit('change')
  }

  /** The other seeders of a dataset. */
  peers(index: Buffer): Peer[] {
    return [...this.of(index)].map(({ key, statement }) => ({ key, capacity: statement.capacity }))
  }

  /** Those of a dataset who are connected. */
  connected(index: Buffer): { statement: Statement; connection: Connection; holds(prefix: string): boolean }[] {
    return [...this.of(index)].flatMap(({ statement, connection, held }) =>
      connection ? [{ statement, connection, holds: (prefix: string) => held.has(prefix) }] : []
    )
  }

  statements(index: Buffer): Statement[] {
    return [...this.of(index)].map(({ statement }) => statement)
  }

  /** Who holds what, by prefix in hexadecimal; volumes that are on their way are counted as well, or not. */
  holders(index: Buffer, coming: boolean): Map<string, KeyNumbers[]> {
    const holders = new Map<string, KeyNumbers[]>()
    for (const neighbour of this.of(index)) {
      for (const set of coming ? [neighbour.held, neighbour.coming] : [neighbour.held]) {
        for (const prefix of set) {
          const keys = holders.get(prefix)
          if (keys) keys.push(neighbour.key)
          else holders.set(prefix, [neighbour.key])
        }
      }
    }
    return holders
  }

  private of(index: Buffer): Iterable<Neighbour> {
    return this.datasets.get(index.toString('hex'))?.values() ?? []
  }
}
