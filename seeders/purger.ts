import type Corestore from 'corestore'
import { flushStore, rewriteCore } from '../lib/network/space.js'
import { parseKey } from '../lib/dataset/link.js'
import type { Kept, Ledger } from './ledger.js'
import { clearBlocks } from './purges.js'

export interface PurgerOptions {
  store: Corestore
  ledger: Ledger
  /** The cores that are written all the time: the datasets' indexes. */
  indexes(): Iterable<Buffer>
  /** Bytes that are written anew at a time: twice that much more lies on the disk meanwhile. */
  chunk: number
}

/**
 * Removes blocks for good. Clearing a block only forgets it: its bytes stay in a file until all that lies in that file was
 * cleared or has moved. So what may share files with it is written anew: the rest of its volume, and the volumes that
 * were fetched together with it, and the indexes.
 */
export class Purger {
  private readonly options: PurgerOptions

  constructor(options: PurgerOptions) {
    this.options = options
  }

  /**
   * @param purged blocks that nobody shall have any more, by volume
   * @returns how many of them were still here
   */
  async purge(purged: ReadonlyMap<string, ReadonlySet<number>>): Promise<number> {
    const { ledger, store } = this.options
    const touched = new Map<string, Kept>()
    const done: Kept[] = []
    let cleared = 0
    for (const [id, blocks] of purged) {
      const kept = ledger.get(id)
      if (!kept || kept.purged === blocks.size) continue
      const here = await clearBlocks(store, parseKey(id), blocks)
      cleared += here
      // What is still coming may bring them once more: it is not done with.
      if (kept.place === 'coming' && here === 0) continue
      if (kept.place === 'held') done.push({ ...kept, purged: blocks.size })
      for (const each of [kept, ...ledger.beside(kept)]) touched.set(each.id, each)
    }
    if (touched.size === 0) return cleared
    // What is on its way lies in files of its own from here on.
    await flushStore(store)
    const from = ++ledger.era
    const keys = [...touched.keys()].map((id) => parseKey(id))
    for (const key of [...keys, ...this.options.indexes()]) await this.rewrite(key)
    const to = ledger.era++
    const places = new Map([...touched, ...done.map((kept): [string, Kept] => [kept.id, kept])])
    await ledger.put([...places.values()].map((kept) => ({ ...kept, ...this.after(kept, from, to) })))
    return cleared
  }

  private async rewrite(key: Buffer): Promise<void> {
    const { store, chunk } = this.options
    const core = store.get({ key })
    try {
      await rewriteCore(store, core, chunk)
    } finally {
      await core.close()
    }
  }

  /** A volume that is being fetched meanwhile may have got further: that lies elsewhere. */
  private after({ id }: Kept, from: number, to: number): Pick<Kept, 'eras' | 'place'> {
    const place = this.options.ledger.get(id)?.place ?? 'coming'
    return { eras: [[from, to]], place }
  }
}
