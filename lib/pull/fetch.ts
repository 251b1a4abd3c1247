import { EventEmitter, once } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { VdataError } from '../errors.js'
import { runsOf, type PlannedVolume } from './plan.js'

/** Volumes that are fetched at once. */
const VOLUMES_AT_ONCE = 4

export interface FetchOptions {
  /** Milliseconds without a block after which the pull gives up; what came stays. */
  stall: number
  signal?: AbortSignal
}

/**
 * Fetches the planned blocks into the store, several volumes at once, in the order in which they are needed. What is in
 * the store already, from an earlier pull or one that was interrupted, is not asked for again.
 *
 * Emits `block` with the bytes of each that arrives.
 */
export class Fetcher extends EventEmitter {
  /** Bytes that came over the network. */
  received = 0
  private readonly store: Corestore
  private readonly options: FetchOptions
  private readonly cores = new Map<string, Hypercore>()
  private readonly ranges = new Set<Hypercore.Range>()
  private readonly failure = new AbortController()
  private lastBlock = Date.now()
  private running: Promise<void> = Promise.resolve()

  constructor(store: Corestore, options: FetchOptions) {
    super()
    this.store = store
    this.options = options
  }

  /** Aborted when the pull cannot go on: its reason says why. */
  get signal(): AbortSignal {
    return this.failure.signal
  }

  start(volumes: PlannedVolume[]): void {
    const queue = [...volumes]
    const worker = async () => {
      for (let next = queue.shift(); next && !this.failure.signal.aborted; next = queue.shift()) await this.fetch(next)
    }
    this.running = Promise.all(Array.from({ length: VOLUMES_AT_ONCE }, worker)).then(
      () => {},
      (error) => this.failure.abort(error)
    )
    this.options.signal?.addEventListener('abort', this.onabort, { once: true })
    this.watch()
  }

  /** The core of a planned volume, open. */
  async core({ volume }: PlannedVolume): Promise<Hypercore> {
    let core = this.cores.get(volume.id)
    if (!core) {
      core = this.store.get({ key: volume.key })
      core.on('download', (_index: number, bytes: number) => this.onblock(bytes))
      this.cores.set(volume.id, core)
    }
    await core.ready()
    return core
  }

  /**
   * The core of a planned volume once its length is known, so that its blocks can be asked for.
   *
   * @throws VdataError WRONG_VOLUME where the index says something else of it than the volume itself.
   */
  async known(planned: PlannedVolume): Promise<Hypercore> {
    const core = await this.core(planned)
    if (core.length === 0) await once(core, 'append', { signal: this.signal })
    if (core.length !== planned.volume.entry.length) throw wrongVolume(planned)
    return core
  }

  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.onabort)
    clearInterval(this.timer)
    if (!this.failure.signal.aborted) this.failure.abort(new Error('closed'))
    for (const range of this.ranges) range.destroy()
    await this.running
    for (const core of this.cores.values()) await core.close()
  }

  private timer: NodeJS.Timeout | undefined

  private readonly onabort = () => this.failure.abort(this.options.signal!.reason)

  private async fetch(planned: PlannedVolume): Promise<void> {
    const core = await this.core(planned)
    for (const { from, to } of runsOf(planned.batches)) {
      if (this.failure.signal.aborted) return
      // Block 0 is the volume's header. In the order in which they are written: else the writer waits for a block that
      // comes late, and then works when all of them are here and the wire is idle.
      const range = core.download({ start: from + 1, end: to + 1, linear: true })
      this.ranges.add(range)
      await range.done().catch((error) => {
        if (!this.failure.signal.aborted) throw error
      })
      this.ranges.delete(range)
    }
  }

  private onblock(bytes: number): void {
    this.lastBlock = Date.now()
    this.received += bytes
    this.emit('block', bytes)
  }

  private watch(): void {
    this.lastBlock = Date.now()
    this.timer = setInterval(() => {
      if (this.ranges.size === 0) this.lastBlock = Date.now()
      if (Date.now() - this.lastBlock > this.options.stall)
        this.failure.abort(stalled(this.missing(), this.options.stall))
    }, 500)
    this.timer.unref()
  }

  private missing(): string[] {
    return [...this.cores]
      .filter(([, core]) => core.contiguousLength < core.length || core.length === 0)
      .map(([id]) => id)
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

function stalled(missing: string[], stall: number): VdataError {
  const which = missing.length === 1 ? `volume ${missing[0]}` : `${missing.length} volumes`
  return new VdataError(
    'unfinished',
    'STALLED',
    `Nothing of ${which} arrived for ${Math.round(stall / 1000)} seconds: nobody who has it can be reached now.`,
    'Run the same command again later: what arrived is kept, and it goes on from there.'
  )
}
