import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { publishVolume } from '../lib/dataset/intake.js'
import type { IndexMemory } from '../lib/dataset/memory.js'
import { IndexReader, type ListedVolume } from '../lib/dataset/reader.js'

export interface ReplicaStatus {
  link: string
  name: string
  /** Entries of the index that are here. */
  index: number
  volumes: number
  complete: number
  /** Bytes of the listed volumes, and of those that are here whole. */
  bytes: number
  bytes_complete: number
  fault: string | null
}

/** Volumes that are downloaded at once. */
const CONCURRENCY = 4

/**
 * A dataset as a seeder keeps it: the index followed live, and every accepted volume whole.
 *
 * Events: `index` when the index grew, `volume` with the id of a volume that became complete, `synced` when all that the
 * index lists is here, `fault` with an error: the replica then stays as it is until the index grows again.
 */
export class Replica extends EventEmitter {
  readonly index: IndexReader
  private readonly store: Corestore
  private readonly memory: IndexMemory
  /** Open, so that they are served; whole ones too. */
  private readonly cores = new Map<string, Hypercore>()
  private readonly running = new Map<string, Hypercore.Range>()
  private indexRange: Hypercore.Range | null = null
  private waiting: ListedVolume[] = []
  private listed: ListedVolume[] = []
  private complete = new Set<string>()
  private name = ''
  private fault: string | null = null
  private closed = false
  private following: Promise<void> = Promise.resolve()

  constructor(store: Corestore, index: IndexReader, memory: IndexMemory) {
    super()
    this.store = store
    this.index = index
    this.memory = memory
    index.core.on('append', () => this.follow())
  }

  static async open(store: Corestore, key: Buffer, memory: IndexMemory): Promise<Replica> {
    return new Replica(store, await IndexReader.open(store, key), memory)
  }

  /** Looks at the index as it is now, and gets what is missing. */
  follow(): void {
    this.following = this.following.then(() => this.update()).catch((error: Error) => this.report(error))
  }

  status(): ReplicaStatus {
    const here = this.listed.filter(({ id }) => this.complete.has(id))
    return {
      link: `vdata://${this.index.id}`,
      name: this.name,
      index: this.index.core.length,
      volumes: this.listed.length,
      complete: here.length,
      bytes: sum(this.listed),
      bytes_complete: sum(here),
      fault: this.fault
    }
  }

  /** Whether all that the index lists is here. */
  get synced(): boolean {
    return this.index.complete && this.listed.every(({ id }) => this.complete.has(id))
  }

  /** Copies a volume that is whole elsewhere on this computer into the store that is served. */
  async adopt(volume: Hypercore): Promise<void> {
    await publishVolume(volume, this.store)
  }

  async close(): Promise<void> {
    this.closed = true
    this.indexRange?.destroy()
    for (const range of this.running.values()) range.destroy()
    await this.following
    for (const core of this.cores.values()) await core.close()
    await this.index.close()
  }

  private async update(): Promise<void> {
    const { core } = this.index
    if (this.closed || core.length === 0) return
    if (!this.index.complete) {
      this.indexRange = core.download({ start: 0, end: core.length })
      await this.indexRange.done()
    }
    if (this.closed) return
    await this.index.verify(this.memory)
    this.name = (await this.index.dataset()).name
    this.listed = await this.index.volumes()
    this.fault = null
    this.emit('index')
    for (const volume of this.listed) await this.keep(volume)
    this.startWaiting()
    if (this.synced) this.emit('synced')
  }

  private async keep(volume: ListedVolume): Promise<void> {
    if (this.closed || this.cores.has(volume.id)) return
    const core = this.store.get({ key: volume.key })
    await core.ready()
    this.cores.set(volume.id, core)
    if (isWhole(core, volume)) this.done(volume)
    else this.waiting.push(volume)
  }

  private startWaiting(): void {
    while (!this.closed && this.running.size < CONCURRENCY && this.waiting.length > 0) {
      const volume = this.waiting.shift()!
      const core = this.cores.get(volume.id)!
      const range = core.download({ start: 0, end: volume.entry.length })
      this.running.set(volume.id, range)
      range
        .done()
        .then(() => {
          if (isWhole(core, volume)) this.done(volume)
        })
        .catch((error: Error) => this.report(error))
        .finally(() => {
          this.running.delete(volume.id)
          this.startWaiting()
        })
    }
  }

  private done(volume: ListedVolume): void {
    this.complete.add(volume.id)
    this.emit('volume', volume.id)
    if (this.synced) this.emit('synced')
  }

  private report(error: Error): void {
    if (this.closed) return
    this.fault = error.message
    this.emit('fault', error)
  }
}

function isWhole(core: Hypercore, volume: ListedVolume): boolean {
  return core.length === volume.entry.length && core.contiguousLength === core.length
}

function sum(volumes: ListedVolume[]): number {
  return volumes.reduce((bytes, { entry }) => bytes + entry.bytes, 0)
}
