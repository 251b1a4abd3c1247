import { z } from 'zod'
import { readJson, writeJson } from '../lib/files.js'

const amounts = z.object({ served: z.number().nonnegative(), fetched: z.number().nonnegative() })
const usageFile = z.object({ version: z.literal(1), months: z.record(z.string().regex(/^\d{6}$/), amounts) })

/** Months that are remembered. */
const MONTHS = 13
/** Milliseconds between two writes of the file: so much may be lost of the count when the process is killed. */
const SAVE_EVERY = 10_000

/**
 * Bytes served and fetched, by calendar month (UTC), on disk. Each month counts for itself, so that a clock that jumps and
 * is set right again neither spends a cap twice nor forgets what was spent.
 */
export class Usage {
  private readonly path: string
  private readonly months: Map<string, z.infer<typeof amounts>>
  private readonly clock: () => Date
  private timer: NodeJS.Timeout | null = null

  private constructor(path: string, months: Map<string, z.infer<typeof amounts>>, clock: () => Date) {
    this.path = path
    this.months = months
    this.clock = clock
  }

  static async open(path: string, clock: () => Date = () => new Date()): Promise<Usage> {
    const parsed = usageFile.safeParse(await readJson(path))
    return new Usage(path, new Map(parsed.success ? Object.entries(parsed.data.months) : []), clock)
  }

  /** The month that counts now, as 202611. */
  get month(): number {
    const now = this.clock()
    return now.getUTCFullYear() * 100 + now.getUTCMonth() + 1
  }

  get served(): number {
    return this.current.served
  }

  get fetched(): number {
    return this.current.fetched
  }

  add(kind: 'served' | 'fetched', bytes: number): void {
    this.current[kind] += bytes
    this.timer ??= setTimeout(() => {
      this.timer = null
      // The next one tries again; a full disk is said elsewhere.
      this.save().catch(() => {})
    }, SAVE_EVERY).unref()
  }

  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    await this.save().catch(() => {})
  }

  private get current(): z.infer<typeof amounts> {
    const month = String(this.month)
    let found = this.months.get(month)
    if (!found) this.months.set(month, (found = { served: 0, fetched: 0 }))
    return found
  }

  private async save(): Promise<void> {
    const newest = [...this.months].sort(([a], [b]) => Number(b) - Number(a)).slice(0, MONTHS)
    await writeJson(this.path, { version: 1, months: Object.fromEntries(newest) })
  }
}
