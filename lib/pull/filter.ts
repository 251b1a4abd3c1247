import type { ListedVolume } from '../dataset/reader.js'
import type { Where, WhereField } from '../record/where.js'
import { allMatch, mayMatch, type Zone } from '../volume/zonemap.js'

/** What is known of a batch before it is fetched. */
export interface BatchFacts {
  volume: ListedVolume
  zone: Zone
}

/**
 * Which truth values a condition can have for the records of a batch, as a set of bits: SQL's true, false and null. A set
 * that is too large costs a needless fetch, one that is too small a wrong answer; so what is not known has all three.
 */
export type Outcomes = number
export const TRUE: Outcomes = 1
export const FALSE: Outcomes = 2
export const NULL: Outcomes = 4
export const ANY: Outcomes = 7

/** A condition, judged by what is known of a batch. */
export type Filter = (batch: BatchFacts) => Outcomes

export const anything: Filter = () => ANY
export const always: Filter = () => TRUE
export const constant =
  (outcome: Outcomes): Filter =>
  () =>
    outcome

/** Whether a batch can hold a record that meets the condition. */
export function mayHold(filter: Filter, batch: BatchFacts): boolean {
  return (filter(batch) & TRUE) !== 0
}

/** Whether every record of a batch is sure to meet it. */
export function allHold(filter: Filter, batch: BatchFacts): boolean {
  return filter(batch) === TRUE
}

const BITS = [TRUE, FALSE, NULL]

/** Kleene's logic on single values, where true > null > false. */
function andOne(a: Outcomes, b: Outcomes): Outcomes {
  if (a === FALSE || b === FALSE) return FALSE
  return a === TRUE && b === TRUE ? TRUE : NULL
}

export function negate(outcomes: Outcomes): Outcomes {
  return (outcomes & TRUE ? FALSE : 0) | (outcomes & FALSE ? TRUE : 0) | (outcomes & NULL)
}

function andSets(a: Outcomes, b: Outcomes): Outcomes {
  let both = 0
  for (const one of BITS) {
    if (!(a & one)) continue
    for (const other of BITS) if (b & other) both |= andOne(one, other)
  }
  return both
}

export function and(...filters: Filter[]): Filter {
  return (batch) => filters.reduce((outcomes, filter) => andSets(outcomes, filter(batch)), TRUE)
}

export function or(...filters: Filter[]): Filter {
  return not(and(...filters.map(not)))
}

export function not(filter: Filter): Filter {
  return (batch) => negate(filter(batch))
}

/** A test of a text column that is a facet: `test` judges one value, null among them. */
export function facet(field: Exclude<WhereField, 'tags'>, test: (value: string | null) => Outcomes): Filter {
  return ({ zone }) => {
    const { values, missing } = zone.facets[field]
    if (values === null) return ANY
    let outcomes = missing ? test(null) : 0
    for (const value of values) outcomes |= test(value)
    return outcomes
  }
}

/** A test of the volume that a record is in, or of its contributor: every record of a batch has the same. */
export function ofVolume(column: 'volume' | 'contributor', test: (value: string | null) => Outcomes): Filter {
  return ({ volume }) => test(column === 'volume' ? volume.id : volume.entry.contributor)
}

/** Whether the tags hold one of some values (or, with `every`, all of them); false where there are none, or null. */
export function tagged(values: readonly string[], every: boolean): Filter {
  return ({ zone }) => {
    const known = zone.facets.tags.values
    const possible = known === null || values[every ? 'every' : 'some']((value) => known.includes(value))
    return possible ? ANY : FALSE | NULL
  }
}

/** Milliseconds since 1970; a zone knows its times down to that, and a record's time may be a little later. */
export type TimeTest = (from: number, to: number) => Outcomes

/** A test of `created_at`: `test` judges whether any time from `from` to `to`, both included, can meet it. */
export function createdAt(test: TimeTest, ofNull: Outcomes): Filter {
  return ({ zone }) => (zone.createdAt ? test(zone.createdAt.from, zone.createdAt.to + 1) : 0) | ofNull
}

/** The conditions of `--where`. */
export function whereFilter(where: readonly Where[]): Filter {
  return ({ zone }) => {
    if (!mayMatch(zone, where)) return FALSE
    return allMatch(zone, where) ? TRUE : TRUE | FALSE
  }
}
