import { EventEmitter } from 'node:events'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { VdataError } from '../lib/errors.js'
import type { IndexMemory } from '../lib/dataset/memory.js'
import { byAcceptance, IndexReader } from '../lib/dataset/reader.js'
import type { Connection } from '../lib/network/node.js'
import { prefixOf } from '../lib/network/seeder/statement.js'
import { isChosen, type Choice } from './choice.js'
import type { Listed } from './fetcher.js'
import { purgesOf } from './purges.js'
import type { Room } from './room.js'

export interface ReplicaParts {
  memory: IndexMemory
  choice: Choice
  room: Room
}

/**
 * A dataset as a seeder follows it: its index, live and whole, and which of its volumes the owner wants.
 *
 * Events: `index` when the index was read anew, `crowded` when there is no room for what is new in it, `fault` with an error:
 * what was read before then stays in force.
 */
export class Replica extends EventEmitter {
  readonly index: IndexReader
  /** The volumes of the dataset that the owner chose, in the order in which they were accepted. */
  listed: readonly Listed[] = []
  /** Their ids. */
  ids: ReadonlySet<string> = new Set()
  /** Blocks that nobody shall have any more, by volume. */
  purged: ReadonlyMap<string, ReadonlySet<number>> = new Map()
  /** Volumes of the dataset in all, whether chosen or not. */
  volumes = 0
  name = ''
  fault: Error | null = null
  /** Whether `listed` is what some state of the index says. */
  known = false
  /** Bytes of the index that are not here because there is no room for them. */
  lacking = 0
  /** Bytes of the index that are here for sure. */
  private here = 0
  private readonly memory: IndexMemory
  private readonly choice: Choice
  private readonly room: Room
  private following: Promise<void> | null = null
  private again = false
  private readonly stopping = new AbortController()

  private constructor(index: IndexReader, { memory, choice, room }: ReplicaParts) {
    super()
    this.index = index
    this.memory = memory
    this.choice = choice
    this.room = room
    index.core.on('append', () => this.follow())
  }

  static async open(store: Corestore, key: Buffer, parts: ReplicaParts): Promise<Replica> {
    return new Replica(await IndexReader.open(store, key), parts)
  }

  /** A store that opens cores on demand offers a new peer nothing: the index is offered here. */
  attach(connection: Connection): void {
    this.index.core.replicate(connection)
  }

  /** Looks at the index as it is now; calls while a look runs become one more look. */
  follow(): void {
    if (this.stopping.signal.aborted) return
    if (this.following) {
      this.again = true
      return
    }
    this.following = this.update()
      .catch((error: Error) => this.report(error))
      .finally(() => {
        this.following = null
        if (!this.again) return
        this.again = false
        this.follow()
      })
  }

  async close(): Promise<void> {
    this.stopping.abort()
    await this.following
    await this.index.close()
  }

  private async update(): Promise<void> {
    const { core } = this.index
    if (core.length === 0) return
    if (!this.index.complete) await this.download(core)
    if (!this.index.complete) return
    this.here = core.byteLength
    await this.index.verify(this.memory)
    const { name } = await this.index.dataset()
    const { volumes, listed, purged } = await this.read()
    // From here on at once, so that nobody sees a part of it before the event.
    this.name = name
    this.volumes = volumes
    this.purged = purged
    this.listed = listed
    this.ids = new Set(this.listed.map(({ id }) => id))
    this.fault = null
    this.known = true
    this.emit('index')
  }

  /** Goes through the entries one by one, and keeps of each what is needed. */
  private async read(): Promise<Pick<Replica, 'volumes' | 'listed' | 'purged'>> {
    const drops = await this.index.allDrops()
    const purged = new Map<string, ReadonlySet<number>>()
    const chosen: (Listed & { at: string })[] = []
    let volumes = 0
    for await (const volume of this.index.eachVolume()) {
      volumes++
      const { id, key, entry } = volume
      const blocks = purgesOf(volume, drops.get(id) ?? [])
      if (blocks.size > 0) purged.set(id, blocks)
      if (!isChosen(volume, this.choice)) continue
      const { length, bytes, accepted_at: at } = entry
      const prefix = prefixOf(key).toString('hex')
      chosen.push({ id, key, prefix, length, bytes, index: this.index.core.key, at })
    }
    return { volumes, listed: chosen.sort(byAcceptance), purged }
  }

  private async download(core: Hypercore): Promise<void> {
    // An index is small, but it is not ours: it counts like everything else.
    const missing = core.byteLength - this.here
    if (!(await this.room.take(missing))) {
      const before = this.lacking
      this.lacking = missing
      if (before === 0) this.emit('crowded')
      throw noRoom(this.index.id, missing)
    }
    this.lacking = 0
    const range = core.download({ start: 0, end: core.length })
    const stop = () => range.destroy()
    this.stopping.signal.addEventListener('abort', stop, { once: true })
    try {
      await range.done().catch(() => {})
    } finally {
      this.stopping.signal.removeEventListener('abort', stop)
      this.room.giveBack(missing)
    }
  }

  private report(error: Error): void {
    if (this.stopping.signal.aborted) return
    const known = this.fault?.message === error.message
    this.fault = error
    if (!known) this.emit('fault', error)
  }
}

function noRoom(id: string, bytes: number): VdataError {
  return new VdataError(
    'error',
    'NO_ROOM_FOR_INDEX',
    `There is no room for what is new in the index of ${id.slice(0, 8)}… (${Math.ceil(bytes / 1e3)} kB).`,
    'Raise --quota, or make room on the disk.'
  )
}
