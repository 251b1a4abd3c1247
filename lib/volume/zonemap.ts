import type { TrainingRecord } from '../record/types.js'
import type { Where, WhereField } from '../record/where.js'
import { facetValues, perFacet, type PerFacet } from './facets.js'

/** What is known of a batch without reading it. */
export interface Zone {
  records: number
  rawBytes: number
  /** Bytes of its block. */
  wireBytes: number
  /** The earliest and latest `created_at` of its records, down to the millisecond; null where none has one. */
  createdAt: TimeRange | null
  facets: PerFacet<ZoneFacet>
}

/** In milliseconds since 1970, both ends included. */
export interface TimeRange {
  from: number
  to: number
}

export interface ZoneFacet {
  /** Every value that occurs in the batch; null where there are too many to list: anything may occur. */
  values: readonly string[] | null
  /** Whether some of the records lack the facet. */
  missing: boolean
}

/** A zone map: the zones of a volume's batches, in order. */
export type ZoneMap = readonly Zone[]

/** The bounds of a zone map, whatever a volume holds: beyond them a facet is said to be anything. */
export const ZONE_LIMITS = {
  /** Values of a facet in a batch. */
  batchValues: 64,
  /** Different values in all of the map. */
  values: 2_048,
  /** Different sets of values of one facet that batches have, and the values in all of them together. */
  sets: 2_048,
  setValues: 65_536
} as const

/** Whether a record of the batch may meet all conditions. If not, the batch need not be fetched. */
export function mayMatch(zone: Zone, where: readonly Where[]): boolean {
  return where.every(({ field, values }) => zone.facets[field].values?.some((value) => values.includes(value)) ?? true)
}

/** Whether every record of the batch is sure to meet all conditions, so that none of them need be looked at. */
export function allMatch(zone: Zone, where: readonly Where[]): boolean {
  return where.every(({ field, values }) => {
    const facet = zone.facets[field]
    return !facet.missing && facet.values !== null && facet.values.every((value) => values.includes(value))
  })
}

/** Builds a zone map from decoded records, batch by batch. */
export class ZoneMapBuilder {
  readonly #zones: Zone[] = []
  readonly #values = new Set<string>()
  readonly #sets = perFacet(() => new Map<string, ZoneFacet>())
  #setValues = 0

  /** Adds the next batch; `wireBytes` is its block's length. */
  add(records: readonly TrainingRecord[], rawBytes: number, wireBytes: number): Zone {
    const zone = {
      records: records.length,
      rawBytes,
      wireBytes,
      createdAt: timeRange(records),
      facets: perFacet((field) => this.#facet(field, records))
    }
    this.#zones.push(zone)
    return zone
  }

  build(): ZoneMap {
    return this.#zones
  }

  #facet(field: WhereField, records: readonly TrainingRecord[]): ZoneFacet {
    const { values, missing } = distinct(field, records)
    if (values === null) return this.#anything(field, missing)
    const key = JSON.stringify([missing, ...values])
    const sets = this.#sets[field]
    const known = sets.get(key)
    if (known) return known
    const fresh = values.filter((value) => !this.#values.has(value))
    const full =
      sets.size >= ZONE_LIMITS.sets ||
      this.#setValues + values.length > ZONE_LIMITS.setValues ||
      this.#values.size + fresh.length > ZONE_LIMITS.values
    if (full) return this.#anything(field, missing)
    for (const value of fresh) this.#values.add(value)
    this.#setValues += values.length
    const zone = { values, missing }
    sets.set(key, zone)
    return zone
  }

  #anything(field: WhereField, missing: boolean): ZoneFacet {
    const key = `anything ${missing}`
    const known = this.#sets[field].get(key) ?? { values: null, missing }
    this.#sets[field].set(key, known)
    return known
  }
}

function distinct(
  field: WhereField,
  records: readonly TrainingRecord[]
): { values: string[] | null; missing: boolean } {
  const values = new Set<string>()
  let missing = false
  let many = false
  for (const record of records) {
    const own = facetValues(record, field)
    if (own.length === 0) missing = true
    for (const value of own) {
      if (many || values.has(value)) continue
      many = values.size === ZONE_LIMITS.batchValues
      values.add(value)
    }
  }
  return { values: many ? null : [...values].sort(), missing }
}

function timeRange(records: readonly TrainingRecord[]): TimeRange | null {
  let range: TimeRange | null = null
  for (const { created_at } of records) {
    if (created_at === undefined) continue
    const at = Date.parse(created_at)
    range = spanning(range, { from: at, to: at })
  }
  return range
}

/** The range that holds both. */
export function spanning(one: TimeRange | null, other: TimeRange | null): TimeRange | null {
  if (!one || !other) return one ?? other
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) }
}
