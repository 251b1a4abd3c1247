import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import DHT from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import { VdataError } from '../errors.js'
import { isOneNetwork, type Address } from './address.js'
import { HangUp } from './hang-up.js'
import type { KeyPair } from './identity.js'
import { enlargeReceiveBuffers } from './internals.js'
import { InboxChannel, type InboxHandlers } from './inbox/channel.js'
import { Topic, type TopicMode } from './topic.js'

export interface NodeOptions {
  /** Bootstrap nodes of the DHT; null means the public ones, an empty list none at all. */
  bootstrap: Address[] | null
  /** The address to bind; undefined means all. */
  host?: string
  /** UDP port to bind; 0 or undefined takes a free one. */
  port?: number
  /** A role's lasting key pair; without one the node is somebody new each time. */
  keyPair?: KeyPair
  /** Connections that this node dials, and in all. */
  maxPeers?: number
  maxConnections?: number
  /** Connections that others dialled. */
  maxIncoming?: number
  /** Connections with one address: many names are free, many addresses are not. */
  maxPerAddress?: number
  inbox?: InboxHandlers
}

export type Connection = Hyperswarm.Connection

/**
 * Peers that are dialled at a time. Whoever was killed stays announced for up to 20 minutes, and a call to them takes
 * seconds to fail: with hyperswarm's 3, a few of them keep everyone else from being found.
 */
const MAX_PARALLEL = 32
/** How long an orderly goodbye may take before sockets are closed without one. */
const CLOSE_TIMEOUT = 2_000
/** How long a connection may bring nothing at all. */
const SILENCE = 4_000

/**
 * A process's place in the network: its sockets, the stores that it replicates, the topics that it is found under and the
 * inbox channel on each connection.
 *
 * Events: `connection` and `disconnection`, each with the connection; `hungup` with an address and a Nuisance.
 */
export class NetworkNode extends EventEmitter {
  readonly inboxes = new Map<Connection, InboxChannel>()
  private readonly swarm: Hyperswarm
  private readonly store: Corestore | null
  private readonly inbox: InboxHandlers
  private readonly maxConnections: number
  private readonly maxIncoming: number
  private readonly maxPerAddress: number
  private readonly addresses = new Map<string, number>()
  private incoming = 0
  private readonly topics = new Set<Topic>()
  private closing: Promise<void> | null = null

  /** `store` is replicated on every connection; forks must have been forbidden on it (see openStore). */
  constructor(store: Corestore | null, options: NodeOptions) {
    super()
    this.setMaxListeners(0)
    this.store = store
    this.inbox = options.inbox ?? { accepts: false }
    this.maxConnections = options.maxConnections ?? 128
    this.maxIncoming = options.maxIncoming ?? Infinity
    this.maxPerAddress = options.maxPerAddress ?? Infinity
    const { bootstrap, host, port = 0 } = options
    const dht = new DHT({
      // Hyperdht takes an absent list for its public nodes; nothing but a deliberate null may do that.
      ...(bootstrap === null ? {} : { bootstrap }),
      // No firewall stands between the addresses of one network. Left to find that out, hyperdht 6.34 punches holes to its
      // neighbours, and where the punch loses its race against the direct way, the server drops a call that the client
      // takes for open.
      ...(isOneNetwork(host, bootstrap) ? { firewalled: false } : {}),
      host,
      port
    } as DHT.Options)
    enlargeReceiveBuffers(dht)
    this.swarm = new Hyperswarm({
      dht,
      keyPair: options.keyPair,
      maxPeers: options.maxPeers ?? 48,
      maxParallel: MAX_PARALLEL
    })
    this.swarm.on('connection', (connection: Connection) => this.onconnection(connection))
    // Without a listener an error of the DHT would end the process; connections report their own.
    dht.on('error', noop)
  }

  get publicKey(): Buffer {
    return this.swarm.keyPair.publicKey
  }

  get connections(): ReadonlySet<Connection> {
    return this.swarm.connections
  }

  /** Looks for peers under a topic (32 bytes), and with `server` is found under it. */
  join(topic: Buffer, mode: TopicMode): Topic {
    if (this.closing) throw new VdataError('error', 'CLOSED', 'The node is closed.')
    const joined = new Topic(this.swarm, topic, mode)
    this.topics.add(joined)
    return joined
  }

  /** Resolves once every peer found so far was tried, or after `timeout` milliseconds. */
  async searched(timeout: number): Promise<void> {
    const topics = Promise.all([...this.topics].map((topic) => topic.searched()))
    await within(
      topics.then(() => this.swarm.flush()),
      timeout
    )
  }

  /** Looks for others sooner than it would: those who are connected lack what is wanted. */
  hurry(): void {
    for (const topic of this.topics) topic.hurry()
  }

  /** Hangs up, and takes and makes no calls until `resume`. */
  async suspend(): Promise<void> {
    await this.swarm.suspend()
  }

  async resume(): Promise<void> {
    await this.swarm.resume()
  }

  /** Lets an instrument that counts what a swarm does see this one. */
  instrument(attach: (swarm: Hyperswarm) => void): void {
    attach(this.swarm)
  }

  /** Leaves the network: says goodbye where that is quick, and closes every socket in any case. */
  close(): Promise<void> {
    this.closing ??= this.leave()
    return this.closing
  }

  private async leave(): Promise<void> {
    for (const topic of this.topics) topic.stop()
    const orderly = await within(this.swarm.destroy(), CLOSE_TIMEOUT)
    if (!orderly) await within(this.swarm.destroy({ force: true }), 1_000)
  }

  private onconnection(connection: Connection): void {
    connection.on('error', (error) => {
      if (error instanceof HangUp) this.emit('hungup', connection.rawStream.remoteHost, error.why)
    })
    // `maxServerConnections` of hyperswarm 4 is stored and never read.
    const called = !connection.isInitiator
    const address = connection.rawStream.remoteHost
    const here = this.addresses.get(address) ?? 0
    const crowded = here >= this.maxPerAddress
    const full =
      crowded || this.swarm.connections.size > this.maxConnections || (called && this.incoming >= this.maxIncoming)
    if (this.closing || full) {
      connection.destroy()
      return
    }
    if (called) {
      this.incoming++
      connection.once('close', () => this.incoming--)
    }
    this.addresses.set(address, here + 1)
    connection.once('close', () => {
      const left = (this.addresses.get(address) ?? 1) - 1
      if (left > 0) this.addresses.set(address, left)
      else this.addresses.delete(address)
    })
    this.store?.replicate(connection)
    this.inboxes.set(connection, new InboxChannel(connection, this.inbox))
    const silent = setTimeout(() => {
      // A call that the other side dropped, and did not say so: only this frees the place for a new one.
      if (connection.rawBytesRead === 0) connection.destroy()
    }, SILENCE)
    connection.once('close', () => {
      clearTimeout(silent)
      this.inboxes.delete(connection)
      this.emit('disconnection', connection)
    })
    this.emit('connection', connection)
  }
}

/** Whether `promise` resolved within `timeout` milliseconds; its failure counts as not. */
export async function within(promise: Promise<unknown>, timeout: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeout, false)
  })
  const done = promise.then(
    () => true,
    () => false
  )
  return Promise.race([done, late]).finally(() => clearTimeout(timer))
}

function noop(): void {}
