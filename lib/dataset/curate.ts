import b4a from 'b4a'
import { VdataError } from '../errors.js'
import type { ContributorEntry, Drop, RecordRange, ReleaseEntry } from './entries.js'
import { factsOf } from './facts.js'
import { RELEASE_NAME } from './link.js'
import type { IndexReader } from './reader.js'
import type { IndexWriter } from './writer.js'

// Decisions on what is in the dataset already. Each is prepared first, which changes nothing and can be shown (--dry-run),
// and then written.

/** What a moderator says when records are taken out. */
export type DropRequest = Omit<Drop, 'at'>

export interface PreparedDrop {
  volume: string
  drop: Drop
  /** Records that are in the dataset now and would not be after it. */
  records: number
}

/** @throws VdataError NOT_LISTED, BAD_RECORDS where the volume has no such records. */
export async function prepareDrop(index: IndexReader, volume: string, request: DropRequest): Promise<PreparedDrop> {
  const entry = await index.volume(volume)
  if (!entry) throw notListed(volume)
  const last = entry.records - 1
  const beyond = request.ranges.find(({ to }) => to > last)
  if (beyond) {
    throw new VdataError(
      'usage',
      'BAD_RECORDS',
      `The volume has records 0 to ${last}, and not ${beyond.to}.`,
      'Count from 0 through the volume; `vdata index show` numbers them.'
    )
  }
  const before = mergeRanges((await index.drops(volume)).flatMap(({ ranges }) => ranges))
  const after = mergeRanges([...before, ...request.ranges])
  const drop = { ...request, ranges: mergeRanges(request.ranges), at: new Date().toISOString() }
  return { volume, drop, records: countRanges(after) - countRanges(before) }
}

/** How a contributor stands; whoever the index does not name stands well. */
export async function standingOf(index: IndexReader, contributor: string): Promise<ContributorEntry> {
  return (await index.contributor(contributor)) ?? { name: '', standing: 'good', reason: '' }
}

/** @throws VdataError BAD_RELEASE, RELEASE_EXISTS: a name means one state, for good. */
export async function prepareRelease(index: IndexReader, name: string, notes: string): Promise<ReleaseEntry> {
  if (!RELEASE_NAME.test(name)) {
    throw new VdataError(
      'usage',
      'BAD_RELEASE',
      `"${name}" cannot name a release.`,
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
    check: {},
    bias: null,
    notes,
    at: new Date().toISOString()
  }
}

export async function setStanding(
  index: IndexWriter,
  contributor: string,
  standing: ContributorEntry['standing'],
  reason: string
): Promise<ContributorEntry> {
  const entry = { ...(await standingOf(index, contributor)), standing, reason }
  await index.judge(contributor, entry)
  return entry
}

/** Sorted, without overlaps, neighbours joined. */
export function mergeRanges(ranges: RecordRange[]): RecordRange[] {
  const merged: RecordRange[] = []
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

export function countRanges(ranges: RecordRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
}

function notListed(volume: string): VdataError {
  return new VdataError('error', 'NOT_LISTED', `The dataset has no volume ${volume}.`, '`vdata index log` lists them.')
}
