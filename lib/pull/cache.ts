import { join } from 'node:path'
import type Corestore from 'corestore'
import { z } from 'zod'
import { cacheFolder, openCache } from '../dataset/cache-store.js'
import { parseKey } from '../dataset/link.js'
import { readJson, writeJson } from '../files.js'
import { sweepBlocks } from '../network/diverted.js'
import { eraseCore } from '../network/internals-disk.js'
import { closeStore, type Holder } from '../network/store.js'
import type { ListedVolume } from '../dataset/reader.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import type { Plan } from './plan.js'

/** A volume that is here, whole or in part. */
const cachedVolume = z.object({
  /** The dataset for which it was fetched: its index's key. */
  dataset: z.string(),
  /** Bytes of its blocks that are here, about. */
  bytes: z.number().nonnegative(),
  /** When it was last used, and when somebody was last seen with it; milliseconds since 1970. */
  used: z.number(),
  seen: z.number().nullable()
})
export type CachedVolume = z.infer<typeof cachedVolume>

const ledgerFile = z.object({ version: z.literal(1), volumes: z.record(z.string(), cachedVolume) })

/** What the cache holds of whom. It is a note, not the truth: without it, nothing but the order of eviction is lost. */
export class CacheLedger {
  private readonly path: string
  readonly volumes: Map<string, CachedVolume>

  private constructor(path: string, volumes: Map<string, CachedVolume>) {
    this.path = path
    this.volumes = volumes
  }

  static async open(home: string): Promise<CacheLedger> {
    const path = join(home, 'cache', 'volumes.json')
    const parsed = ledgerFile.safeParse(await readJson(path))
    return new CacheLedger(path, new Map(Object.entries(parsed.success ? parsed.data.volumes : {})))
  }

  /** Milliseconds since 1970 when somebody was last seen with a volume. */
  get seen(): Map<string, number> {
    return new Map([...this.volumes].flatMap(([id, { seen }]) => (seen === null ? [] : [[id, seen] as const])))
  }

  get bytes(): number {
    return [...this.volumes.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The volumes to let go of, least recently used first, so that at most `most` bytes remain; `kept` ones stay. */
  surplus(most: number, kept: ReadonlySet<string>): string[] {
    let over = this.bytes - most
    const gone: string[] = []
    for (const [id, { bytes }] of [...this.volumes].sort(([, a], [, b]) => a.used - b.used)) {
      if (over <= 0) break
      if (kept.has(id)) continue
      gone.push(id)
      over -= bytes
    }
    return gone
  }

  async save(): Promise<void> {
    await writeJson(this.path, { version: 1, volumes: Object.fromEntries(this.volumes) })
  }
}

/** What a fetch does to the cache, from before it begins until it is over. */
export class CacheUse {
  private readonly ledger: CacheLedger
  private readonly store: Corestore
  private readonly plan: Plan
  /** What was noted of the plan's volumes before. */
  private readonly before: ReadonlyMap<string, CachedVolume>

  private constructor(ledger: CacheLedger, store: Corestore, plan: Plan) {
    this.ledger = ledger
    this.store = store
    this.plan = plan
    this.before = new Map(ledger.volumes)
  }

  /** Notes what a plan may bring, before it is fetched: what a process leaves behind that is killed is not forgotten. */
  static async begin(ledger: CacheLedger, store: Corestore, dataset: string, plan: Plan): Promise<CacheUse> {
    const use = new CacheUse(ledger, store, plan)
    for (const { volume, batches } of plan.volumes) {
      const own = use.before.get(volume.id)
      const bytes = batches.reduce((sum, { wireBytes }) => sum + wireBytes, own?.bytes ?? 0)
      const most = Math.min(volume.entry.bytes, bytes)
      ledger.volumes.set(volume.id, { dataset, bytes: most, used: Date.now(), seen: own?.seen ?? null })
    }
    await ledger.save()
    return use
  }

  /**
   * Notes what is here now, and lets go of what is over the limit and was not used.
   * @param opened the volumes of which something was asked for, and when somebody was last seen with each, or null
   * @param most bytes that the cache may have
   */
  async end(opened: ReadonlyMap<string, number | null>, most = Infinity): Promise<void> {
    const { ledger, store, plan, before } = this
    for (const { volume } of plan.volumes) {
      const now = opened.get(volume.id)
      const noted = ledger.volumes.get(volume.id)
      const own = before.get(volume.id)
      if (now !== undefined && noted) {
        ledger.volumes.set(volume.id, { ...noted, bytes: await bytesHere(store, volume), seen: now ?? noted.seen })
      } else if (own) ledger.volumes.set(volume.id, own)
      else ledger.volumes.delete(volume.id)
    }
    await ledger.save()
    await evict(store, ledger, ledger.surplus(most, new Set(opened.keys())))
  }
}

/** Bytes of a volume's batches that are in the store. */
async function bytesHere(store: Corestore, { key, entry }: ListedVolume): Promise<number> {
  const core = store.get({ key })
  try {
    await core.ready()
    if (core.contiguousLength === entry.length) return entry.bytes
    let bytes = 0
    for (const [index, { wireBytes }] of decodeZoneMap(entry.zone_map).entries()) {
      if (await core.has(index + 1)) bytes += wireBytes
    }
    return bytes
  } finally {
    await core.close()
  }
}

/** Removes volumes from a cache and gives their space back. */
export async function evict(store: Corestore, ledger: CacheLedger, ids: readonly string[]): Promise<number> {
  let freed = 0
  for (const id of ids) {
    const core = store.get({ key: parseKey(id) })
    await eraseCore(store, core)
    freed += ledger.volumes.get(id)?.bytes ?? 0
    ledger.volumes.delete(id)
    await ledger.save()
  }
  if (ids.length > 0) await sweepBlocks(store.storage)
  return freed
}

export interface CacheOptions {
  home: string
  /** Only what was fetched for this dataset: its index's key, z-base-32. */
  dataset?: string
  signal?: AbortSignal
  onWait?: (holder: Holder | null) => void
}

export interface CacheSummary {
  bytes: number
  datasets: { dataset: string; volumes: number; bytes: number; used: string }[]
}

/** What the cache holds, by dataset. */
export async function describeCache({ home, dataset }: CacheOptions): Promise<CacheSummary> {
  const ledger = await CacheLedger.open(home)
  const datasets = new Map<string, { volumes: number; bytes: number; used: number }>()
  for (const volume of ledger.volumes.values()) {
    if (dataset !== undefined && volume.dataset !== dataset) continue
    const sum = datasets.get(volume.dataset) ?? { volumes: 0, bytes: 0, used: 0 }
    datasets.set(volume.dataset, {
      volumes: sum.volumes + 1,
      bytes: sum.bytes + volume.bytes,
      used: Math.max(sum.used, volume.used)
    })
  }
  const list = [...datasets].map(([id, sum]) => ({ dataset: id, ...sum, used: new Date(sum.used).toISOString() }))
  return { bytes: list.reduce((sum, { bytes }) => sum + bytes, 0), datasets: list }
}

/**
 * Empties the cache, of all or of one dataset, or down to `keep` bytes. Indexes stay: they are what an older state is
 * refused by.
 */
export async function clearCache(
  options: CacheOptions & { keep?: number }
): Promise<{ volumes: number; bytes: number }> {
  const { home, dataset, signal, onWait, keep } = options
  const store = await openCache(home, { purpose: 'cache clear', signal, onWait })
  try {
    const ledger = await CacheLedger.open(home)
    const others = [...ledger.volumes].filter(([, volume]) => dataset !== undefined && volume.dataset !== dataset)
    const gone = ledger.surplus(keep ?? 0, new Set(others.map(([id]) => id)))
    const bytes = await evict(store, ledger, gone)
    return { volumes: gone.length, bytes }
  } finally {
    await closeStore(store, cacheFolder(home))
  }
}
