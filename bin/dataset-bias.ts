import { compareSummaries, type Comparison } from '../lib/bias/compare.js'
import { biasLines } from '../lib/bias/render/summary.js'
import type { BiasSummary } from '../lib/bias/summary.js'
import { DatasetMeter, type ListedBias } from '../lib/bias/volume.js'
import type { BiasOf } from '../lib/dataset/curation.js'
import type { IndexReader } from '../lib/dataset/reader.js'

/** What a release says of its volumes' bias. */
export const biasOf: BiasOf = (volumes) => {
  const summary = biasOfVolumes(volumes)
  return summary && { ...summary }
}

/** The bias of a dataset, or of what it was in a release; null where none of its volumes was measured. */
export function biasOfVolumes(volumes: readonly ListedBias[]): BiasSummary | null {
  return new DatasetMeter().add(volumes).summary()
}

/** How the figures moved between two states of an index; null names the newest. Null where one has none. */
export async function driftOfStates(
  index: IndexReader,
  from: string | null,
  to: string | null
): Promise<Comparison | null> {
  const summary = async (release: string | null): Promise<BiasSummary | null> => {
    const state = release === null ? index : await index.checkout(release)
    return biasOfVolumes(await state.volumes())
  }
  const [before, after] = [await summary(from), await summary(to)]
  return before && after && compareSummaries(before, after)
}

/** Rows of a table for people. */
export function biasRows(summary: BiasSummary | null): string[][] {
  return summary === null ? [] : biasLines(summary).map((line, n) => [n === 0 ? 'bias' : '', line])
}
