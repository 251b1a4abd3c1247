import { rm } from 'node:fs/promises'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { readJson, writeJson } from '../files.js'
import { clearBlock, reclaimSpace } from '../network/internals-disk.js'
import { notListed, prepareDrop, prepareRelease, standingOf, type DropRequest, type PreparedDrop } from './curate.js'
import { purgedBlocks } from './drops.js'
import type { ContributorEntry, ReleaseEntry } from './entries.js'
import type { ListedVolume } from './reader.js'
import { parseKey } from './link.js'
import type { IndexWriter } from './writer.js'

export interface Judged extends ContributorEntry {
  contributor: string
}

export interface NamedRelease {
  name: string
  entry: ReleaseEntry
}

/** Adds up what the entries of volumes say of their bias: see lib/bias/volume.ts. */
export type BiasOf = (volumes: readonly ListedVolume[]) => ReleaseEntry['bias']

/** What a moderator's process lends to its curation. */
export interface Bench {
  index: IndexWriter
  /** The accepted volumes. */
  store: Corestore
  /** A file that is there while blocks are being removed. */
  purging: string
  /** Decisions are made one after the other. */
  inTurn<T>(decide: () => Promise<T>): Promise<T>
  /** What a release says of its volumes' bias. */
  biasOf?: BiasOf
  /** Notes that the index has grown. */
  remember(): Promise<void>
}

/**
 * Decisions on what the dataset has already: drops, standings, releases. With `dryRun` each only says what it would write.
 * A decision is one atomic append; what follows from it is made good when the dataset is opened next.
 */
export class Curation {
  private readonly bench: Bench

  constructor(bench: Bench) {
    this.bench = bench
  }

  /** @throws VdataError as prepareDrop. */
  drop(volume: string, request: DropRequest, dryRun = false): Promise<PreparedDrop> {
    const { index } = this.bench
    return this.bench.inTurn(async () => {
      const core = this.open(volume)
      try {
        const prepared = await prepareDrop(index, volume, request, async () => core)
        if (dryRun) return prepared
        await index.drop(volume, prepared.drop)
        await this.bench.remember()
        if (request.scope === 'purge') await this.clear([volume])
        return prepared
      } finally {
        await core.close()
      }
    })
  }

  /** Says how a contributor stands from now on; what was accepted of theirs stays. */
  judge(contributor: string, standing: ContributorEntry['standing'], reason: string, dryRun = false): Promise<Judged> {
    const { index } = this.bench
    return this.bench.inTurn(async () => {
      const at = new Date().toISOString()
      const entry = { ...(await standingOf(index, contributor)), standing, reason, at }
      if (!dryRun) {
        await index.judge(contributor, entry)
        await this.bench.remember()
      }
      return { contributor, ...entry }
    })
  }

  /** @throws VdataError as prepareRelease. */
  release(name: string, notes: string, dryRun = false): Promise<NamedRelease> {
    const { index } = this.bench
    return this.bench.inTurn(async () => {
      const entry = await prepareRelease(index, name, notes, (id) => this.volume(id))
      entry.bias = this.bench.biasOf?.(await index.volumes()) ?? null
      if (!dryRun) {
        await index.publish(name, entry)
        await this.bench.remember()
      }
      return { name, entry }
    })
  }

  /** Removes purged blocks that a process was killed before it could remove. */
  async tidy(): Promise<void> {
    const volumes = await this.bench.index.volumes()
    await this.clear(volumes.map(({ id }) => id))
  }

  /** An accepted volume; close it. */
  async volume(id: string): Promise<Hypercore> {
    if (!(await this.bench.index.volume(id))) throw notListed(id)
    const core = this.open(id)
    await core.ready()
    return core
  }

  private open(volume: string): Hypercore {
    return this.bench.store.get({ key: parseKey(volume, "volume's key") })
  }

  /**
   * Removes the purged blocks of volumes from this computer. What was cleared is still in the files until the space is
   * reclaimed: a process that was killed in between leaves a note.
   */
  private async clear(volumes: readonly string[]): Promise<void> {
    const { store, purging } = this.bench
    let noted = (await readJson(purging)) !== undefined
    for (const volume of volumes) {
      const blocks = await this.purged(volume)
      if (blocks.length === 0) continue
      const core = this.open(volume)
      try {
        await core.ready()
        for (const block of blocks) {
          if (!(await core.has(block))) continue
          if (!noted) await writeJson(purging, { since: new Date().toISOString() })
          noted = true
          await clearBlock(core, block)
        }
      } finally {
        await core.close()
      }
    }
    if (!noted) return
    await reclaimSpace(store)
    await rm(purging, { force: true })
  }

  private async purged(volume: string): Promise<number[]> {
    const { index } = this.bench
    const [entry, drops] = [await index.volume(volume), await index.drops(volume)]
    return entry ? purgedBlocks(entry, drops) : []
  }
}
