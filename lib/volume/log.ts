import type { TrainingRecord } from '../record/types.js'
import { throwIfInterrupted } from './abort.js'
import { Batcher, type BatcherOptions, type ClosedBatch } from './batcher.js'
import { FacetCounter, type FacetCount, type PerFacet } from './facets.js'
import { DraftWriter, encode, type EncodedBatch } from './draft.js'
import { VOLUME_LIMITS } from './limits.js'
import type { Draft } from './seal.js'

export interface LogOptions extends BatcherOptions {
  /** Where the drafts are spooled: `<spool>.0`, `<spool>.1`, … */
  spool: string
  /** Blocks of a volume, its header among them; what is more goes to the next one. */
  volumeBlocks?: number
  signal?: AbortSignal
}

/** What a log took in: its drafts, ready to be sealed, and their totals. Plain data: it can be kept as JSON. */
export interface LogSummary {
  drafts: Draft[]
  batches: number
  records: number
  rawBytes: number
  wireBytes: number
  facets: PerFacet<FacetCount>
}

/** A record, its JSON, which is one line, and where it was read from (see places.ts). */
export interface Line {
  record: TrainingRecord
  json: string
  place?: number
}

/**
 * How many batches may wait to be compressed. Groups that fill at the same pace are full at about the same time: with
 * fewer, reading would stand still meanwhile.
 */
const IN_FLIGHT = 16

/**
 * Writes records into the drafts of volumes, in constant memory: groups them into batches, compresses and spools
 * these. Nothing is in a store before a draft is sealed.
 */
export class LogWriter {
  readonly #options: LogOptions
  readonly #batcher: Batcher
  readonly #facets = new FacetCounter()
  readonly #drafts: DraftWriter[] = []
  readonly #inFlight: Promise<EncodedBatch>[] = []
  #compressing: Promise<unknown> = Promise.resolve()

  constructor(options: LogOptions) {
    this.#options = options
    this.#batcher = new Batcher(options)
  }

  /** Takes records, in order; resolves when it can take more. */
  async write(lines: Iterable<Line>): Promise<void> {
    throwIfInterrupted(this.#options.signal)
    for (const { record, json, place } of lines) {
      this.#facets.add(record)
      for (const batch of this.#batcher.add(record, json, place)) await this.#encode(batch)
    }
  }

  /** Writes what is left and flushes it to the disk. */
  async finish(): Promise<LogSummary> {
    for (const batch of this.#batcher.flush()) await this.#encode(batch)
    while (this.#inFlight.length > 0) await this.#spoolNext()
    await this.#drafts.at(-1)?.finish()
    const drafts = this.#drafts.map(({ draft }) => draft)
    const sum = (field: 'batches' | 'records' | 'rawBytes' | 'wireBytes') =>
      drafts.reduce((total, draft) => total + draft[field], 0)
    return {
      drafts,
      batches: sum('batches'),
      records: sum('records'),
      rawBytes: sum('rawBytes'),
      wireBytes: sum('wireBytes'),
      facets: this.#facets.counts()
    }
  }

  /** Gives up and deletes what was spooled. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
    for (const draft of this.#drafts) await draft.discard()
  }

  async #encode(batch: ClosedBatch): Promise<void> {
    throwIfInterrupted(this.#options.signal)
    // One at a time: that takes half as long as reading the records, which is what the other cores are for.
    const encoded = this.#compressing.then(() => encode(batch))
    // A failure is met when its turn to be spooled comes.
    this.#compressing = encoded.catch(() => {})
    this.#inFlight.push(encoded)
    if (this.#inFlight.length >= IN_FLIGHT) await this.#spoolNext()
  }

  async #spoolNext(): Promise<void> {
    const encoded = await this.#inFlight.shift()!
    await (await this.#draft()).add(encoded)
    this.#batcher.recycle(encoded.lines)
  }

  async #draft(): Promise<DraftWriter> {
    const { spool, volumeBlocks = VOLUME_LIMITS.blocks } = this.#options
    const last = this.#drafts.at(-1)
    if (last && last.draft.batches + 1 < volumeBlocks) return last
    await last?.finish()
    const next = await DraftWriter.create(`${spool}.${this.#drafts.length}`)
    this.#drafts.push(next)
    return next
  }
}
