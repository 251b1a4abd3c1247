import { availableParallelism } from 'node:os'
import type { TrainingRecord } from '../record/types.js'
import type { Lexicon } from './lexicon.js'
import { BiasMeter, type FacetValues, type MeterOptions } from './meter.js'
import { FACETS } from './report.js'
import { textOf } from './text.js'
import { WorkerPool } from './worker-pool.js'

/** So much text is measured in this thread before others are started: starting them takes longer than this does. */
const INLINE_CHARACTERS = 2_000_000
const BATCH_CHARACTERS = 500_000
const MAX_THREADS = 8

export interface MeasureItem {
  record: TrainingRecord
  facets?: FacetValues
}

export interface MeasureOptions extends MeterOptions {
  lexicon?: Lexicon
  /** Worker threads; by default one for each core, at most 8. With 1 all is done in this thread. */
  threads?: number
  signal?: AbortSignal
  /** Called now and then. */
  onEvent?: (event: { type: 'progress'; texts: number; characters: number }) => void
}

/** Texts on their way to a thread. The n-th text's number is `first + n`. */
export interface Batch {
  first: number
  texts: string[]
  facets: FacetValues[]
}

/**
 * Measures a stream of records in as many threads as there are cores, in memory that does not grow with the stream. The
 * result does not depend on the number of threads (only which values of a facet count as "(other)" does).
 * @throws the signal's reason where it is aborted, and whatever the stream throws
 */
export async function measure(
  items: AsyncIterable<readonly MeasureItem[]>,
  options: MeasureOptions = {}
): Promise<BiasMeter> {
  const { lexicon, signal, onEvent, threads = Math.min(MAX_THREADS, availableParallelism()) } = options
  const settings: MeterOptions = { minTexts: options.minTexts, part: options.part, by: options.by }
  const meter = new BiasMeter(lexicon, settings)
  const { part } = meter.options
  let pool: WorkerPool | undefined
  let texts = 0
  let characters = 0
  let batch = emptyBatch(0)
  let size = 0
  const flush = async (): Promise<void> => {
    if (threads > 1 && characters > INLINE_CHARACTERS) {
      pool ??= new WorkerPool(threads, { lexicon: meter.compiled.lexicon, settings })
      await pool.give(batch)
    } else addBatch(meter, batch)
    batch = emptyBatch(texts)
    size = 0
    onEvent?.({ type: 'progress', texts, characters })
  }
  try {
    for await (const group of items) {
      signal?.throwIfAborted()
      for (const { record, facets } of group) {
        const text = textOf(record, part)
        batch.texts.push(text)
        batch.facets.push(facetsOf(record, facets, settings))
        texts++
        size += text.length
        characters += text.length
        if (size >= BATCH_CHARACTERS) await flush()
      }
    }
    signal?.throwIfAborted()
    await flush()
    for (const state of (await pool?.finish()) ?? []) meter.merge(state)
    return meter
  } finally {
    await pool?.close()
  }
}

/** Adds the texts of a batch under their own numbers. */
export function addBatch(meter: BiasMeter, { first, texts, facets }: Batch): void {
  texts.forEach((text, n) => meter.add(text, facets[n], first + n))
}

function emptyBatch(first: number): Batch {
  return { first, texts: [], facets: [] }
}

function facetsOf(record: TrainingRecord, given: FacetValues | undefined, { by }: MeterOptions): FacetValues {
  if (by === undefined || by.length === 0) return {}
  const values: FacetValues = {}
  for (const facet of FACETS) {
    const value = given?.[facet] ?? (facet === 'contributor' ? undefined : record[facet])
    if (value !== undefined) values[facet] = value
  }
  return values
}
