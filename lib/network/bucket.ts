/** Bytes that may go at once after a pause, as a part of a second's worth: enough to bridge a late timer. */
const BURST = 0.1
/** What is smaller than this goes first: a reader of the index does not stand in line behind whole batches. */
const SMALL = 16 * 1024
/** Nobody has more requests standing in line. */
const LANE_MAX = 4_096
/** Longest time that a timer sleeps, so that a rate that was changed is noticed. */
const NAP = 1_000

interface Waiter {
  bytes: number
  wanted: () => boolean
  resolve: (granted: boolean) => void
}

/**
 * A limit of bytes a second, shared fairly by those who want some: a token bucket that may be overdrawn by one grant, so
 * that a block larger than the burst passes too, and the rate holds on average. It runs on the monotonic clock: setting the
 * computer's clock changes nothing.
 *
 * Those who wait take turns by lane (a connection, a download), in each lane small things first.
 */
export class Bucket {
  private limit: number
  private tokens = 0
  private filled: number
  private readonly lanes = new Map<object, { small: Waiter[]; large: Waiter[] }>()
  private timer: NodeJS.Timeout | null = null
  private readonly now: () => number

  /** @param rate bytes a second; Infinity for no limit, 0 for nothing at all */
  constructor(rate = Infinity, now: () => number = () => performance.now()) {
    this.limit = rate
    this.now = now
    this.filled = now()
  }

  get rate(): number {
    return this.limit
  }

  set rate(rate: number) {
    if (rate === this.limit) return
    this.refill()
    this.limit = rate
    // Debt that was made at a high rate would keep a low one waiting for minutes, and the other way round.
    this.tokens = 0
    this.pump()
  }

  /** Whether nobody has to wait. */
  get open(): boolean {
    return this.limit === Infinity
  }

  get waiting(): number {
    let count = 0
    for (const { small, large } of this.lanes.values()) count += small.length + large.length
    return count
  }

  /**
   * Waits for its turn.
   * @param wanted asked when the turn comes: whoever no longer wants it does not pay
   * @returns false where it was no longer wanted, or the lane was dropped or is too long
   */
  take(bytes: number, lane: object, wanted: () => boolean = always): Promise<boolean> {
    if (this.open) return Promise.resolve(true)
    let queues = this.lanes.get(lane)
    if (!queues) this.lanes.set(lane, (queues = { small: [], large: [] }))
    const queue = bytes < SMALL ? queues.small : queues.large
    if (queue.length >= LANE_MAX) return Promise.resolve(false)
    const granted = new Promise<boolean>((resolve) => queue.push({ bytes, wanted, resolve }))
    this.pump()
    return granted
  }

  /** Corrects what was taken by what it really was; negative gives back. */
  charge(bytes: number): void {
    if (!this.open) this.tokens -= bytes
  }

  /** Sends away everybody who waits in a lane. */
  drop(lane: object): void {
    const queues = this.lanes.get(lane)
    this.lanes.delete(lane)
    for (const { resolve } of [...(queues?.small ?? []), ...(queues?.large ?? [])]) resolve(false)
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    for (const lane of this.lanes.keys()) this.drop(lane)
  }

  private pump(): void {
    this.refill()
    for (let next = this.next(); next; next = this.next()) {
      if (!next.wanted()) {
        next.resolve(false)
        continue
      }
      if (!this.open) this.tokens -= next.bytes
      next.resolve(true)
    }
    this.schedule()
  }

  /** The next one whose turn it is, where there is something to give. */
  private next(): Waiter | null {
    if (this.tokens <= 0 && !this.open) return null
    for (const kind of ['small', 'large'] as const) {
      for (const [lane, queues] of this.lanes) {
        const waiter = queues[kind].shift()
        if (!waiter) continue
        // To the end of the line.
        this.lanes.delete(lane)
        if (queues.small.length + queues.large.length > 0) this.lanes.set(lane, queues)
        return waiter
      }
    }
    return null
  }

  private refill(): void {
    const now = this.now()
    const elapsed = Math.max(0, now - this.filled) / 1000
    this.filled = now
    this.tokens = this.open ? 0 : Math.min(this.limit * BURST, this.tokens + elapsed * this.limit)
  }

  private schedule(): void {
    if (this.timer || this.lanes.size === 0 || this.limit === 0) return
    const wait = Math.min(NAP, Math.ceil(((1 - this.tokens) / this.limit) * 1000))
    this.timer = setTimeout(() => {
      this.timer = null
      this.pump()
    }, wait)
  }
}

function always(): boolean {
  return true
}
