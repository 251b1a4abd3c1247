import type { VolumeEntry } from '../../lib/dataset/entries.js'
import type { Inspection } from '../../lib/volume/inspect.js'
import type { SealedVolume } from '../../lib/volume/seal.js'
import { encodeZoneMap } from '../../lib/volume/zonemap-codec.js'

/** What an index says of a volume that nobody offered and nothing checked. */
export function uncheckedEntry(
  { length, byteLength }: SealedVolume,
  { facets, zoneMap, records, rawBytes }: Inspection,
  { contributor, at }: { contributor: string; at: string }
): VolumeEntry {
  return {
    length,
    bytes: byteLength,
    raw_bytes: rawBytes,
    records,
    contributor,
    signature: '0'.repeat(128),
    expiry: 0,
    license: 'CC0-1.0',
    facets,
    zone_map: encodeZoneMap(zoneMap),
    check: {},
    bias: null,
    accepted_at: at
  }
}
