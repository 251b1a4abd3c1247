import { createHash, webcrypto } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { ClosedBatch } from './batcher.js'
import { encodeBatch } from './frame.js'
import { PlacesWriter, placesOf } from './places.js'
import { newDraftId, type Draft } from './seal.js'
import { SpoolWriter } from './spool.js'

/** A batch as it goes into a volume. */
export interface EncodedBatch extends ClosedBatch {
  block: Buffer
  digest: Uint8Array
}

/** Compresses and hashes on the thread pool: the thread that reads the records has no time for their bytes. */
export async function encode(batch: ClosedBatch): Promise<EncodedBatch> {
  const block = await encodeBatch(batch.lines, batch.records)
  const digest = await webcrypto.subtle.digest('SHA-256', batch.lines)
  return { ...batch, block, digest: new Uint8Array(digest) }
}

/** Writes a draft: its spool, and beside it the places of its records. */
export class DraftWriter {
  readonly draft: Draft
  readonly #spool: SpoolWriter
  readonly #places: PlacesWriter
  readonly #hash = createHash('sha256')

  private constructor(spool: SpoolWriter, places: PlacesWriter) {
    this.#spool = spool
    this.#places = places
    this.draft = {
      id: newDraftId(),
      path: spool.path,
      batches: 0,
      records: 0,
      rawBytes: 0,
      wireBytes: 0,
      contentHash: ''
    }
  }

  static async create(path: string): Promise<DraftWriter> {
    return new DraftWriter(await SpoolWriter.create(path), await PlacesWriter.create(placesOf(path)))
  }

  async add({ lines, records, places, block, digest }: EncodedBatch): Promise<void> {
    this.draft.batches++
    this.draft.records += records
    this.draft.rawBytes += lines.length
    this.draft.wireBytes += block.length
    this.#hash.update(digest)
    await this.#spool.append(block)
    await this.#places.append(places)
  }

  async finish(): Promise<void> {
    this.draft.contentHash = this.#hash.digest('hex')
    await this.#spool.finish()
    await this.#places.finish()
  }

  async discard(): Promise<void> {
    await this.#spool.close()
    await this.#places.close()
    await rm(this.#spool.path, { force: true })
    await rm(placesOf(this.#spool.path), { force: true })
  }
}
