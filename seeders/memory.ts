import { join } from 'node:path'
import { z } from 'zod'
import { formatLink, parseLink } from '../lib/dataset/link.js'
import { VdataError } from '../lib/errors.js'
import { readJson, writeJson } from '../lib/files.js'

const size = z.number().nonnegative()
const allowance = z
  .object({
    quota: size,
    keepFree: size,
    where: z.array(z.string()),
    contributor: z.array(z.string()),
    copies: size,
    up: size,
    down: size,
    fullSpeed: z.string(),
    month: size,
    inboxQuota: size,
    cost: z.object({ cents: size, currency: z.string().length(3) }),
    maxOut: size,
    maxIn: size
  })
  .partial()

/** What the owner allowed, in the command's own words. */
export type Allowance = z.infer<typeof allowance>

export const ALLOWANCES = allowance.keyof().options

const kept = z.object({ version: z.literal(1), links: z.array(z.string()), limits: allowance.default({}) })

/** What a seeder was told before: datasets, and limits. */
export interface Told {
  links: string[]
  limits: Allowance
}

/** The file in which a seeder remembers what it was told. */
export class SeedMemory {
  private readonly path: string

  constructor(directory: string) {
    this.path = join(directory, 'seed.json')
  }

  async recall(): Promise<Told> {
    const before = kept.safeParse(await readJson(this.path))
    return before.success ? { links: before.data.links, limits: before.data.limits } : { links: [], limits: {} }
  }

  /**
   * Adds to what it was told before; a limit takes the place of an earlier one.
   * @throws VdataError NOTHING_TO_SEED where no dataset was ever named.
   */
  async remember(links: readonly string[], told: Allowance = {}): Promise<Told> {
    const before = await this.recall()
    const all = new Set([...before.links, ...links.map((link) => formatLink(parseLink(link).key))])
    if (all.size === 0) {
      throw new VdataError(
        'config',
        'NOTHING_TO_SEED',
        'No dataset was named to seed.',
        'Name one: `vdata seed vdata://…`; from then on `vdata seed` alone goes on with it.'
      )
    }
    const now: Told = { links: [...all], limits: { ...before.limits, ...told } }
    if (links.length > 0 || Object.keys(told).length > 0) await this.write(now)
    return now
  }

  /** @throws VdataError NOT_SEEDED where it was not told of this dataset. */
  async forget(link: string): Promise<void> {
    const { links, limits: known } = await this.recall()
    const gone = formatLink(parseLink(link).key)
    if (!links.includes(gone)) {
      throw new VdataError(
        'usage',
        'NOT_SEEDED',
        `This seeder does not keep ${gone}.`,
        links.length > 0 ? `It keeps ${links.join(', ')}.` : 'It keeps none.'
      )
    }
    await this.write({ links: links.filter((each) => each !== gone), limits: known })
  }

  async forgetLimits(): Promise<void> {
    const { links } = await this.recall()
    if (links.length > 0) await this.write({ links, limits: {} })
  }

  private write(told: Told): Promise<void> {
    return writeJson(this.path, { version: 1, ...told })
  }
}
