import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import { VdataError } from '../errors.js'
import { FIELD_LIMITS } from '../record/fields.js'
import { WHERE_FIELDS } from '../record/where.js'
import { perFacet } from './facets.js'
import { VOLUME_LIMITS } from './limits.js'
import { ZONE_LIMITS, type Zone, type ZoneFacet, type ZoneMap } from './zonemap.js'

// Columns, so that what repeats from batch to batch compresses to almost nothing: the numbers of every batch, a dictionary
// of all facet values, for each facet the sets of values that occur, and for each batch which of them it has.

const amount = z.int().nonnegative()
const column = <T extends z.ZodType>(of: T) => z.array(of).max(VOLUME_LIMITS.blocks - 1)
const indexes = z.array(amount).max(ZONE_LIMITS.batchValues)

const facetSchema = z.object({
  /** [1 if some records lack the facet else 0, indexes into the dictionary or null for anything] */
  sets: z.array(z.tuple([z.literal([0, 1]), indexes.nullable()])).max(ZONE_LIMITS.sets + 2),
  of: column(amount)
})

const schema = z.object({
  version: z.literal(1),
  records: column(amount.max(VOLUME_LIMITS.records)),
  raw: column(amount.max(VOLUME_LIMITS.rawBytes)),
  wire: column(amount.max(VOLUME_LIMITS.wireBytes)),
  /** Of `created_at`, in milliseconds since 1970. */
  from: column(z.int().nullable()),
  to: column(z.int().nullable()),
  values: z.array(z.string().max(FIELD_LIMITS.facet)).max(ZONE_LIMITS.values),
  /** A facet that is not there may be anything: maps may come from earlier versions. */
  facets: z.partialRecord(z.enum(WHERE_FIELDS), facetSchema)
})

type Columns = z.infer<typeof schema>

const DECODED_MAX = 8 * 1024 * 1024
const ANYTHING: ZoneFacet = { values: null, missing: true }

/** A zone map as text, for the index: base64 of the raw deflate of its columns as JSON. */
export function encodeZoneMap(map: ZoneMap): string {
  const values = new Map<string, number>()
  const valueIndex = (value: string) => indexIn(values, value)
  const columns: Columns = {
    version: 1,
    records: map.map((zone) => zone.records),
    raw: map.map((zone) => zone.rawBytes),
    wire: map.map((zone) => zone.wireBytes),
    from: map.map((zone) => zone.createdAt?.from ?? null),
    to: map.map((zone) => zone.createdAt?.to ?? null),
    facets: perFacet((field) => {
      const sets = new Map<string, number>()
      const of = map.map((zone) => {
        const { values: own, missing } = zone.facets[field]
        return indexIn(sets, JSON.stringify([missing ? 1 : 0, own?.map(valueIndex) ?? null]))
      })
      return { sets: [...sets.keys()].map((set) => JSON.parse(set) as [0 | 1, number[] | null]), of }
    }),
    values: [...values.keys()]
  }
  return deflateRawSync(JSON.stringify(columns), { level: 9 }).toString('base64')
}

/** Reads and validates what encodeZoneMap wrote, in bounded memory; throws a VdataError. */
export function decodeZoneMap(text: string): ZoneMap {
  let value: unknown
  try {
    const json = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: DECODED_MAX })
    value = JSON.parse(json.toString('utf8'))
  } catch (cause) {
    throw bad('it is not readable', cause)
  }
  const result = schema.safeParse(value)
  if (!result.success) throw bad(result.error.issues[0]?.message ?? 'it is not valid', result.error)
  return toZones(result.data)
}

function toZones({ records, raw, wire, from, to, values, facets }: Columns): ZoneMap {
  const columns = perFacet((field) => {
    const { sets, of } = facets[field] ?? { sets: [], of: null }
    const zones = sets.map(([missing, set]): ZoneFacet => {
      return { values: set && set.map((index) => item(values, index)), missing: missing === 1 }
    })
    return of?.map((index) => item(zones, index)) ?? records.map(() => ANYTHING)
  })
  if ([raw, wire, from, to, ...Object.values(columns)].some(({ length }) => length !== records.length)) {
    throw bad('its columns are not equally long')
  }
  return records.map((count, i): Zone => {
    const [first, last] = [from[i] ?? null, to[i] ?? null]
    return {
      records: count,
      rawBytes: item(raw, i),
      wireBytes: item(wire, i),
      createdAt: first === null || last === null ? null : { from: first, to: last },
      facets: perFacet((field) => item(columns[field], i))
    }
  })
}

function indexIn(dictionary: Map<string, number>, key: string): number {
  const known = dictionary.get(key)
  if (known !== undefined) return known
  dictionary.set(key, dictionary.size)
  return dictionary.size - 1
}

function item<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw bad('it points to a value that it does not have')
  return found
}

function bad(why: string, cause?: unknown): VdataError {
  const advice = 'Ask the dataset’s moderator to accept the volume anew.'
  return new VdataError('verification', 'BAD_ZONE_MAP', `A volume's zone map cannot be used: ${why}.`, advice, {
    cause
  })
}
