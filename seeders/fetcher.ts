import { setMaxListeners } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { Bucket } from '../lib/network/bucket.js'
import { letGo } from '../lib/network/internals.js'
import type { Connection } from '../lib/network/node.js'
import type { Room } from './room.js'

/** A volume as an index lists it: what a seeder needs of it. */
export interface Listed {
  /** The volume's key, as bytes and as z-base-32. */
  key: Buffer
  id: string
  /** The prefix by which statements name it, in hexadecimal. */
  prefix: string
  length: number
  bytes: number
  /** The dataset's index key. */
  index: Buffer
}

/**
 * How it ended: all of it is here, nobody had it, it did not fit, what came was not what the index lists, the fetcher was
 * stopped.
 */
export type Outcome = 'whole' | 'nobody' | 'no room' | 'not as listed' | 'stopped'

export interface FetcherOptions {
  store: Corestore
  room: Room
  down: Bucket
  connections(): Iterable<Connection>
  onbytes(bytes: number): void
  /** Milliseconds without a peer who has it, and without a block from those who do, after which it is left for later. */
  lonely?: number
  stall?: number
}

/** Bytes asked for in one go, and those that may be on their way at a time. */
const CHUNK = 1024 * 1024
const WINDOW = 16 * 1024 * 1024

/**
 * Gets volumes, asking for a few blocks at a time: each time only once there is room for them on the disk, and at the
 * rate that the owner allows. What was not asked for does not come.
 */
export class Fetcher {
  private readonly options: FetcherOptions
  private readonly open = new Set<Hypercore>()
  private stopped = stoppable()
  private closed = false

  constructor(options: FetcherOptions) {
    this.options = options
  }

  /** Bytes of what is being fetched that are here. */
  get progress(): { id: Buffer; blocks: number }[] {
    return [...this.open].map((core) => ({ id: core.key, blocks: core.contiguousLength }))
  }

  /** A store that opens cores on demand offers a new peer nothing; those that we want are offered here. */
  attach(connection: Connection): void {
    for (const core of this.open) core.replicate(connection)
  }

  /** Ends what runs, and lets nothing begin until `resume`. */
  pause(): void {
    this.stopped.abort()
  }

  resume(): void {
    if (!this.closed && this.stopped.signal.aborted) this.stopped = stoppable()
  }

  close(): void {
    this.closed = true
    this.stopped.abort()
  }

  /** @param skip blocks that are not wanted */
  async fetch(volume: Listed, skip: ReadonlySet<number> = NONE): Promise<Outcome> {
    const { signal } = this.stopped
    if (signal.aborted) return 'stopped'
    const core = this.options.store.get({ key: volume.key })
    await core.ready()
    this.open.add(core)
    try {
      if (isHere(core, volume)) return 'whole'
      for (const connection of this.options.connections()) core.replicate(connection)
      return await new Run(core, volume, skip, this.options, signal).run()
    } finally {
      this.open.delete(core)
      await letGo(core)
    }
  }
}

/** Whether all blocks of a volume are here. */
export function isHere(core: Hypercore, { length }: Pick<Listed, 'length'>): boolean {
  return core.length === length && core.contiguousLength === length
}

/** How much of a volume is in a store: whether all of it, and about how many bytes. */
export async function foundOf(store: Corestore, volume: Listed): Promise<{ whole: boolean; bytes: number }> {
  const core = store.get({ key: volume.key })
  try {
    await core.ready()
    const { length, bytes } = volume
    const part = length > 0 ? (bytes * Math.min(core.contiguousLength, length)) / length : 0
    return { whole: isHere(core, volume), bytes: part }
  } finally {
    await core.close()
  }
}

/** A run of blocks that was asked for, and the bytes of it that came. */
interface Asked {
  range: Hypercore.Range
  start: number
  end: number
  here: number
}

/** What a volume takes on disk: its blocks, and their tree. */
export function costOf(bytes: number): number {
  return Math.ceil(bytes * 1.01) + 16 * 1024
}

/** Volumes fetched at once, at most. */
const BATCH_COUNT = 64

/** The first of the volumes to get: one alone, or several small ones of so many bytes together. */
export function batchOf(volumes: readonly Listed[], most: number): Listed[] {
  const batch: Listed[] = []
  let bytes = 0
  for (const volume of volumes) {
    bytes += volume.bytes
    if (batch.length > 0 && (bytes > most || batch.length >= BATCH_COUNT)) break
    batch.push(volume)
  }
  return batch
}

/** The download of one volume. */
class Run {
  private readonly asked = new Set<Asked>()
  private outstanding = 0
  private heard = performance.now()
  private outcome: Outcome | null = null
  private wake: (() => void) | null = null

  constructor(
    private readonly core: Hypercore,
    private readonly volume: Listed,
    private readonly skip: ReadonlySet<number>,
    private readonly options: FetcherOptions,
    private readonly signal: AbortSignal
  ) {}

  async run(): Promise<Outcome> {
    const { core, options, signal } = this
    const onblock = (index: number, bytes: number) => {
      this.heard = performance.now()
      options.onbytes(bytes)
      for (const asked of this.asked) if (index >= asked.start && index < asked.end) asked.here += bytes
    }
    const onabort = () => this.end('stopped')
    const timer = setInterval(() => this.watch(), 250)
    core.on('download', onblock)
    signal.addEventListener('abort', onabort, { once: true })
    try {
      for await (const [start, end] of this.missing()) {
        await this.ask(start, end)
        if (this.outcome) return this.outcome
      }
      while (this.asked.size > 0 && !this.outcome) await this.change()
      return this.outcome ?? 'whole'
    } finally {
      clearInterval(timer)
      core.off('download', onblock)
      signal.removeEventListener('abort', onabort)
      for (const { range } of this.asked) range.destroy()
      options.down.drop(this)
    }
  }

  /** Runs of blocks that are neither here nor unwanted, of about CHUNK bytes. */
  private async *missing(): AsyncGenerator<[start: number, end: number]> {
    const { core, volume, skip } = this
    const most = Math.max(1, Math.floor(CHUNK / this.mean))
    let start = -1
    for (let i = Math.min(core.contiguousLength, volume.length); i <= volume.length; i++) {
      const wanted = i < volume.length && !skip.has(i) && !(await core.has(i))
      if (start >= 0 && (!wanted || i - start >= most)) {
        yield [start, i]
        start = -1
      }
      if (wanted && start < 0) start = i
    }
  }

  private async ask(start: number, end: number): Promise<void> {
    const { options, core } = this
    const bytes = Math.ceil((end - start) * this.mean)
    while (this.outstanding > 0 && this.outstanding + bytes > WINDOW && !this.outcome) await this.change()
    if (this.outcome) return
    if (!(await options.room.take(bytes))) return this.end('no room')
    const granted = await options.down.take(bytes, this)
    if (this.outcome || !granted) {
      options.room.giveBack(bytes)
      return this.end('stopped')
    }
    this.heard = performance.now()
    this.outstanding += bytes
    const asked: Asked = { range: core.download({ start, end }), start, end, here: 0 }
    this.asked.add(asked)
    const settle = () => {
      this.asked.delete(asked)
      this.outstanding -= bytes
      options.down.charge(asked.here - bytes)
      options.room.settle(asked.here)
      options.room.giveBack(bytes - asked.here)
      this.wake?.()
    }
    void asked.range.done().catch(noop).then(settle)
  }

  private watch(): void {
    const { core, volume, options } = this
    // The size of a static core is known before its first block comes.
    if (core.length > 0 && (core.length !== volume.length || core.byteLength !== volume.bytes))
      this.end('not as listed')
    if (this.outstanding === 0) return
    const silent = performance.now() - this.heard
    const patience = core.peers.some((peer) => peer.remoteLength > 0)
      ? (options.stall ?? 20_000)
      : (options.lonely ?? 5_000)
    if (silent > patience) this.end('nobody')
  }

  private end(outcome: Outcome): void {
    this.outcome ??= outcome
    this.options.down.drop(this)
    this.wake?.()
  }

  private async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.wake = resolve))
    this.wake = null
  }

  private get mean(): number {
    return Math.max(1, this.volume.bytes / this.volume.length)
  }
}

const NONE: ReadonlySet<number> = new Set()

/** Ends many downloads at once. */
function stoppable(): AbortController {
  const stopped = new AbortController()
  setMaxListeners(0, stopped.signal)
  return stopped
}

function noop(): void {}
