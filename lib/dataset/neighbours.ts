import type Hypercore from 'hypercore'
import { z } from 'zod'
import { VolumeReader } from '../volume/reader.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import type { VolumeEntry } from './entries.js'

/** A record of the dataset that one of a waiting volume is like. */
export interface Neighbour {
  /** The waiting volume's record. */
  record: number
  /** Where the dataset has one that is like it. */
  volume: string
  other: number
  /** 1 for the same content; else about how much of their text they share. */
  similarity: number
  /** The start of the dataset's record, as JSON; empty where it can't be read any more. */
  excerpt: string
}

// What of a report (lib/check/report.ts) says that records are like ones of the dataset.
const found = z.object({
  dataset: z.object({
    findings: z.array(
      z.object({
        code: z.string(),
        examples: z.array(z.object({ record: z.number(), detail: z.string().optional() }))
      })
    )
  })
})
const PLACE = /^([a-z0-9]{52})\/(\d{1,15})(?:, (\d{1,3}) %)?$/
const EXCERPT_CHARS = 200
const MOST = 20

/**
 * The dataset's nearest records to those of a volume that was checked.
 * @param open the accepted volumes; what it opens is closed
 */
export async function neighboursIn(
  report: unknown,
  entryOf: (volume: string) => Promise<VolumeEntry | null>,
  open: (volume: string) => Promise<Hypercore>
): Promise<Neighbour[]> {
  const parsed = found.safeParse(report)
  if (!parsed.success) return []
  const neighbours: Neighbour[] = []
  for (const { code, examples } of parsed.data.dataset.findings) {
    if (!/^dataset_(?:near_)?duplicate$/.test(code)) continue
    for (const { record, detail = '' } of examples) {
      const [, volume = '', other = '', percent = '100'] = PLACE.exec(detail) ?? []
      if (volume === '' || neighbours.length >= MOST) continue
      const entry = await entryOf(volume)
      const excerpt = entry ? await excerptOf(await open(volume), entry, Number(other)) : ''
      neighbours.push({ record, volume, other: Number(other), similarity: Number(percent) / 100, excerpt })
    }
  }
  return neighbours.sort((a, b) => a.record - b.record)
}

async function excerptOf(core: Hypercore, { zone_map }: VolumeEntry, record: number): Promise<string> {
  const reader = new VolumeReader(core, { timeout: 1_000 })
  try {
    let first = 0
    for (const [index, { records }] of decodeZoneMap(zone_map).entries()) {
      if (record < first + records) return ((await reader.lines(index))[record - first] ?? '').slice(0, EXCERPT_CHARS)
      first += records
    }
    return ''
  } catch {
    // Its block was purged: there is no text to compare with.
    return ''
  } finally {
    await reader.close()
    await core.close()
  }
}
