import type { Amount, DatasetEntry, FacetCounts, VolumeEntry } from './entries.js'
import { purgedSince } from './drops.js'
import type { IndexReader } from './reader.js'

/** What a dataset holds, now or in one of its releases. */
export interface Facts {
  link: string
  dataset: DatasetEntry
  /** Entries of the index in this state. */
  index: number
  volumes: number
  records: number
  /** Bytes on the wire, and as JSON Lines. */
  bytes: number
  raw_bytes: number
  contributors: number
  /** Records of these volumes that were dropped; they count in none of the other figures but the bytes on the wire. */
  dropped: number
  /** Those of them that this state had when it was the newest, and that were purged since. */
  purged_since: number
  verdicts: { accepted: number; rejected: number; withdrawn: number }
  /** Records by licence: their own, or else their volume's. */
  licenses: { [license: string]: number }
  facets: FacetCounts
  /** What the checks found, by reason code: records of the accepted volumes, dropped ones among them. */
  check: { [code: string]: number }
}

/**
 * Adds up a state of a dataset from the local copy of its index.
 *
 * @param now the newest state, where `index` is a release: what was purged after the release is no longer in it
 */
export async function factsOf(index: IndexReader, now: IndexReader = index): Promise<Facts> {
  const volumes = await index.volumes()
  const sum = { records: 0, bytes: 0, raw_bytes: 0, dropped: 0, purged_since: 0 }
  const licenses = tally()
  const facets = tally<FacetCounts[string]>()
  const check = tally()
  for (const { id, entry } of volumes) {
    const drops = await index.drops(id)
    const since = now === index ? [] : purgedSince(await now.drops(id), drops.length)
    const left = leftOf(entry, [...drops, ...since])
    sum.records += left.records
    sum.raw_bytes += left.raw_bytes
    addFacets(facets, left.facets)
    addLicenses(licenses, left, entry.license)
    sum.dropped += total(drops) + total(since)
    sum.purged_since += total(since)
    sum.bytes += entry.bytes
    addChecks(check, entry)
  }
  const verdicts = { accepted: 0, rejected: 0, withdrawn: 0 }
  for (const { entry } of await index.verdicts()) verdicts[entry.status]++
  return {
    link: `vdata://${index.id}`,
    dataset: await index.dataset(),
    index: index.bee.version,
    volumes: volumes.length,
    contributors: new Set(volumes.map(({ entry }) => entry.contributor)).size,
    verdicts,
    licenses,
    facets,
    check,
    ...sum
  }
}

/** What is left of a volume without what was dropped. */
export function leftOf(volume: Amount, dropped: readonly Amount[]): Amount {
  const left: Amount = { records: volume.records, raw_bytes: volume.raw_bytes, facets: tally() }
  addFacets(left.facets, volume.facets)
  for (const { records, raw_bytes, facets } of dropped) {
    left.records -= records
    left.raw_bytes -= raw_bytes
    for (const [facet, { values, other, missing }] of Object.entries(facets)) {
      const sum = left.facets[facet]
      if (!sum) continue
      // A volume lists its commonest values; of the others it only has the number.
      let unlisted = other
      for (const [value, count] of Object.entries(values)) {
        const listed = Math.min(count, sum.values[value] ?? 0)
        if (listed > 0) add(sum.values, value, -listed)
        unlisted += count - listed
      }
      sum.other = Math.max(0, sum.other - unlisted)
      sum.missing = Math.max(0, sum.missing - missing)
    }
  }
  return left
}

/** Records by licence; those that name none are under their volume's. */
export function addLicenses(into: { [license: string]: number }, { records, facets }: Amount, license: string): void {
  const own = facets.license
  for (const [name, count] of Object.entries(own?.values ?? {})) add(into, name, count)
  add(into, 'other', own?.other ?? 0)
  add(into, license, own ? own.missing : records)
}

export function addFacets(into: FacetCounts, facets: FacetCounts): void {
  for (const [facet, { values, other, missing }] of Object.entries(facets)) {
    const sum = (into[facet] ??= { values: tally(), other: 0, missing: 0 })
    sum.other += other
    sum.missing += missing
    for (const [value, records] of Object.entries(values)) add(sum.values, value, records)
  }
}

/** What is counted by outside words: without a prototype, so that `__proto__` is a word like any other. */
export function tally<T = number>(): { [word: string]: T } {
  return Object.create(null) as { [word: string]: T }
}

function addChecks(into: { [code: string]: number }, { check }: VolumeEntry): void {
  for (const [code, found] of Object.entries(check)) if (typeof found === 'number') add(into, code, found)
}

function add(into: { [word: string]: number }, word: string, records: number): void {
  const count = (into[word] ?? 0) + records
  if (count === 0) delete into[word]
  else into[word] = count
}

function total(amounts: readonly Amount[]): number {
  return amounts.reduce((sum, { records }) => sum + records, 0)
}
