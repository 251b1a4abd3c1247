import { decodeBatch } from '../volume/frame.js'
import { parseRecords } from '../volume/parse.js'
import { readPlaces } from '../volume/places.js'
import type { Draft } from '../volume/seal.js'
import { readSpool } from '../volume/spool.js'
import type { RecordRange } from './entries.js'
import type { Findings, RecordChecks } from './queue.js'

/** What the checks found in a draft that is about to become a volume: what the moderator's machine will find in it. */
export interface CheckedDraft {
  readonly draft: Draft
  readonly findings: Findings
}

/** Shows a draft's records to the checks, in the order of the volume. */
export async function checkDraft(
  draft: Draft,
  checks: RecordChecks,
  { signal, onRecords }: { signal?: AbortSignal; onRecords?: (records: number) => void }
): Promise<Findings> {
  let index = 0
  for await (const block of readSpool(draft.path)) {
    signal?.throwIfAborted()
    const records = parseRecords({ ...(await decodeBatch(block)), index: index++ })
    await checks.add(records)
    onRecords?.(records.length)
  }
  return checks.finish()
}

/** The places of a volume's records in these ranges, which must be ascending. Reads no further than the last of them. */
export async function* placesAt(path: string, ranges: readonly RecordRange[]): AsyncGenerator<number> {
  let first = 0
  let next = 0
  for await (const places of readPlaces(path)) {
    for (; next < ranges.length && ranges[next]!.from < first + places.length; next++) {
      const { from, to } = ranges[next]!
      yield* places.slice(Math.max(0, from - first), to + 1 - first)
      // The rest of this range is in the next batch.
      if (to >= first + places.length) break
    }
    first += places.length
    if (next === ranges.length) return
  }
}
