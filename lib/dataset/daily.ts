import { z } from 'zod'
import { readJson, writeJson } from '../files.js'

const stored = z.object({
  day: z.string().max(10),
  total: z.number().nonnegative(),
  each: z.record(z.string().max(64), z.number().nonnegative())
})

/** Contributors that are counted one by one in a day; all others share one account. */
const MAX_CONTRIBUTORS = 10_000
const OTHERS = 'others'

export interface DailyLimits {
  /** Bytes of volumes taken in a day (UTC): in all, and from one contributor. */
  bytesADay: number
  bytesADayEach: number
}

/** Counts the bytes of volumes that came in today. It is kept across restarts. */
export class DailyBytes {
  private readonly path: string
  private readonly limits: DailyLimits
  private today = { day: '', total: 0, each: new Map<string, number>() }

  private constructor(path: string, limits: DailyLimits) {
    this.path = path
    this.limits = limits
  }

  static async open(path: string, limits: DailyLimits): Promise<DailyBytes> {
    const daily = new DailyBytes(path, limits)
    const parsed = stored.safeParse(await readJson(path))
    if (parsed.success) daily.today = { ...parsed.data, each: new Map(Object.entries(parsed.data.each)) }
    return daily
  }

  /** Why so many bytes more of a contributor are too much for today; null where they are not. */
  refuse(contributor: string, bytes: number): 'day_full' | 'contributor_day_full' | null {
    this.turn()
    if (this.today.total + bytes > this.limits.bytesADay) return 'day_full'
    const theirs = this.today.each.get(this.account(contributor)) ?? 0
    return theirs + bytes > this.limits.bytesADayEach ? 'contributor_day_full' : null
  }

  /** Counts a volume that came in. */
  async add(contributor: string, bytes: number): Promise<void> {
    this.turn()
    const account = this.account(contributor)
    this.today.total += bytes
    this.today.each.set(account, (this.today.each.get(account) ?? 0) + bytes)
    const { day, total, each } = this.today
    await writeJson(this.path, { day, total, each: Object.fromEntries(each) }, { shared: true })
  }

  private account(contributor: string): string {
    const { each } = this.today
    return each.has(contributor) || each.size < MAX_CONTRIBUTORS ? contributor : OTHERS
  }

  private turn(): void {
    const day = new Date().toISOString().slice(0, 10)
    if (this.today.day !== day) this.today = { day, total: 0, each: new Map() }
  }
}
