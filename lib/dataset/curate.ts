import b4a from 'b4a'
import type Hypercore from 'hypercore'
import { VdataError } from '../errors.js'
import { FacetCounter } from '../volume/facets.js'
import { splitLines } from '../volume/frame.js'
import { parseRecords } from '../volume/parse.js'
import { VolumeReader } from '../volume/reader.js'
import { countRanges, droppedRanges, intersectRanges, mergeRanges, partsOf, subtractRanges } from './drops.js'
import type { TrainingRecord } from '../record/types.js'
import { digestOf, type OpenVolume } from './digest.js'
import type { Amount, ContributorEntry, Drop, RecordRange, ReleaseEntry, VolumeEntry } from './entries.js'
import { factsOf } from './facts.js'
import { RELEASE_NAME } from './link.js'
import type { IndexReader } from './reader.js'

// Decisions on what is in the dataset already. Each is prepared first, which changes nothing and can be shown (--dry-run),
// and then written.

/** What a moderator says when records are taken out. */
export type DropRequest = Pick<Drop, 'ranges' | 'code' | 'scope' | 'note'>

export interface PreparedDrop {
  volume: string
  drop: Drop
  /** Records that were asked for and are in the dataset now. */
  asked: number
  /** Records that go with them: a purge takes out whole blocks. */
  neighbours: number
}

/**
 * @param open gets the volume's core: the records are read, to say what the dataset loses with them
 * @throws VdataError NOT_LISTED, BAD_RECORDS where the volume has no such records, ALREADY_DROPPED
 */
export async function prepareDrop(
  index: IndexReader,
  volume: string,
  request: DropRequest,
  open: () => Promise<Hypercore>
): Promise<PreparedDrop> {
  const entry = await index.volume(volume)
  if (!entry) throw notListed(volume)
  const asked = mergeRanges(request.ranges)
  const last = entry.records - 1
  if (asked.length === 0 || asked.at(-1)!.to > last) throw noSuchRecords(last)
  const drops = await index.drops(volume)
  const before = droppedRanges(drops)
  const ranges = request.scope === 'purge' ? wholeBlocks(entry, asked) : asked
  const fresh = subtractRanges(ranges, before)
  // What was hidden can still be purged; what was purged can only be purged once.
  const same = request.scope === 'purge' ? subtractRanges(ranges, droppedRanges(drops, 'purge')) : fresh
  if (same.length === 0) throw alreadyDropped()
  const buried = request.scope === 'purge' ? hiddenParts(drops, ranges) : []
  const [lost, ...parts] = await measure(entry, [fresh, ...buried.map((part) => part.ranges)], open)
  const hidden = buried.map(({ drop }, i) => ({ drop, ...parts[i]! }))
  const drop: Drop = { ...request, ranges, ...lost!, hidden, at: new Date().toISOString() }
  const wanted = countRanges(subtractRanges(asked, before))
  return { volume, drop, asked: wanted, neighbours: lost!.records - wanted }
}

/** How a contributor stands; whoever the index does not name stands well. */
export async function standingOf(index: IndexReader, contributor: string): Promise<ContributorEntry> {
  return (await index.contributor(contributor)) ?? { name: '', standing: 'good', reason: '' }
}

/**
 * @param open gets an accepted volume's core: every record is read, for the digest of the file that a pull makes of them
 * @throws VdataError BAD_RELEASE, RELEASE_EXISTS: a name means one state, for good.
 */
export async function prepareRelease(
  index: IndexReader,
  name: string,
  notes: string,
  open: OpenVolume
): Promise<ReleaseEntry> {
  if (!RELEASE_NAME.test(name)) {
    throw new VdataError(
      'usage',
      'BAD_RELEASE',
      `"${name.slice(0, 100)}" cannot name a release.`,
      'Use letters, digits, dots, dashes and underscores, such as v1 or 2026-11.'
    )
  }
  const known = await index.release(name)
  if (known) {
    throw new VdataError(
      'error',
      'RELEASE_EXISTS',
      `Release "${name}" names the state of ${known.at} already.`,
      'A name means one state for good: choose another.'
    )
  }
  const facts = await factsOf(index)
  const { length } = index.core
  return {
    length,
    hash: b4a.toString(await index.core.treeHash(length), 'hex'),
    volumes: facts.volumes,
    records: facts.records,
    bytes: facts.bytes,
    raw_bytes: facts.raw_bytes,
    contributors: facts.contributors,
    licenses: facts.licenses,
    facets: facts.facets,
    check: facts.check,
    bias: null,
    jsonl: await digestOf(index, open),
    notes,
    at: new Date().toISOString()
  }
}

function wholeBlocks(entry: VolumeEntry, ranges: RecordRange[]): RecordRange[] {
  return mergeRanges(partsOf(entry, ranges).map(({ first, records }) => ({ from: first, to: first + records - 1 })))
}

/** What each earlier decision took out of the dataset by hiding it, as far as `ranges` cover it and it was not purged yet. */
function hiddenParts(drops: readonly Drop[], ranges: RecordRange[]): { drop: number; ranges: RecordRange[] }[] {
  const here = subtractRanges(ranges, droppedRanges(drops, 'purge'))
  return drops.flatMap(({ scope, ranges: own }, drop) => {
    if (scope === 'purge') return []
    const fresh = subtractRanges(mergeRanges(own), droppedRanges(drops.slice(0, drop)))
    const part = intersectRanges(fresh, here)
    return part.length > 0 ? [{ drop, ranges: part }] : []
  })
}

/** Counts the records of each of these sets of ranges, by decoding the batches that hold them. */
async function measure(entry: VolumeEntry, sets: RecordRange[][], open: () => Promise<Hypercore>): Promise<Amount[]> {
  if (sets.every((ranges) => ranges.length === 0)) return sets.map(() => new Tally().amount)
  const reader = new VolumeReader(await open(), { timeout: 10_000 })
  try {
    const amounts: Amount[] = []
    for (const ranges of sets) amounts.push(await measureRanges(reader, entry, ranges))
    return amounts
  } finally {
    await reader.close()
  }
}

async function measureRanges(reader: VolumeReader, entry: VolumeEntry, ranges: RecordRange[]): Promise<Amount> {
  const tally = new Tally()
  for (const part of partsOf(entry, ranges)) {
    const batch = await reader.batch(part.index)
    const lines = splitLines(batch.raw)
    const records = parseRecords(batch)
    for (const { from, to } of part.ranges) {
      for (let i = from; i <= to; i++) tally.add(records[i]!, lines[i]!)
    }
  }
  return tally.amount
}

class Tally {
  private readonly facets = new FacetCounter()
  private records = 0
  private bytes = 0

  add(record: TrainingRecord, line: string): void {
    this.facets.add(record)
    this.records++
    this.bytes += Buffer.byteLength(line) + 1
  }

  get amount(): Amount {
    return { records: this.records, raw_bytes: this.bytes, facets: this.facets.counts() }
  }
}

export function notListed(volume: string): VdataError {
  return new VdataError(
    'error',
    'NOT_LISTED',
    `The dataset has no volume ${volume.slice(0, 100)}.`,
    '`vdata index volumes` lists those that it has.'
  )
}

function noSuchRecords(last: number): VdataError {
  return new VdataError(
    'usage',
    'BAD_RECORDS',
    `The volume has records 0 to ${last}, and others were asked for.`,
    'Count from 0 through the volume; `vdata index show` numbers them.'
  )
}

function alreadyDropped(): VdataError {
  return new VdataError(
    'error',
    'ALREADY_DROPPED',
    'All of these records were dropped before.',
    '`vdata index log` says when and why.'
  )
}
