import { createHash } from 'node:crypto'
import type Hypercore from 'hypercore'
import { splitLines } from '../volume/frame.js'
import { VolumeReader } from '../volume/reader.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import { countRanges, droppedRanges, partsOf } from './drops.js'
import type { RecordRange } from './entries.js'
import type { IndexReader } from './reader.js'

/** Opens an accepted volume; whoever asked closes it. */
export type OpenVolume = (id: string) => Promise<Hypercore>

export interface FileDigest {
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

/**
 * The file that everybody gets who pulls this state of the index as JSON Lines: the records that were not dropped, in the
 * order of acceptance. With it a file can be checked by those, too, who have never heard of vdata.
 */
export async function digestOf(index: IndexReader, open: OpenVolume): Promise<FileDigest> {
  const hash = createHash('sha256')
  let bytes = 0
  for (const { id, entry } of await index.volumes()) {
    const dropped = new Map(
      partsOf(entry, droppedRanges(await index.drops(id))).map((part) => [part.index, part.ranges])
    )
    const zones = decodeZoneMap(entry.zone_map)
    const indexes = zones.flatMap(({ records }, i) => (countRanges(dropped.get(i) ?? []) < records ? [i] : []))
    if (indexes.length === 0) continue
    const core = await open(id)
    const reader = new VolumeReader(core, { timeout: 10_000 })
    try {
      for await (const batch of reader.batches({ indexes })) {
        const raw = without(batch.raw, dropped.get(batch.index))
        hash.update(raw)
        bytes += raw.length
      }
    } finally {
      await reader.close()
      await core.close()
    }
  }
  return { bytes, sha256: hash.digest('hex') }
}

function without(raw: Buffer, dropped: readonly RecordRange[] = []): Buffer {
  if (dropped.length === 0) return raw
  const kept = splitLines(raw).filter((_, i) => !dropped.some(({ from, to }) => from <= i && i <= to))
  return Buffer.from(kept.map((line) => line + '\n').join(''))
}
