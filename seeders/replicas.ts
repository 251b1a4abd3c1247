import type { Listed } from './fetcher.js'
import { purgedByAll } from './purges.js'
import type { Replica } from './replica.js'

/** The datasets that a node follows, by their indexes' ids, and what they say together. */
export class Replicas extends Map<string, Replica> {
  /** The volumes that some dataset lists and the owner chose, and whether all indexes could be read. */
  listed(): { volumes: readonly Listed[]; complete: boolean } {
    const volumes = new Map<string, Listed>()
    let complete = true
    for (const replica of this.values()) {
      complete &&= replica.known
      for (const volume of replica.listed) volumes.set(volume.id, volume)
    }
    return { volumes: [...volumes.values()], complete }
  }

  /** Those that list a volume. */
  of({ id }: Pick<Listed, 'id'>): Replica[] {
    return [...this.values()].filter(({ ids }) => ids.has(id))
  }

  /** Keys of the indexes. */
  indexKeys(): Buffer[] {
    return [...this.values()].map(({ index }) => index.core.key)
  }

  /** Bytes that the indexes still need. */
  lacking(): number {
    return [...this.values()].reduce((sum, { lacking }) => sum + lacking, 0)
  }

  /** Blocks that nobody shall have any more, by volume. */
  purged(): ReadonlyMap<string, ReadonlySet<number>> {
    return purgedByAll([...this.values()])
  }
}
