import type { TrainingRecord } from '../record/types.js'

/** The fields by which records are told apart without reading them. */
export const FACETS = ['kind', 'topic', 'language', 'tags', 'provider', 'model', 'license'] as const
export type Facet = (typeof FACETS)[number]

export type PerFacet<T> = { [facet in Facet]: T }

/** How often each value occurs. `other` counts occurrences of values that are not listed; a record may have several tags. */
export interface FacetCount {
  values: { [value: string]: number }
  other: number
  /** Records without this facet. */
  missing: number
}

/** Values of outside data that are longer than this are not worth listing. */
export const VALUE_LENGTH_MAX = 128
const VALUES_MAX = 256

export function perFacet<T>(make: (facet: Facet) => T): PerFacet<T> {
  return Object.fromEntries(FACETS.map((facet) => [facet, make(facet)])) as PerFacet<T>
}

/** A record's values of a facet: none, one, or its tags. */
export function facetValues(record: TrainingRecord, facet: Facet): readonly string[] {
  const value = record[facet]
  if (value === undefined) return NONE
  return typeof value === 'string' ? [value] : value
}

/** Counts the facets' values over any number of records, in bounded memory: the first 256 values of each are listed. */
export class FacetCounter {
  readonly #counts = perFacet(() => ({ values: new Map<string, number>(), other: 0, missing: 0 }))

  add(record: TrainingRecord): void {
    for (const facet of FACETS) {
      const count = this.#counts[facet]
      const values = facetValues(record, facet)
      if (values.length === 0) count.missing++
      for (const value of values) {
        const seen = count.values.get(value)
        if (seen !== undefined) count.values.set(value, seen + 1)
        else if (count.values.size < VALUES_MAX && value.length <= VALUE_LENGTH_MAX) count.values.set(value, 1)
        else count.other++
      }
    }
  }

  counts(): PerFacet<FacetCount> {
    return perFacet((facet) => {
      const { values, other, missing } = this.#counts[facet]
      return { values: Object.fromEntries(values), other, missing }
    })
  }
}

const NONE: readonly string[] = []
