import { costOf, type Listed } from './fetcher.js'
import type { Ledger } from './ledger.js'
import type { Neighbours } from './neighbours.js'
import { keyNumbers, type Candidate, type Peer } from './policy.js'

/** A volume as the policy sees it. */
export interface VolumeChoice extends Candidate {
  volume: Listed
}

/** Since when volumes are here, and since when others have no copy of them: milliseconds on the monotonic clock. */
export interface Times {
  heldSince: Map<string, number>
  lackingSince: Map<string, number>
}

/** What the policy is to know of each volume; keeps `lackingSince` up to date. */
export function choicesOf(
  volumes: readonly Listed[],
  neighbours: Neighbours,
  { ledger, heldSince, lackingSince }: Times & { ledger: Ledger },
  now: number
): { choices: VolumeChoice[]; seeders: Peer[] } {
  const datasets = new Map<string, ReturnType<typeof seen>>()
  const seen = (index: Buffer) => ({ holders: neighbours.holders(index, true), seeders: neighbours.peers(index) })
  const choices = volumes.map((volume): VolumeChoice => {
    const index = volume.index.toString('hex')
    let dataset = datasets.get(index)
    if (!dataset) datasets.set(index, (dataset = seen(volume.index)))
    const holders = dataset.holders.get(volume.prefix) ?? []
    if (holders.length > 0) lackingSince.delete(volume.id)
    else if (!lackingSince.has(volume.id)) lackingSince.set(volume.id, now)
    return {
      volume,
      key: keyNumbers(volume.key),
      bytes: costOf(volume.bytes),
      held: ledger.get(volume.id)?.place === 'held',
      heldSince: heldSince.get(volume.id) ?? 0,
      others: holders.length,
      holders: () => holders,
      seeders: dataset.seeders,
      lackingSince: lackingSince.get(volume.id) ?? null
    }
  })
  return { choices, seeders: [...datasets.values()].flatMap((dataset) => dataset.seeders) }
}
