import type { VolumeReader } from '../volume/reader.js'
import type { Zone } from '../volume/zonemap.js'
import type { SampledRecord } from './desk.js'
import type { RecordRange } from './entries.js'

/**
 * Some records of a volume, from all its strata: batches hold one topic, language and model each, and as many different
 * ones as there is room for are looked into before any is a second time. The same volume gives the same sample.
 */
export async function sampleOf(
  reader: VolumeReader,
  zones: readonly Zone[],
  most: number,
  dropped: readonly RecordRange[]
): Promise<SampledRecord[]> {
  const chosen = chooseBatches(zones, most)
  const firsts = firstRecords(zones)
  const sample: SampledRecord[] = []
  for (const [turn, index] of chosen.entries()) {
    const first = firsts[index]!
    const kept = (record: number) => !dropped.some(({ from, to }) => from <= record && record <= to)
    const here = Array.from({ length: zones[index]!.records }, (_, i) => first + i).filter(kept)
    if (here.length === 0) continue
    const share = Math.min(here.length, Math.ceil((most - sample.length) / (chosen.length - turn)))
    const lines = await reader.lines(index)
    for (let i = 0; i < share; i++) {
      const record = here[Math.floor((i * here.length) / share)]!
      sample.push({ record, line: lines[record - first]! })
    }
  }
  return sample.sort((a, b) => a.record - b.record)
}

/** One batch of each stratum, spread over them; then, where there is room, further batches. */
function chooseBatches(zones: readonly Zone[], most: number): number[] {
  const strata = new Map<string, number[]>()
  for (const [index, { facets }] of zones.entries()) {
    const key = JSON.stringify([facets.kind.values, facets.topic.values, facets.language.values, facets.model.values])
    strata.set(key, [...(strata.get(key) ?? []), index])
  }
  const rounds: number[] = []
  for (let round = 0; rounds.length < Math.min(most, zones.length); round++) {
    const row = [...strata.values()].flatMap((batches) => batches.slice(round, round + 1))
    const room = Math.min(most, zones.length) - rounds.length
    rounds.push(...spread(row, room))
  }
  return rounds.sort((a, b) => a - b)
}

function spread<T>(items: T[], most: number): T[] {
  if (items.length <= most) return items
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!)
}

function firstRecords(zones: readonly Zone[]): number[] {
  let sum = 0
  return zones.map(({ records }) => (sum += records) - records)
}
