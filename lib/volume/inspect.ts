import type Hypercore from 'hypercore'
import ID from 'hypercore-id-encoding'
import type { TrainingRecord } from '../record/types.js'
import { FacetCounter, type FacetCount, type PerFacet } from './facets.js'
import { VolumeFault, type FaultCode, type Place } from './faults.js'
import type { VolumeHeader } from './header.js'
import { BATCH_BYTES, VOLUME_LIMITS } from './limits.js'
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
  /** JSON Lines of more bytes than this are not read. Default: as many as vdata's own writer puts in a volume. */
  maxRawBytes?: number
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
  /** At most 20: after so many, and after any of the header, there is nothing left to find out. */
  problems: Problem[]
  /** How many of them there are of each kind. */
  problemCounts: { [code in FaultCode]?: number }
}

const PROBLEMS_MAX = 20
const MAX_RAW_BYTES = VOLUME_LIMITS.blocks * BATCH_BYTES
const LOOKAHEAD = 3

/**
 * Decodes and validates a whole volume in constant memory, and as little as shows that it is not well: a block of a few
 * hundred bytes can hold 4 MiB, so a volume is not read further than to the totals that it declares. What is wrong with
 * the volume is returned, not thrown; only what hinders the look at it is thrown (no peers, interrupted).
 */
export async function inspectVolume(core: Hypercore, options: InspectOptions = {}): Promise<Inspection> {
  const { expected, maxRawBytes = MAX_RAW_BYTES } = options
  await core.ready()
  const findings = new Findings(core, expected)
  if (findings.problems > 0) return findings.result()
  const reader = new VolumeReader(core, options)
  try {
    findings.addHeader(await settle(reader.header()), maxRawBytes)
    if (findings.problems === 0) await readBatches(reader, findings, options)
  } finally {
    await reader.close()
  }
  return findings.result()
}

async function readBatches(reader: VolumeReader, findings: Findings, options: InspectOptions): Promise<void> {
  const { onRecords, onEvent } = options
  const batches = reader.length
  const contents = inOrder(count(0, batches), LOOKAHEAD, async (index) => {
    return [index, await settle(reader.batch(index))] as const
  })
  for await (const [batch, content] of contents) {
    const records = findings.addBatch(content)
    if (records) await onRecords?.(records, batch)
    onEvent?.({ event: 'inspect', batch, batches, records: findings.records })
    if (findings.enough) return
  }
  findings.checkTotals()
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
  readonly #found: Problem[] = []
  readonly #counts: { [code in FaultCode]?: number } = {}
  readonly #wireBytes: number
  #header: VolumeHeader | null = null
  #createdAt: TimeRange | null = null
  #batches = 0
  #rawBytes = 0
  records = 0
  /** Whether to read on would say nothing new. */
  enough = false

  get problems(): number {
    return this.#found.length
  }

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

  addHeader(header: VolumeHeader | VolumeFault, maxRawBytes: number): void {
    if (header instanceof VolumeFault) return this.#add(header)
    this.#header = header
    const { contributor, records, raw_bytes } = header
    const expected = this.#expected
    if (raw_bytes > maxRawBytes) this.#note('TOO_LARGE', `the header declares ${raw_bytes} bytes.`, { block: 0 })
    if (expected && contributor.publicKey !== ID.encode(expected.contributor)) {
      this.#note('WRONG_CONTRIBUTOR', 'the header names another contributor than the offer.', { block: 0 })
    }
    if (expected && expected.records !== records) {
      const what = `${expected.records} records were offered, the header declares ${records}.`
      this.#note('WRONG_TOTALS', what, { block: 0 })
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
      this.#checkNoMore()
      return records
    } catch (error) {
      if (!(error instanceof VolumeFault)) throw error
      this.#add(error)
      return null
    }
  }

  /** At the end: whether it was all that the header declares. Where a batch is bad, nobody can know. */
  checkTotals(): void {
    if (!this.#header || this.#found.length > 0) return
    const { records, raw_bytes } = this.#header
    if (records === this.records && raw_bytes === this.#rawBytes) return
    const declared = `the header declares ${records} records and ${raw_bytes} bytes`
    this.#note('WRONG_TOTALS', `${declared}, the volume holds ${this.records} and ${this.#rawBytes}.`, { block: 0 })
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
      problems: this.#found,
      problemCounts: this.#counts
    }
  }

  #checkNoMore(): void {
    const { records = Infinity, raw_bytes = Infinity } = this.#header ?? {}
    if (this.records <= records && this.#rawBytes <= raw_bytes) return
    this.#note('WRONG_TOTALS', 'the volume holds more than its header declares.', { block: 0 })
    this.enough = true
  }

  #note(code: FaultCode, what: string, place: Place = {}): void {
    this.#add(new VolumeFault(code, what, place))
  }

  #add({ code, message, block, record }: VolumeFault): void {
    this.#counts[code] = (this.#counts[code] ?? 0) + 1
    this.#found.push({ code, message, block, record })
    this.enough ||= this.#found.length >= PROBLEMS_MAX
  }
}
