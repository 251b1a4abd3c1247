import type Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import { VdataError } from '../errors.js'
import {
  contributorEntry,
  datasetEntry,
  dropEntry,
  KEYS,
  releaseEntry,
  verdictEntry,
  volumeEntry,
  type ContributorEntry,
  type DatasetEntry,
  type Drop,
  type ReleaseEntry,
  type VerdictEntry,
  type VolumeEntry
} from './entries.js'
import { IndexReader } from './reader.js'

/** The moderator's side of an index. Every decision is one atomic append: all of its keys are there, or none. */
export class IndexWriter extends IndexReader {
  private readonly store: Corestore

  private constructor(store: Corestore, core: Hyperbee['core']) {
    super(core)
    this.store = store
  }

  /** Opens the index that `store` holds under `name`; it is empty until `describe` was called. */
  static async openNamed(store: Corestore, name: string): Promise<IndexWriter> {
    const core = store.get({ name })
    await core.ready()
    const writer = new IndexWriter(store, core)
    await writer.bee.ready()
    if (!core.writable) throw new VdataError('config', 'NOT_MODERATOR', 'This computer cannot write this index.')
    return writer
  }

  async describe(entry: DatasetEntry): Promise<void> {
    await this.write({ [KEYS.dataset]: datasetEntry.parse(entry) })
  }

  /** Lists a volume, with its verdict and, where given, its contributor. */
  async accept(id: string, volume: VolumeEntry, contributor?: ContributorEntry): Promise<void> {
    const verdict: VerdictEntry = { status: 'accepted', reasons: [], at: volume.accepted_at }
    await this.write({
      [KEYS.volume(id)]: volumeEntry.parse(volume),
      [KEYS.verdict(id)]: verdictEntry.parse(verdict),
      ...(contributor && { [KEYS.contributor(volume.contributor)]: contributorEntry.parse(contributor) })
    })
  }

  async decide(id: string, verdict: VerdictEntry): Promise<void> {
    await this.write({ [KEYS.verdict(id)]: verdictEntry.parse(verdict) })
  }

  /** Adds a drop to those of a volume. */
  async drop(id: string, drop: Drop): Promise<void> {
    await this.write({ [KEYS.drop(id)]: dropEntry.parse({ drops: [...(await this.drops(id)), drop] }) })
  }

  /** Says how a contributor stands. */
  async judge(id: string, contributor: ContributorEntry): Promise<void> {
    await this.write({ [KEYS.contributor(id)]: contributorEntry.parse(contributor) })
  }

  async publish(name: string, release: ReleaseEntry): Promise<void> {
    await this.write({ [KEYS.release(name)]: releaseEntry.parse(release) })
  }

  private async write(entries: { [key: string]: unknown }): Promise<void> {
    const batch = this.bee.batch()
    for (const [key, value] of Object.entries(entries)) await batch.put(key, value)
    await batch.flush()
    // What others have seen must survive a power cut: an index that forgot its tail would contradict itself.
    await this.store.storage.flush()
  }
}
