import type Corestore from 'corestore'
import type { Drop } from '../lib/dataset/entries.js'
import type { ListedVolume } from '../lib/dataset/reader.js'
import { clearBlock } from '../lib/network/internals-disk.js'
import { decodeZoneMap } from '../lib/volume/zonemap-codec.js'

/** Blocks of a volume that hold a record which the moderator wants purged: seeders keep and serve none of them. */
export function purgesOf({ entry }: ListedVolume, drops: readonly Drop[]): ReadonlySet<number> {
  const purges = drops.filter(({ scope }) => scope === 'purge')
  if (purges.length === 0) return NONE
  return purgedBlocks(
    purges,
    decodeZoneMap(entry.zone_map).map(({ records }) => records)
  )
}

const NONE: ReadonlySet<number> = new Set()

/**
 * The blocks that nobody shall have any more. What another dataset that is followed here still gives out stays: nobody can
 * purge what is not theirs by listing it too.
 */
export function purgedByAll(
  datasets: readonly { purged: ReadonlyMap<string, ReadonlySet<number>>; listed: readonly { id: string }[] }[]
): Map<string, ReadonlySet<number>> {
  const wanted = new Map<string, ReadonlySet<number>>()
  const ids = new Set(datasets.flatMap(({ purged }) => [...purged.keys()]))
  for (const { purged, listed } of ids.size > 0 ? datasets : []) {
    for (const { id } of listed) {
      if (!ids.has(id)) continue
      const own = purged.get(id) ?? new Set<number>()
      const others = wanted.get(id)
      wanted.set(id, others ? new Set([...others].filter((block) => own.has(block))) : own)
    }
  }
  return wanted
}

/** @param batches records of each batch of the volume, in order; batch 0 is block 1 */
export function purgedBlocks(drops: readonly Pick<Drop, 'ranges'>[], batches: readonly number[]): Set<number> {
  const ranges = drops.flatMap((drop) => drop.ranges)
  const blocks = new Set<number>()
  let first = 0
  for (const [batch, records] of batches.entries()) {
    const last = first + records - 1
    if (ranges.some(({ from, to }) => from <= last && to >= first)) blocks.add(batch + 1)
    first += records
  }
  return blocks
}

/** Clears blocks of a volume, those of them that are here, and says how many. */
export async function clearBlocks(store: Corestore, key: Buffer, blocks: ReadonlySet<number>): Promise<number> {
  const core = store.get({ key })
  await core.ready()
  let cleared = 0
  for (const block of blocks) {
    if (block >= core.length || !(await core.has(block))) continue
    await clearBlock(core, block)
    cleared++
  }
  await core.close()
  return cleared
}
