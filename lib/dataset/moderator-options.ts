import type { BiasOf } from './curation.js'
import type { DatasetEntry } from './entries.js'
import type { Limits, PremisesOptions } from './premises.js'
import type { Examine } from './queue.js'

export interface ModeratorOptions extends PremisesOptions {
  /** Accept what passes; else leave it in the queue. */
  auto?: boolean
  /** With `auto`: only of contributors who have so many accepted volumes. */
  trust?: number
  /** Told of every volume that was accepted, before anybody else is. */
  onAccept?(id: string): Promise<void>
  limits?: Partial<Limits>
  examine?: Examine
  /** Whether volumes that were accepted since a volume was examined may have some of its records, so that its report is out of date. */
  outdated?(id: string, dataset: DatasetEntry): boolean
  /** For releases. */
  biasOf?: BiasOf
}
