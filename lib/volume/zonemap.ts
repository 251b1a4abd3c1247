import type { TrainingRecord } from '../record/types.js'
import { facetValues, perFacet, VALUE_LENGTH_MAX, type Facet, type PerFacet } from './facets.js'

/** What is known of a batch without reading it. */
export interface Zone {
  records: number
  rawBytes: number
  /** Bytes of its block. */
  wireBytes: number
  /** The earliest and latest `created_at` of its records, in milliseconds since 1970; null where none has one. */
  createdAt: { from: number; to: number } | null
  facets: PerFacet<ZoneFacet>
}

export interface ZoneFacet {
  /** Every value that occurs in the batch; null where there are too many to list: anything may occur. */
  values: readonly string[] | null
  /** Whether some of the records lack the facet. */
  missing: boolean
}

/** A zone map: the zones of a volume's batches, in order. */
export type ZoneMap = readonly Zone[]

/** One of these values in this field, as `--where field=value,value` says it; several conditions must all hold. */
export interface FacetCondition {
  field: Facet
  values: readonly string[]
}

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
export function mayMatch(zone: Zone, where: readonly FacetCondition[]): boolean {
  return where.every(({ field, values }) => zone.facets[field].values?.some((value) => values.includes(value)) ?? true)
}

/** Whether every record of the batch is sure to meet all conditions, so that none of them need be looked at. */
export function allMatch(zone: Zone, where: readonly FacetCondition[]): boolean {
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
  add(records: readonly TrainingRecord[], rawBytes: number, wireBytes: number): void {
    this.#zones.push({
      records: records.length,
      rawBytes,
      wireBytes,
      createdAt: timeRange(records),
      facets: perFacet((facet) => this.#facet(facet, records))
    })
  }

  build(): ZoneMap {
    return this.#zones
  }

  #facet(facet: Facet, records: readonly TrainingRecord[]): ZoneFacet {
    const { values, missing } = distinct(facet, records)
    if (values === null) return this.#anything(facet, missing)
    const key = JSON.stringify([missing, ...values])
    const sets = this.#sets[facet]
    const known = sets.get(key)
    if (known) return known
    const fresh = values.filter((value) => !this.#values.has(value))
    const full =
      sets.size >= ZONE_LIMITS.sets ||
      this.#setValues + values.length > ZONE_LIMITS.setValues ||
      this.#values.size + fresh.length > ZONE_LIMITS.values
    if (full) return this.#anything(facet, missing)
    for (const value of fresh) this.#values.add(value)
    this.#setValues += values.length
    const zone = { values, missing }
    sets.set(key, zone)
    return zone
  }

  #anything(facet: Facet, missing: boolean): ZoneFacet {
    const key = `anything ${missing}`
    const known = this.#sets[facet].get(key) ?? { values: null, missing }
    this.#sets[facet].set(key, known)
    return known
  }
}

function distinct(facet: Facet, records: readonly TrainingRecord[]): { values: string[] | null; missing: boolean } {
  const values = new Set<string>()
  let missing = false
  let many = false
  for (const record of records) {
    const own = facetValues(record, facet)
    if (own.length === 0) missing = true
    for (const value of own) {
      if (many || values.has(value)) continue
      many = values.size === ZONE_LIMITS.batchValues || value.length > VALUE_LENGTH_MAX
      values.add(value)
    }
  }
  return { values: many ? null : [...values].sort(), missing }
}

function timeRange(records: readonly TrainingRecord[]): { from: number; to: number } | null {
  let from = Infinity
  let to = -Infinity
  for (const { created_at } of records) {
    const at = created_at === undefined ? Number.NaN : Date.parse(created_at)
    if (at < from) from = at
    if (at > to) to = at
  }
  return from <= to ? { from, to } : null
}
