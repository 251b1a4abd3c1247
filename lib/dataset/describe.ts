import b4a from 'b4a'
import { z } from 'zod'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import { spanning, type TimeRange } from '../volume/zonemap.js'
import { countRanges, leftOut } from './drops.js'
import type { ReleaseEntry } from './entries.js'
import { factsOf, type Facts } from './facts.js'
import { formatLink } from './link.js'
import type { IndexReader } from './reader.js'

/** All that the card and the metadata of a state say: of a release, or of the newest state. */
export interface Description {
  link: string
  /** The index's tree hash in this state, hexadecimal. */
  hash: string
  facts: Facts
  release: ({ name: string } & ReleaseEntry) | null
  /** Who gave how much of what is left, most first. */
  contributors: { key: string; name: string; records: number }[]
  /** When its records were made, as far as they say. */
  made: TimeRange | null
  bias: BiasFigure[]
}

/** A figure of bias for which zero is best, with its 95 % interval. */
export interface BiasFigure {
  label: string
  value: number
  low: number
  high: number
  /** Texts that it rests on. */
  texts: number
}

/**
 * Reads a state from the local copy of an index.
 *
 * @throws VdataError NO_RELEASE, RELEASE_DIFFERS.
 */
export async function describeState(index: IndexReader, name?: string): Promise<Description> {
  const state = name === undefined ? index : await index.checkout(name)
  const facts = await factsOf(state, index)
  const entry = name === undefined ? null : await index.release(name)
  const volumes = await state.volumes()
  const { ranges } = await leftOut(volumes, state, index)
  const given = new Map<string, number>()
  let made: TimeRange | null = null
  for (const { id, entry: volume } of volumes) {
    const records = volume.records - countRanges(ranges.get(id) ?? [])
    given.set(volume.contributor, (given.get(volume.contributor) ?? 0) + records)
    for (const { createdAt } of decodeZoneMap(volume.zone_map)) made = spanning(made, createdAt)
  }
  const contributors: Description['contributors'] = []
  for (const [key, records] of given) {
    contributors.push({ key, name: (await state.contributor(key))?.name ?? '', records })
  }
  return {
    link: formatLink(index.core.key, name),
    hash: b4a.toString(await index.core.treeHash(facts.index), 'hex'),
    facts,
    release: name !== undefined && entry ? { name, ...entry } : null,
    contributors: contributors.sort((a, b) => b.records - a.records || (a.key < b.key ? -1 : 1)),
    made,
    bias: biasFigures(entry?.bias)
  }
}

const measured = z.number().nullable()
const biasSummary = z.object({
  figures: z.record(
    z.string(),
    z.object({ label: z.string().max(200), adjusted: measured, low: measured, high: measured, texts: z.number() })
  )
})

/** The figures that could be measured, of a summary as lib/bias makes it. */
export function biasFigures(summary: unknown): BiasFigure[] {
  const parsed = biasSummary.safeParse(summary)
  if (!parsed.success) return []
  return Object.values(parsed.data.figures).flatMap(({ label, adjusted: value, low, high, texts }) =>
    value === null || low === null || high === null ? [] : [{ label, value, low, high, texts }]
  )
}
