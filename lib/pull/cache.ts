import { join } from 'node:path'
import type Corestore from 'corestore'
import { z } from 'zod'
import { parseKey } from '../dataset/link.js'
import { readJson, writeJson } from '../files.js'
import { eraseCore } from '../network/internals.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import { cacheFolder } from './session.js'

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

  /** Notes a use of a volume and what of it is here at least. */
  note(id: string, { dataset, bytes, seen }: { dataset: string; bytes: number; seen?: number }): void {
    const before = this.volumes.get(id)
    this.volumes.set(id, {
      dataset,
      bytes: Math.max(bytes, before?.bytes ?? 0),
      used: Date.now(),
      seen: seen ?? before?.seen ?? null
    })
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
  const directory = cacheFolder(home)
  const store = await openStore(directory, { purpose: 'cache clear', signal, onWait })
  try {
    const ledger = await CacheLedger.open(home)
    const others = [...ledger.volumes].filter(([, volume]) => dataset !== undefined && volume.dataset !== dataset)
    const gone = ledger.surplus(keep ?? 0, new Set(others.map(([id]) => id)))
    const bytes = await evict(store, ledger, gone)
    return { volumes: gone.length, bytes }
  } finally {
    await closeStore(store, directory)
  }
}
