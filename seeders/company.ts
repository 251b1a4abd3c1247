import { EventEmitter } from 'node:events'
import type { Nuisance } from '../lib/network/hang-up.js'
import type { NetworkNode } from '../lib/network/node.js'

export interface CompanyOptions {
  /** Milliseconds without a peer until that is said. */
  alone?: number
  /** Milliseconds between two reports of peers that were hung up on: a flood of them is one. */
  report?: number
}

/** Peers that were hung up on, since that was last said. */
export interface HungUp {
  why: Nuisance
  count: number
  /** Of the last of them. */
  address: string
}

/**
 * What there is to say about the peers of a node: that nobody has been connected for a while (the computer's network may be
 * down), and who was hung up on.
 *
 * Events: `alone` with a boolean when that changes, `hungup` with a HungUp.
 */
export class Company extends EventEmitter {
  /** Whether nobody has been connected for a while. */
  alone = false
  /** Connections that were ended for what the peer did, since the start. */
  hungUp = 0
  private readonly node: NetworkNode
  private readonly patience: number
  private readonly pause: number
  private away = false
  private readonly unsaid = new Map<Nuisance, HungUp>()
  private waiting: NodeJS.Timeout | null = null
  private reporting: NodeJS.Timeout | null = null

  constructor(node: NetworkNode, { alone = 30_000, report = 60_000 }: CompanyOptions = {}) {
    super()
    this.node = node
    this.patience = alone
    this.pause = report
    node.on('connection', () => this.look())
    node.on('disconnection', () => this.look())
    node.on('hungup', (address: string, why: Nuisance) => this.onhungup(address, why))
    this.look()
  }

  /** Whether the node was told to leave the network: then it is not alone. */
  leave(away: boolean): void {
    this.away = away
    this.look()
  }

  close(): void {
    for (const timer of [this.waiting, this.reporting]) if (timer) clearTimeout(timer)
    this.removeAllListeners()
  }

  private look(): void {
    if (this.away || this.node.connections.size > 0) {
      if (this.waiting) clearTimeout(this.waiting)
      this.waiting = null
      this.tell(false)
    } else if (!this.alone) this.waiting ??= setTimeout(() => this.tell(true), this.patience).unref()
  }

  private tell(alone: boolean): void {
    this.waiting = null
    if (alone === this.alone) return
    this.alone = alone
    this.emit('alone', alone)
  }

  private onhungup(address: string, why: Nuisance): void {
    this.hungUp++
    this.unsaid.set(why, { why, address, count: (this.unsaid.get(why)?.count ?? 0) + 1 })
    if (!this.reporting) this.report()
  }

  private report(): void {
    this.reporting = null
    if (this.unsaid.size === 0) return
    for (const hungUp of this.unsaid.values()) this.emit('hungup', hungUp)
    this.unsaid.clear()
    this.reporting = setTimeout(() => this.report(), this.pause).unref()
  }
}
