import type Hypercore from 'hypercore'
import { codeOf, VdataError } from '../errors.js'
import type { TrainingRecord } from '../record/types.js'
import { throwIfInterrupted } from './abort.js'
import { placed, VolumeFault } from './faults.js'
import { decodeBatch, splitLines, type Batch } from './frame.js'
import { decodeHeader, type VolumeHeader } from './header.js'
import { count, inOrder } from './order.js'
import { parseRecords } from './parse.js'

export interface ReaderOptions {
  /** How long to wait for a block that no peer has sent yet, in milliseconds; 0 is for ever. */
  timeout?: number
  signal?: AbortSignal
}

/** Which batches to read, and how many to fetch and decode at a time. */
export interface BatchRange {
  /** The first batch, from 0. */
  from?: number
  /** The batch before which to end. */
  to?: number
  /** Instead of from and to: these batches, in this order. */
  indexes?: Iterable<number>
  lookahead?: number
}

/** A decoded batch and where it comes from: batch `index` is block `index + 1` of the volume. */
export interface ReadBatch extends Batch {
  index: number
  wireBytes: number
}

const DEFAULT_TIMEOUT = 60_000
const DEFAULT_LOOKAHEAD = 4

/**
 * Reads a volume from its core, which may be whole, sparse or still coming in: what is not there yet is asked of the
 * core's peers. Close it when done; the core it was given stays open.
 */
export class VolumeReader {
  readonly #core: Hypercore
  readonly #timeout: number
  readonly #signal: AbortSignal | undefined

  constructor(core: Hypercore, { timeout = DEFAULT_TIMEOUT, signal }: ReaderOptions = {}) {
    this.#core = core.session()
    this.#timeout = timeout
    this.#signal = signal
    // Closing the session is what makes hypercore withdraw its requests.
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = () => void this.close().catch(() => {})

  /** Number of batches; the core must be ready. */
  get length(): number {
    return Math.max(0, this.#core.length - 1)
  }

  async header(): Promise<VolumeHeader> {
    return decodeHeader(await this.#block(0))
  }

  /** Batch `index`, from 0, decoded and checked but for its lines. */
  async batch(index: number): Promise<ReadBatch> {
    const block = await this.#block(index + 1)
    try {
      return { index, wireBytes: block.length, ...(await decodeBatch(block)) }
    } catch (error) {
      throw placed(error, { block: index + 1 })
    }
  }

  /** The JSON lines of batch `index`. */
  async lines(index: number): Promise<string[]> {
    return splitLines((await this.batch(index)).raw)
  }

  /** The records of batch `index`, validated. */
  async records(index: number): Promise<TrainingRecord[]> {
    return parseRecords(await this.batch(index))
  }

  /** Batches in order, a few of them fetched and decoded ahead. */
  batches(range: BatchRange = {}): AsyncGenerator<ReadBatch> {
    const { from = 0, to = this.length, indexes = count(from, to), lookahead = DEFAULT_LOOKAHEAD } = range
    return inOrder(indexes, lookahead, (index) => this.batch(index))
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    await this.#core.close()
  }

  async #block(number: number): Promise<Buffer> {
    const core = this.#core
    throwIfInterrupted(this.#signal)
    try {
      await core.ready()
      if (number >= core.length) throw new VolumeFault('BAD_FRAME', 'the volume ends before it.', { block: number })
      const block = await core.get(number, { timeout: this.#timeout })
      if (block !== null) return block
    } catch (error) {
      throwIfInterrupted(this.#signal)
      if (codeOf(error) !== 'REQUEST_TIMEOUT') throw error
    }
    const what = `Block ${number} of volume ${core.id} did not arrive in ${this.#timeout / 1000} seconds.`
    throw new VdataError('network', 'BLOCK_TIMEOUT', what, 'Try again when more seeders are online.')
  }
}
