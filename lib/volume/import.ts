import { readRecords, type ReadOptions, type ReadRecord, type Refusal, type Source } from '../record/read.js'
import type { TrainingRecord } from '../record/types.js'
import { throwIfInterrupted } from './abort.js'
import { LogWriter, type Line, type LogOptions, type LogSummary } from './log.js'
import { placeOf } from './places.js'

export type ImportEvent =
  | ({ event: 'refused' } & Refusal)
  /** How far the import is: bytes of this file, records and refusals of all files. */
  | { event: 'import'; file: string; bytes: number; records: number; refused: number }

export interface ImportOptions extends ReadOptions, LogOptions {
  sources: readonly (string | Source)[]
  /** A further check of each record: returns why it is refused, or nothing. */
  refuse?: (record: TrainingRecord) => string | undefined
  onEvent?: (event: ImportEvent) => void
}

export interface ImportSummary extends LogSummary {
  refused: number
  /** Bytes of all sources. */
  bytes: number
}

/**
 * Reads files of any known format into drafts of volumes, in memory that does not grow with them. What is not a record
 * is reported as an event and left out. Where it fails or is interrupted, nothing is left behind.
 */
export async function importFiles(options: ImportOptions): Promise<ImportSummary> {
  const { sources, signal, onEvent } = options
  const log = new LogWriter(options)
  let records = 0
  let refused = 0
  let bytes = 0
  try {
    for (const [index, source] of sources.entries()) {
      const file = typeof source === 'string' ? source : source.name
      let read = 0
      for await (const chunk of readRecords(source, options)) {
        const { accepted, refusals } = sift(chunk, { file, index }, options.refuse)
        for (const refusal of refusals) onEvent?.({ event: 'refused', ...refusal })
        await log.write(accepted)
        read = chunk.bytes
        records += accepted.length
        refused += refusals.length
        onEvent?.({ event: 'import', file, bytes: read, records, refused })
      }
      bytes += read
    }
    return { ...(await log.finish()), refused, bytes }
  } catch (error) {
    await log.discard()
    throwIfInterrupted(signal)
    throw error
  }
}

interface Sifted {
  accepted: readonly Line[]
  refusals: readonly Refusal[]
}

function sift(
  { records, refused }: { records: readonly ReadRecord[]; refused: readonly Refusal[] },
  { file, index }: { file: string; index: number },
  refuse: ImportOptions['refuse']
): Sifted {
  const refusals = [...refused]
  const accepted: Line[] = []
  for (const { record, json, line } of records) {
    const reason = refuse?.(record)
    if (reason === undefined) accepted.push({ record, json, place: placeOf(index, line) })
    else refusals.push({ file, line, reason })
  }
  return { accepted, refusals }
}
