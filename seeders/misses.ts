/** Milliseconds: so often at least is asked for what nobody had. */
const LONGEST_WAIT = 10 * 60_000

/** Volumes that could not be had: how often, and when to ask for each again. */
export class Misses {
  private readonly again: number
  private readonly misses = new Map<string, { times: number; until: number }>()

  /** @param again milliseconds until a volume is asked for again after the first miss; twice as many after each further one */
  constructor(again: number) {
    this.again = again
  }

  add(id: string): void {
    const times = (this.misses.get(id)?.times ?? 0) + 1
    const wait = Math.min(this.again * 2 ** (times - 1), LONGEST_WAIT)
    this.misses.set(id, { times, until: performance.now() + wait })
  }

  /** Never to be asked for again: it is not what was listed. */
  addForGood(id: string): void {
    this.misses.set(id, { times: 1, until: Infinity })
  }

  delete(id: string): void {
    this.misses.delete(id)
  }

  /** Somebody new may have what nobody had. */
  forgive(): void {
    for (const miss of this.misses.values()) if (Number.isFinite(miss.until)) miss.until = 0
  }

  /** Of these volumes those that may be asked for now: all that were not missed, or else those whose time has come. */
  due<T extends { id: string }>(volumes: readonly T[]): T[] {
    const now = performance.now()
    const due = volumes.filter(({ id }) => (this.misses.get(id)?.until ?? 0) <= now)
    const fresh = due.filter(({ id }) => !this.misses.has(id))
    return fresh.length > 0 ? fresh : due
  }
}
