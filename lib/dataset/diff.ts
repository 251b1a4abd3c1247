import { once } from 'node:events'
import type Corestore from 'corestore'
import { splitLines } from '../volume/frame.js'
import { VolumeReader } from '../volume/reader.js'
import { within } from '../network/node.js'
import { droppedRanges, mergeRanges, partsOf, purgedBlocks, purgedSince, subtractRanges } from './drops.js'
import type { Amount, Drop, FacetCounts, RecordRange } from './entries.js'
import { addFacets, addLicenses, leftOf, tally } from './facts.js'
import type { IndexReader, ListedVolume } from './reader.js'

export const CHANGES = ['added', 'dropped', 'withdrawn'] as const
/** What became of a record between two states: its volume came, or went, or it was dropped from its volume. */
export type Change = (typeof CHANGES)[number]

/** Some records of one volume that changed alike. */
export interface ChangedPart {
  change: Change
  volume: ListedVolume
  /** Ordinals in the volume. */
  ranges: RecordRange[]
  /** Those of its blocks that nobody has any more. */
  purged: ReadonlySet<number>
}

/** How many records changed alike, and what they are. */
export interface ChangedCount {
  volumes: number
  records: number
  raw_bytes: number
  facets: FacetCounts
  licenses: { [license: string]: number }
  contributors: { [contributor: string]: number }
}

export interface Difference {
  from: StateName
  to: StateName
  changes: { [change in Change]: ChangedCount }
  parts: ChangedPart[]
}

export interface StateName {
  /** Of a release; null for the newest state. */
  release: string | null
  /** Entries of the index. */
  length: number
  records: number
}

/** What a state has of one volume. */
interface Side {
  volume: ListedVolume
  drops: Drop[]
}

/**
 * What changed between two states of an index; null is the newest one. Where `to` is the older one, what it lacks is
 * withdrawn, and what was dropped since then is added. What was purged after both is in neither.
 */
export async function diffStates(now: IndexReader, from: string | null, to: string | null): Promise<Difference> {
  const states = [await open(now, from), await open(now, to)] as const
  const changes = { added: noChange(), dropped: noChange(), withdrawn: noChange() }
  const parts: ChangedPart[] = []
  const [before, after] = [await sidesOf(states[0]), await sidesOf(states[1])]
  const records = { from: 0, to: 0 }
  for (const id of new Set([...after.keys(), ...before.keys()])) {
    const [was, is] = [before.get(id), after.get(id)]
    const drops = await now.drops(id)
    const { volume } = (is ?? was)!
    const since = purgedSince(drops, Math.max(was?.drops.length ?? 0, is?.drops.length ?? 0))
    const left = (side: Side | undefined) => (side ? leftOf(volume.entry, [...side.drops, ...since]) : nothing())
    records.from += left(was).records
    records.to += left(is).records
    const changed = changeOf(was, is)
    const amount = changed.between ? sumOf(changed.between) : left(is ?? was)
    if (amount.records === 0) continue
    const gone = droppedRanges(drops, 'purge')
    const ranges = changed.between
      ? subtractRanges(droppedRanges([...changed.known, ...changed.between]), droppedRanges(changed.known))
      : subtractRanges(allOf(volume), mergeRanges([...droppedRanges((is ?? was)!.drops), ...gone]))
    addTo(changes[changed.change], volume, amount)
    parts.push({ change: changed.change, volume, ranges, purged: new Set(purgedBlocks(volume.entry, drops)) })
  }
  return {
    from: { release: from, length: states[0].bee.version, records: records.from },
    to: { release: to, length: states[1].bee.version, records: records.to },
    changes,
    parts
  }
}

async function open(now: IndexReader, release: string | null): Promise<IndexReader> {
  return release === null ? now : now.checkout(release)
}

async function sidesOf(state: IndexReader): Promise<Map<string, Side>> {
  const sides = new Map<string, Side>()
  for (const volume of await state.volumes()) sides.set(volume.id, { volume, drops: await state.drops(volume.id) })
  return sides
}

/** How a volume changed: as a whole, or by the drops that only one side has. */
function changeOf(was: Side | undefined, is: Side | undefined): { change: Change; known: Drop[]; between?: Drop[] } {
  if (!was) return { change: 'added', known: [] }
  if (!is) return { change: 'withdrawn', known: [] }
  // Drops are only ever added: the shorter list is the beginning of the longer.
  const [one, other] = [was.drops.length, is.drops.length]
  return one <= other
    ? { change: 'dropped', known: was.drops, between: is.drops.slice(one) }
    : { change: 'added', known: is.drops, between: was.drops.slice(other) }
}

function allOf({ entry }: ListedVolume): RecordRange[] {
  return entry.records > 0 ? [{ from: 0, to: entry.records - 1 }] : []
}

function sumOf(amounts: readonly Amount[]): Amount {
  const sum = nothing()
  for (const { records, raw_bytes, facets } of amounts) {
    sum.records += records
    sum.raw_bytes += raw_bytes
    addFacets(sum.facets, facets)
  }
  return sum
}

function nothing(): Amount {
  return { records: 0, raw_bytes: 0, facets: tally() }
}

function noChange(): ChangedCount {
  return { volumes: 0, ...nothing(), licenses: tally(), contributors: tally() }
}

function addTo(count: ChangedCount, { entry }: ListedVolume, amount: Amount): void {
  count.volumes++
  count.records += amount.records
  count.raw_bytes += amount.raw_bytes
  addFacets(count.facets, amount.facets)
  addLicenses(count.licenses, amount, entry.license)
  count.contributors[entry.contributor] = (count.contributors[entry.contributor] ?? 0) + amount.records
}

/** A record that changed. */
export interface ChangedRecord {
  change: Change
  volume: string
  /** Its ordinal in the volume. */
  record: number
  /** Its JSON; null where it was purged, so that nobody has it any more. */
  line: string | null
}

/**
 * The records that changed, part by part; only the blocks that hold them are fetched.
 *
 * @throws VdataError BLOCK_TIMEOUT where nobody who is online has a block.
 */
export async function* changedRecords(
  store: Corestore,
  parts: readonly ChangedPart[],
  options: { timeout: number; signal?: AbortSignal }
): AsyncGenerator<ChangedRecord> {
  for (const { change, volume, ranges, purged } of parts) {
    const core = store.get({ key: volume.key })
    const reader = new VolumeReader(core, options)
    try {
      await core.ready()
      // Of a volume that is not here, somebody first has to say how long it is.
      if (core.length === 0) await within(once(core, 'append', { signal: options.signal }), options.timeout)
      const wanted = partsOf(volume.entry, ranges)
      const here = wanted.filter(({ index }) => !purged.has(index + 1)).map(({ index }) => index)
      const batches = reader.batches({ indexes: here })
      for (const { index, first, ranges: own } of wanted) {
        const gone = purged.has(index + 1)
        const next = gone ? null : await batches.next()
        const lines = next && !next.done ? splitLines(next.value.raw) : []
        for (const { from, to } of own) {
          for (let i = from; i <= to; i++) {
            yield { change, volume: volume.id, record: first + i, line: lines[i] ?? null }
          }
        }
      }
    } finally {
      await reader.close()
      await core.close()
    }
  }
}
