import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { VdataError } from '../errors.js'
import { soundBlock } from '../network/internals-disk.js'
import { reopenChannels, setInflight } from '../network/internals.js'
import { runsOf, type PlannedBatch, type PlannedVolume } from './plan.js'

/** Volumes that are fetched at once, and runs of blocks of each. */
const VOLUMES_AT_ONCE = 6
const RUNS_AT_ONCE = 8
/** How long nothing comes until that is said, each time. */
const WAITING_MS = 3_000
/**
 * Bytes in flight per peer where the round trip is short; a long one multiplies them. What a peer sends faster than we take
 * it waits in its memory, and in ours.
 */
const INFLIGHT_BYTES = 4 * 1024 * 1024
/** The same as blocks: with upstream's 16, small batches starve on a link with a round trip. */
const INFLIGHT_LEAST = 8
const INFLIGHT_MOST = 32
/** Blocks in flight, however long the round trip. */
const INFLIGHT_LIMIT = 256

/** Milliseconds without a block after which peers are asked again for volumes that none of them serves. */
const QUIET = 1000

export interface FetchOptions {
  /** Milliseconds without a block after which what is still missing is given up; what came stays. */
  stall: number
  /** Use what is here, and ask nobody. */
  offline?: boolean
  signal?: AbortSignal
}

interface Tracked {
  id: string
  core: Hypercore
  /** Blocks in flight per peer. */
  inflight: number
  /** Whether its length is known, once that is known: many blocks wait for it together. */
  settled: Promise<boolean> | null
  /** Milliseconds since 1970: when a block of it last came, or a peer had it. */
  seen: number
}

/**
 * Fetches planned blocks into the store, several volumes at once, in the order in which they are needed. What is in the
 * store already, from an earlier pull or one that was interrupted, is not asked for again.
 *
 * Emits `block` with the bytes of each that arrives, and `waiting` every few seconds while none does.
 */
export class Fetcher extends EventEmitter {
  /** Bytes that came over the network. */
  received = 0
  private readonly store: Corestore
  private readonly options: FetchOptions
  private readonly cores = new Map<string, Tracked>()
  private readonly queue: PlannedVolume[] = []
  private readonly ranges = new Set<Hypercore.Range>()
  private readonly failure = new AbortController()
  private readonly stalled = new AbortController()
  private readonly ending = new Ending(this.failure.signal, this.stalled.signal)
  private readonly workers = new Set<Promise<void>>()
  private readonly timer: NodeJS.Timeout
  private lastBlock = Date.now()
  private waits = 0

  constructor(store: Corestore, options: FetchOptions) {
    super()
    this.setMaxListeners(0)
    this.store = store
    this.options = options
    if (options.signal?.aborted) this.onabort()
    else options.signal?.addEventListener('abort', this.onabort, { once: true })
    if (options.offline) this.stalled.abort()
    this.timer = setInterval(() => this.watch(), 250)
    this.timer.unref()
  }

  /** Aborted when the pull cannot go on: its reason says why. */
  get signal(): AbortSignal {
    return this.failure.signal
  }

  /** The volumes that were opened, and when each was last seen with somebody, or null. */
  get opened(): Map<string, number | null> {
    return new Map([...this.cores.values()].map(({ id, seen }) => [id, seen || null]))
  }

  /** Asks for more blocks; may be called again. */
  request(volumes: readonly PlannedVolume[]): void {
    if (this.stalled.signal.aborted) return
    this.queue.push(...volumes)
    while (this.workers.size < VOLUMES_AT_ONCE && this.workers.size < this.queue.length) this.work()
  }

  /**
   * A block, once it is here.
   *
   * @returns null when nobody who has it can be reached.
   * @throws VdataError WRONG_VOLUME where the index says something else of its volume than the volume itself.
   */
  async block(planned: PlannedVolume, number: number): Promise<Buffer | null> {
    const tracked = await this.tracked(planned)
    const { core } = tracked
    if (!(await (tracked.settled ??= this.settle(core, planned)))) return null
    const local = await soundBlock(core, number)
    if (local || this.stalled.signal.aborted) return local
    return this.unlessStalled(core.get(number))
  }

  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.onabort)
    clearInterval(this.timer)
    if (!this.failure.signal.aborted) this.failure.abort(new Error('closed'))
    for (const range of this.ranges) range.destroy()
    await Promise.all(this.workers)
    for (const { core } of this.cores.values()) await core.close()
  }

  private readonly onabort = () => {
    this.failure.abort(this.options.signal!.reason)
    for (const range of this.ranges) range.destroy()
  }

  private async tracked({ volume, batches }: PlannedVolume): Promise<Tracked> {
    let tracked = this.cores.get(volume.id)
    if (!tracked) {
      const core = this.store.get({ key: volume.key })
      tracked = { id: volume.id, core, inflight: inflightOf(batches), settled: null, seen: 0 }
      core.on('download', (_index: number, bytes: number) => this.onblock(tracked!, bytes))
      this.cores.set(volume.id, tracked)
    }
    await tracked.core.ready()
    setInflight(tracked.core, [tracked.inflight, INFLIGHT_LIMIT])
    return tracked
  }

  /** Waits until the volume's length is known; false when nobody tells it. */
  private async settle(core: Hypercore, planned: PlannedVolume): Promise<boolean> {
    while (core.length === 0) {
      const grown = new Promise<true>((resolve) => core.once('append', () => resolve(true)))
      if (core.length === 0 && !(await this.unlessStalled(grown))) return false
    }
    if (core.length !== planned.volume.entry.length) throw wrongVolume(planned)
    return true
  }

  /** The promise's value, or null once nothing comes any more; throws when the pull cannot go on. */
  private async unlessStalled<T>(promise: Promise<T>): Promise<T | null> {
    this.failure.signal.throwIfAborted()
    promise.catch(noop)
    const value = await this.ending.race(promise)
    this.failure.signal.throwIfAborted()
    return value
  }

  private work(): void {
    const working = this.drain().catch((error: unknown) => {
      if (!this.failure.signal.aborted) this.failure.abort(error)
    })
    this.workers.add(working)
    void working.then(() => this.workers.delete(working))
  }

  private async drain(): Promise<void> {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      if (this.over) return
      await this.fetch(next)
    }
  }

  private get over(): boolean {
    return this.failure.signal.aborted || this.stalled.signal.aborted
  }

  private async fetch(planned: PlannedVolume): Promise<void> {
    const { core } = await this.tracked(planned)
    const runs = runsOf(planned.batches)
    const lane = async () => {
      for (let run = runs.shift(); run && !this.over; run = runs.shift()) await this.download(core, run)
    }
    await Promise.all(Array.from({ length: RUNS_AT_ONCE }, lane))
  }

  private async download(core: Hypercore, { from, to }: { from: number; to: number }): Promise<void> {
    // Block 0 is the volume's header.
    const range = core.download({ start: from + 1, end: to + 1, linear: true })
    this.ranges.add(range)
    try {
      await range.done()
    } catch (error) {
      if (!this.over) throw error
    } finally {
      this.ranges.delete(range)
    }
  }

  private onblock(tracked: Tracked, bytes: number): void {
    this.lastBlock = tracked.seen = Date.now()
    this.received += bytes
    this.emit('block', bytes)
  }

  /** Whoever closed its copy of a volume may open it again. */
  private ask(): void {
    for (const { core } of this.cores.values()) {
      if (core.opened && core.peers.every((peer) => peer.remoteLength === 0)) reopenChannels(core)
    }
  }

  private watch(): void {
    for (const tracked of this.cores.values()) if (hasHolder(tracked.core)) tracked.seen = Date.now()
    if (Date.now() - this.lastBlock > QUIET) this.ask()
    if (this.ranges.size === 0) this.lastBlock = Date.now()
    if (this.over) return
    const idle = Date.now() - this.lastBlock
    if (idle > WAITING_MS * (this.waits + 1)) {
      this.waits++
      this.emit('waiting')
    }
    if (idle < WAITING_MS) this.waits = 0
    if (idle <= this.options.stall) return
    this.stalled.abort()
    for (const range of this.ranges) range.destroy()
  }
}

function inflightOf(batches: readonly PlannedBatch[]): number {
  const bytes = batches.reduce((sum, { wireBytes }) => sum + wireBytes, 0)
  const blocks = Math.ceil((INFLIGHT_BYTES * batches.length) / Math.max(1, bytes))
  return Math.min(Math.max(blocks, INFLIGHT_LEAST), INFLIGHT_MOST)
}

function hasHolder(core: Hypercore): boolean {
  return core.length > 0 && core.peers.some((peer) => peer.remoteContiguousLength === core.length)
}

/**
 * Waits that an abort ends. A race with one promise that lives as long as the pull would keep every block that ever won
 * such a race.
 */
class Ending {
  private readonly waiting = new Set<() => void>()
  private readonly signals: readonly AbortSignal[]

  constructor(...signals: AbortSignal[]) {
    this.signals = signals
    for (const signal of signals) signal.addEventListener('abort', () => this.end(), { once: true })
  }

  /** The promise's value, or null once one of the signals aborts. */
  async race<T>(promise: Promise<T>): Promise<T | null> {
    if (this.signals.some((signal) => signal.aborted)) return null
    let end = noop
    const ended = new Promise<null>((resolve) => (end = () => resolve(null)))
    this.waiting.add(end)
    try {
      return await Promise.race([promise, ended])
    } finally {
      this.waiting.delete(end)
    }
  }

  private end(): void {
    for (const end of this.waiting) end()
  }
}

function wrongVolume({ volume }: PlannedVolume): VdataError {
  return new VdataError(
    'verification',
    'WRONG_VOLUME',
    `The index says that volume ${volume.id} has ${volume.entry.length} blocks, and it has not.`,
    'Tell the moderator: the index has to be mended.'
  )
}

function noop(): void {}
