import type { DatasetEntry, FacetCounts } from './entries.js'
import type { IndexReader, ListedVolume } from './reader.js'

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
  verdicts: { accepted: number; rejected: number; withdrawn: number }
  licenses: { [license: string]: number }
  facets: FacetCounts
}

/** Adds up a dataset from the local copy of its index. */
export async function factsOf(index: IndexReader): Promise<Facts> {
  const volumes = await index.volumes()
  const verdicts = { accepted: 0, rejected: 0, withdrawn: 0 }
  for (const { entry } of await index.verdicts()) verdicts[entry.status]++
  const licenses = tally()
  for (const { entry } of volumes) licenses[entry.license] = (licenses[entry.license] ?? 0) + entry.records
  return {
    link: `vdata://${index.id}`,
    dataset: await index.dataset(),
    index: index.core.length,
    volumes: volumes.length,
    records: total(volumes, 'records'),
    bytes: total(volumes, 'bytes'),
    raw_bytes: total(volumes, 'raw_bytes'),
    contributors: new Set(volumes.map(({ entry }) => entry.contributor)).size,
    verdicts,
    licenses,
    facets: addFacets(volumes.map(({ entry }) => entry.facets))
  }
}

function total(volumes: ListedVolume[], field: 'records' | 'bytes' | 'raw_bytes'): number {
  return volumes.reduce((sum, { entry }) => sum + entry[field], 0)
}

function addFacets(all: FacetCounts[]): FacetCounts {
  const sum: FacetCounts = Object.create(null) as FacetCounts
  for (const facets of all) {
    for (const [facet, { values, other, missing }] of Object.entries(facets)) {
      const into = (sum[facet] ??= { values: tally(), other: 0, missing: 0 })
      into.other += other
      into.missing += missing
      for (const [value, records] of Object.entries(values)) into.values[value] = (into.values[value] ?? 0) + records
    }
  }
  return sum
}

/** Counts by outside words: without a prototype, so that `__proto__` is a word like any other. */
function tally(): { [word: string]: number } {
  return Object.create(null) as { [word: string]: number }
}
