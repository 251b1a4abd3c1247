import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { Bucket } from './bucket.js'
import { HangUp } from './hang-up.js'
import { gateRequests } from './internals.js'

/** What carries a block over the wire besides it: proofs, encryption, packets. Measured: 2.5 to 3 %. */
const OVERHEAD = 1.03
/**
 * Bytes of blocks that are read for one connection at a time. Hypercore reads all that a peer asks for at once, 16 blocks
 * of each core and more, and with fifty pullers that is a gigabyte.
 */
const WINDOW = 1024 * 1024
/** Blocks of an index, for example. */
const SMALL = 16 * 1024

interface Waiter {
  bytes: number
  wanted: () => boolean
  resolve: (admitted: boolean) => void
}

/** What is being read for one connection, and what has to wait. */
interface Lane {
  busy: number
  waiting: Waiter[]
  /** Ends the connection unless it takes something before. */
  patience: NodeJS.Timeout | null
}

/** Requests of one connection that may wait; a peer that sends more is not answered. */
const MOST_WAITING = 8_192
/** Milliseconds in which a peer has to take a megabyte that it asked for: 2 kB a second. */
const PATIENCE = 8 * 60_000

/**
 * Limits and counts what a store serves. Only blocks count and wait; they wait before they are read, each connection in a
 * line of its own, so that everything else stays as quick as ever.
 */
export class Serving {
  /** Bytes of blocks that were served since this process began. */
  bytes = 0
  blocks = 0
  private readonly bucket: Bucket
  private readonly patience: number
  private readonly lanes = new WeakMap<Hypercore.Mux, Lane>()

  constructor(
    store: Corestore,
    bucket: Bucket,
    onserved?: (bytes: number, key: Buffer) => void,
    patience: number = PATIENCE
  ) {
    this.bucket = bucket
    this.patience = patience
    gateRequests(store, {
      admit: (bytes, mux, wanted) => this.admit(bytes, mux, wanted),
      finished: (bytes, mux) => {
        const lane = this.lane(mux)
        lane.busy -= bytes
        this.pump(lane, mux)
      },
      served: (bytes, expected, key) => {
        bucket.charge((bytes - expected) * OVERHEAD)
        this.bytes += bytes
        this.blocks++
        onserved?.(bytes, key)
      }
    })
  }

  private admit(bytes: number, mux: Hypercore.Mux, wanted: () => boolean): true | Promise<boolean> {
    const lane = this.lane(mux)
    // What is small does not stand in line behind whole batches.
    const small = bytes < SMALL && mux.drained
    if (small || (this.bucket.open && lane.waiting.length === 0 && fits(lane, mux, bytes))) {
      lane.busy += bytes
      if (this.bucket.open) return true
      return this.bucket.take(bytes * OVERHEAD, mux, wanted).then((granted) => {
        if (!granted) lane.busy -= bytes
        return granted
      })
    }
    if (lane.waiting.length >= MOST_WAITING) return Promise.resolve(false)
    const admitted = new Promise<boolean>((resolve) => lane.waiting.push({ bytes, wanted, resolve }))
    this.pump(lane, mux)
    return admitted
  }

  private lane(mux: Hypercore.Mux): Lane {
    const known = this.lanes.get(mux)
    if (known) return known
    const lane: Lane = { busy: 0, waiting: [], patience: null }
    this.lanes.set(mux, lane)
    mux.stream.on('drain', () => {
      calm(lane)
      this.pump(lane, mux)
    })
    mux.stream.once('close', () => {
      calm(lane)
      this.bucket.drop(mux)
      for (const { resolve } of lane.waiting.splice(0)) resolve(false)
    })
    return lane
  }

  private pump(lane: Lane, mux: Hypercore.Mux): void {
    if (!mux.drained && lane.waiting.length > 0) {
      lane.patience ??= setTimeout(() => mux.stream.destroy(new HangUp('deaf')), this.patience).unref()
    }
    for (let next = lane.waiting[0]; next && fits(lane, mux, next.bytes); next = lane.waiting[0]) {
      const { bytes, wanted, resolve } = next
      lane.waiting.shift()
      if (!wanted()) {
        resolve(false)
        continue
      }
      lane.busy += bytes
      this.bucket.take(bytes * OVERHEAD, mux, wanted).then(
        (granted) => {
          // Whoever is not granted never began.
          if (!granted) lane.busy -= bytes
          resolve(granted)
          if (!granted) this.pump(lane, mux)
        },
        () => resolve(false)
      )
    }
  }
}

function calm(lane: Lane): void {
  if (lane.patience) clearTimeout(lane.patience)
  lane.patience = null
}

/** Whether a block may be read now: what was read before has left, and little enough is being read. */
function fits(lane: Lane, mux: Hypercore.Mux, bytes: number): boolean {
  return mux.drained && (lane.busy === 0 || lane.busy + bytes <= WINDOW)
}
