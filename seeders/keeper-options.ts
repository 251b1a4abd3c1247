import type Corestore from 'corestore'
import type { Fetcher, Listed } from './fetcher.js'
import type { Ledger } from './ledger.js'
import type { Neighbours } from './neighbours.js'
import type { KeyNumbers } from './policy.js'
import type { Room } from './room.js'

export interface KeeperTiming {
  /** Milliseconds between two looks at the network when nothing happens. */
  look?: number
  /** See policy.ts. */
  dwell?: number
  patience?: number
  /** Milliseconds until a volume that nobody had is asked for again. */
  again?: number
}

export interface KeeperOptions {
  store: Corestore
  ledger: Ledger
  room: Room
  fetcher: Fetcher
  neighbours: Neighbours
  self: KeyNumbers
  target?: number
  timing?: KeeperTiming
  /** Bytes of volumes that are fetched at once: those that are cleared together later lie together. */
  batch: number
  /** What the datasets list and the owner chose, and whether all of them could be read: only then is the rest cleared. */
  listed(): { volumes: readonly Listed[]; complete: boolean }
  /** Bytes that the datasets' indexes still need: they come before volumes. */
  reserved(): number
  /** Keys of the datasets' indexes, which lie in the same store. */
  indexes(): Iterable<Buffer>
  /** Blocks that nobody shall have any more, by volume. */
  purged(): ReadonlyMap<string, ReadonlySet<number>>
}
