import type { TrainingRecord } from '../record/types.js'
import { WHERE_FIELDS, type WhereField } from '../record/where.js'

/** Something for each of the fields by which records can be chosen. */
export type PerFacet<T> = { [field in WhereField]: T }

/** How often each value of a facet occurs. A record may have several tags. */
export interface FacetCount {
  values: { [value: string]: number }
  /** Occurrences of values that are not listed. */
  other: number
  /** Records without this facet. */
  missing: number
}

/** Beyond so many different values of a facet, the others are only counted together. */
const VALUES_MAX = 256

export function perFacet<T>(make: (field: WhereField) => T): PerFacet<T> {
  return Object.fromEntries(WHERE_FIELDS.map((field) => [field, make(field)])) as PerFacet<T>
}

/** A record's values of a facet: none, one, or its tags. */
export function facetValues(record: TrainingRecord, field: WhereField): readonly string[] {
  const value = record[field]
  if (value === undefined) return NONE
  return typeof value === 'string' ? [value] : value
}

/** Counts the facets' values over any number of records, in bounded memory. */
export class FacetCounter {
  readonly #counts = perFacet(() => ({ values: new Map<string, number>(), other: 0, missing: 0 }))

  add(record: TrainingRecord): void {
    for (const field of WHERE_FIELDS) {
      const count = this.#counts[field]
      const values = facetValues(record, field)
      if (values.length === 0) count.missing++
      for (const value of values) {
        const seen = count.values.get(value)
        if (seen !== undefined) count.values.set(value, seen + 1)
        else if (count.values.size < VALUES_MAX) count.values.set(value, 1)
        else count.other++
      }
    }
  }

  counts(): PerFacet<FacetCount> {
    return perFacet((field) => {
      const { values, other, missing } = this.#counts[field]
      return { values: Object.fromEntries(values), other, missing }
    })
  }
}

const NONE: readonly string[] = []
