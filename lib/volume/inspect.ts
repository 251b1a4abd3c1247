import type Hypercore from 'hypercore'
import ID from 'hypercore-id-encoding'
import type { TrainingRecord } from '../record/types.js'
import { FacetCounter, type FacetCount, type PerFacet } from './facets.js'
import { VolumeFault, type FaultCode, type Place } from './faults.js'
import type { VolumeHeader } from './header.js'
import { VOLUME_LIMITS } from './limits.js'
import { count, inOrder } from './order.js'
import { parseRecords } from './parse.js'
import { VolumeReader, type ReadBatch, type ReaderOptions } from './reader.js'
import { isStaticManifest } from './static.js'
import { spanning, ZoneMapBuilder, type TimeRange, type ZoneMap } from './zonemap.js'

/** What an offer says of a volume. */
export interface ExpectedVolume {
  /** Blocks, the header among them. */
  length: number
  /** Bytes on the wire, the header among them. */
  bytes: number
  records: number
  /** Public key. */
  contributor: Buffer
}

export interface InspectOptions extends ReaderOptions {
  expected?: ExpectedVolume
  /** Is shown the records of every batch that is well, so that other checks need not decode the volume again. */
  onRecords?: (records: readonly TrainingRecord[], batch: number) => void | Promise<void>
  onEvent?: (event: { event: 'inspect'; batch: number; batches: number; records: number }) => void
}

export interface Problem extends Place {
  code: FaultCode
  /** A sentence, with its place. */
  message: string
}

/** What a volume holds, as far as it could be read. It is well if and only if `problems` is empty. */
export interface Inspection {
  header: VolumeHeader | null
  /** Batches that are well, the records in them and the bytes of their JSON Lines. */
  batches: number
  records: number
  rawBytes: number
  /** Bytes of all blocks, the header among them. */
  wireBytes: number
  /** The licences are those of the facet `license`. */
  facets: PerFacet<FacetCount>
  createdAt: TimeRange | null
  /** Of the batches that are well. */
  zoneMap: ZoneMap
  /** The first ones. */
  problems: Problem[]
  /** How many there are of each kind; one for each bad batch. */
  problemCounts: { [code in FaultCode]?: number }
}

const PROBLEMS_LISTED = 20
const LOOKAHEAD = 3

/**
 * Decodes and validates a whole volume in constant memory. What is wrong with the volume is returned, not thrown; only
 * what hinders the look at it is thrown (no peers, interrupted).
 */
export async function inspectVolume(core: Hypercore, options: InspectOptions = {}): Promise<Inspection> {
  const { expected, onRecords, onEvent } = options
  await core.ready()
  const findings = new Findings(core, expected)
  if (core.length > VOLUME_LIMITS.blocks) return findings.result()

  const reader = new VolumeReader(core, options)
  try {
    findings.addHeader(await settle(reader.header()))
    const batches = reader.length
    for await (const [batch, content] of inOrder(count(0, batches), LOOKAHEAD, async (index) => {
      return [index, await settle(reader.batch(index))] as const
    })) {
      const records = findings.addBatch(content)
      if (records) await onRecords?.(records, batch)
      onEvent?.({ event: 'inspect', batch, batches, records: findings.records })
    }
  } finally {
    await reader.close()
  }
  findings.checkTotals()
  return findings.result()
}

async function settle<T>(reading: Promise<T>): Promise<T | VolumeFault> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof VolumeFault) return error
    throw error
  }
}

class Findings {
  readonly #expected: ExpectedVolume | undefined
  readonly #facets = new FacetCounter()
  readonly #zones = new ZoneMapBuilder()
  readonly #problems: Problem[] = []
  readonly #counts: { [code in FaultCode]?: number } = {}
  readonly #wireBytes: number
  #header: VolumeHeader | null = null
  #createdAt: TimeRange | null = null
  #batches = 0
  #rawBytes = 0
  records = 0

  /** Begins with what can be seen without reading a block. */
  constructor(core: Hypercore, expected?: ExpectedVolume) {
    const { length, byteLength, key, manifest } = core
    this.#expected = expected
    this.#wireBytes = byteLength
    if (!isStaticManifest(manifest, key, length)) this.#note('NOT_STATIC', 'the core is not a sealed volume.')
    if (length > VOLUME_LIMITS.blocks) this.#note('TOO_LARGE', `the volume has ${length} blocks.`)
    if (length < 2) this.#note('BAD_FRAME', 'the volume has no batches.')
    if (expected && (expected.length !== length || expected.bytes !== byteLength)) {
      const offered = `${expected.length} blocks and ${expected.bytes} bytes were offered`
      this.#note('WRONG_TOTALS', `${offered}, the volume has ${length} and ${byteLength}.`)
    }
  }

  addHeader(header: VolumeHeader | VolumeFault): void {
    if (header instanceof VolumeFault) return this.#add(header)
    this.#header = header
    if (this.#expected && header.contributor.publicKey !== ID.encode(this.#expected.contributor)) {
      this.#note('WRONG_CONTRIBUTOR', 'the header names another contributor than the offer.', { block: 0 })
    }
  }

  /** Returns the batch's records, if it is well. */
  addBatch(batch: ReadBatch | VolumeFault): readonly TrainingRecord[] | null {
    try {
      if (batch instanceof VolumeFault) throw batch
      const records = parseRecords(batch)
      const zone = this.#zones.add(records, batch.raw.length, batch.wireBytes)
      for (const record of records) this.#facets.add(record)
      this.#createdAt = spanning(this.#createdAt, zone.createdAt)
      this.#batches++
      this.#rawBytes += batch.raw.length
      this.records += records.length
      return records
    } catch (error) {
      if (!(error instanceof VolumeFault)) throw error
      this.#add(error)
      return null
    }
  }

  checkTotals(): void {
    const { records, raw_bytes } = this.#header ?? {}
    // Where a batch could not be read, nobody knows the totals.
    if (this.#problems.some(({ block }) => block !== undefined && block > 0)) return
    if (this.#header && (records !== this.records || raw_bytes !== this.#rawBytes)) {
      const declared = `the header declares ${records} records and ${raw_bytes} bytes`
      this.#note('WRONG_TOTALS', `${declared}, the volume holds ${this.records} and ${this.#rawBytes}.`, { block: 0 })
    }
    if (this.#expected && this.#expected.records !== this.records) {
      this.#note('WRONG_TOTALS', `${this.#expected.records} records were offered, the volume holds ${this.records}.`)
    }
  }

  result(): Inspection {
    return {
      header: this.#header,
      batches: this.#batches,
      records: this.records,
      rawBytes: this.#rawBytes,
      wireBytes: this.#wireBytes,
      facets: this.#facets.counts(),
      createdAt: this.#createdAt,
      zoneMap: this.#zones.build(),
      problems: this.#problems,
      problemCounts: this.#counts
    }
  }

  #note(code: FaultCode, what: string, place: Place = {}): void {
    this.#add(new VolumeFault(code, what, place))
  }

  #add({ code, message, block, record }: VolumeFault): void {
    this.#counts[code] = (this.#counts[code] ?? 0) + 1
    if (this.#problems.length < PROBLEMS_LISTED) this.#problems.push({ code, message, block, record })
  }
}
