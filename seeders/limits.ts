import { EventEmitter } from 'node:events'
import { Bucket } from '../lib/network/bucket.js'
import { within, type Hours } from './schedule.js'
import type { Usage } from './usage.js'

export interface LimitOptions {
  /** Bytes a second. */
  up?: number
  down?: number
  /** Hours in which there is no limit. */
  fullSpeed?: readonly Hours[]
  /** Bytes that may go up and down in a calendar month. */
  monthly?: number
}

/** Why nothing moves: the owner said so, or the month's bytes are used up. */
export type Halt = 'paused' | 'month'

const TICK = 1_000
/** A clock that moves by this much more or less than time passes was set. */
const JUMP = 60_000

/**
 * What the node may use of the connection, at each moment.
 *
 * Events: `halt` with a Halt or null when that changes, `clock` with the milliseconds by which the clock jumped.
 */
export class Limits extends EventEmitter {
  readonly up = new Bucket()
  readonly down = new Bucket()
  halt: Halt | null = null
  private readonly options: LimitOptions
  private readonly usage: Usage
  private readonly clock: () => number
  private paused = false
  private timer: NodeJS.Timeout
  private offset: number

  constructor(options: LimitOptions, usage: Usage, clock: () => number = Date.now) {
    super()
    this.options = options
    this.usage = usage
    this.clock = clock
    this.offset = clock() - performance.now()
    this.apply()
    this.timer = setInterval(() => this.tick(), TICK).unref()
  }

  pause(): void {
    this.paused = true
    this.apply()
  }

  resume(): void {
    this.paused = false
    this.apply()
  }

  /** Bytes left of the month's; null where there is no cap. */
  get left(): number | null {
    const { monthly } = this.options
    return monthly === undefined ? null : Math.max(0, monthly - this.usage.served - this.usage.fetched)
  }

  get fullSpeed(): boolean {
    return within(this.options.fullSpeed ?? [], new Date(this.clock()))
  }

  close(): void {
    clearInterval(this.timer)
    this.up.close()
    this.down.close()
  }

  /** Looks at the clock and the month. */
  tick(): void {
    const offset = this.clock() - performance.now()
    const jump = offset - this.offset
    this.offset = offset
    if (Math.abs(jump) > JUMP) this.emit('clock', jump)
    this.apply()
  }

  private apply(): void {
    const { up = Infinity, down = Infinity } = this.options
    const halt = this.paused ? 'paused' : this.left === 0 ? 'month' : null
    const free = this.fullSpeed
    this.up.rate = halt ? 0 : free ? Infinity : up
    this.down.rate = halt ? 0 : free ? Infinity : down
    if (halt === this.halt) return
    this.halt = halt
    this.emit('halt', halt)
  }
}
