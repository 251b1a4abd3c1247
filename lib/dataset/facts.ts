import type { DatasetEntry, Drop, FacetCounts } from './entries.js'
import type { IndexReader } from './reader.js'

/** What a dataset holds. */
export interface Facts {
  link: string
  dataset: DatasetEntry
  /** Entries of the index. */
  index: number
  volumes: number
  records: number
  /** Bytes on the wire, and as JSON Lines. */
  bytes: number
  raw_bytes: number
  contributors: number
  /** Records of these volumes that were dropped; they count in none of the other figures but the bytes on the wire. */
  dropped: number
  verdicts: { accepted: number; rejected: number; withdrawn: number }
  licenses: { [license: string]: number }
  facets: FacetCounts
}

/** Adds up a dataset from the local copy of its index. */
export async function factsOf(index: IndexReader): Promise<Facts> {
  const volumes = await index.volumes()
  const sum = { records: 0, bytes: 0, raw_bytes: 0, dropped: 0 }
  const licenses = tally()
  const facets = Object.create(null) as FacetCounts
  for (const volume of volumes) {
    const { entry } = volume
    const drops = await index.drops(volume.id)
    const records = entry.records - total(drops, 'records')
    sum.records += records
    sum.dropped += entry.records - records
    sum.bytes += entry.bytes
    sum.raw_bytes += entry.raw_bytes - total(drops, 'raw_bytes')
    licenses[entry.license] = (licenses[entry.license] ?? 0) + records
    addFacets(facets, entry.facets, 1)
    for (const drop of drops) addFacets(facets, drop.facets, -1)
  }
  const verdicts = { accepted: 0, rejected: 0, withdrawn: 0 }
  for (const { entry } of await index.verdicts()) verdicts[entry.status]++
  return {
    link: `vdata://${index.id}`,
    dataset: await index.dataset(),
    index: index.core.length,
    volumes: volumes.length,
    contributors: new Set(volumes.map(({ entry }) => entry.contributor)).size,
    verdicts,
    licenses,
    facets,
    ...sum
  }
}

function total(drops: Drop[], field: 'records' | 'raw_bytes'): number {
  return drops.reduce((sum, drop) => sum + drop[field], 0)
}

function addFacets(into: FacetCounts, facets: FacetCounts, sign: 1 | -1): void {
  for (const [facet, { values, other, missing }] of Object.entries(facets)) {
    const sum = (into[facet] ??= { values: tally(), other: 0, missing: 0 })
    sum.other += sign * other
    sum.missing += sign * missing
    for (const [value, records] of Object.entries(values)) {
      const count = (sum.values[value] ?? 0) + sign * records
      if (count > 0) sum.values[value] = count
      else delete sum.values[value]
    }
  }
}

/** Counts by outside words: without a prototype, so that `__proto__` is a word like any other. */
function tally(): { [word: string]: number } {
  return Object.create(null) as { [word: string]: number }
}
