import { EventEmitter } from 'node:events'
import type Hypercore from 'hypercore'
import { publishVolume } from '../lib/dataset/publish.js'
import { eraseCores, flushStore, hasCore } from '../lib/network/space.js'
import { parseKey } from '../lib/dataset/link.js'
import { choicesOf, type Times } from './choices.js'
import { batchOf, costOf, foundOf, type Listed, type Outcome } from './fetcher.js'
import type { KeeperOptions, KeeperTiming } from './keeper-options.js'
import type { Kept } from './ledger.js'
import { Misses } from './misses.js'
import { decide } from './policy.js'
import { Purger } from './purger.js'

/**
 * Keeps what the policy says, a batch at a time, looking again after each.
 *
 * Events: `held` with a volume that is here whole, `cleared` with the ids of some that went, `looked` after each look,
 * `settled` when there is nothing more to do for now, `fault` with an error.
 */
export class Keeper extends EventEmitter {
  /** Why the last fetch ended, where it was not because all of it came. */
  trouble: Exclude<Outcome, 'whole' | 'stopped'> | null = null
  /** Whether nothing is to be fetched for now. */
  halted = false
  /** Whether the last look found nothing to do. */
  settled = false
  private readonly options: KeeperOptions
  private readonly timing: Required<KeeperTiming>
  private readonly times: Times = { heldSince: new Map(), lackingSince: new Map() }
  private readonly partial = new Map<string, number>()
  private readonly misses: Misses
  /** Those that are being copied from elsewhere on this computer. */
  private readonly adopting = new Set<string>()
  private readonly examined = new Set<string>()
  private readonly purger: Purger
  private coming: ReadonlySet<string> = new Set()
  private looking: Promise<void> | null = null
  /** Purging and clearing take turns: both remove what the other may be reading. */
  private turn: Promise<unknown> = Promise.resolve()
  private again = false
  private timer: NodeJS.Timeout | null = null
  private closed = false

  constructor(options: KeeperOptions) {
    super()
    this.options = options
    this.purger = new Purger({ ...options, chunk: options.batch })
    this.timing = { look: 30_000, dwell: 60_000, patience: 30_000, again: 30_000, ...options.timing }
    this.misses = new Misses(this.timing.again)
  }

  /** Something changed: look soon. Calls while a look runs become one more look. */
  wake(): void {
    if (this.closed) return
    this.settled = false
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    if (this.looking) {
      this.again = true
      // A long download does not keep what has to go.
      if (this.unlisted().length > 0) this.options.fetcher.pause()
      return
    }
    this.looking = this.look()
      .catch((error: Error) => {
        if (!this.closed) this.emit('fault', error)
      })
      .finally(() => {
        this.looking = null
        if (!this.closed) this.emit('looked')
        if (this.again) {
          this.again = false
          this.wake()
        } else if (!this.closed) this.timer = setTimeout(() => this.wake(), this.timing.look)
      })
  }

  /** A new peer may have what nobody had. */
  retry(): void {
    this.misses.forgive()
    this.wake()
  }

  isHeld(id: string): boolean {
    return this.options.ledger.get(id)?.place === 'held'
  }

  /** Whether all of these are here. */
  hasAll(volumes: readonly Listed[]): boolean {
    // Asked after each volume that comes, of thousands.
    return this.options.ledger.size >= volumes.length && volumes.every(({ id }) => this.isHeld(id))
  }

  /** Copies a volume that is whole elsewhere on this computer into the store that is served, where there is room for it. */
  async adoptFrom(volume: Listed, source: Hypercore): Promise<void> {
    const { ledger, room, store } = this.options
    const { id, length, bytes } = volume
    if (ledger.get(id) || this.adopting.has(id)) return
    // Neither to be fetched meanwhile, nor to be taken for what an interrupted process left.
    this.adopting.add(id)
    this.examined.add(id)
    if (!(await room.take(bytes))) {
      this.adopting.delete(id)
      return
    }
    try {
      const { era } = ledger
      await ledger.put([{ id, length, bytes, place: 'coming', eras: ledger.erasSince(id, era) }])
      await publishVolume(source, store)
      await flushStore(store)
      await ledger.put([{ id, length, bytes, place: 'held', eras: ledger.erasSince(id, era) }])
      ledger.era++
      // It came whole, with what was purged since it was offered.
      await this.purge()
      this.times.heldSince.set(id, performance.now())
    } finally {
      room.settle(bytes)
      this.partial.delete(id)
      this.adopting.delete(id)
    }
    this.emit('held', volume)
    this.wake()
  }

  /** Removes the blocks that nobody shall have any more. */
  async purge(): Promise<void> {
    const cleared = await this.inTurn(() => this.purger.purge(this.options.purged()))
    if (cleared === 0) return
    await this.options.room.measure()
    this.emit('purged', cleared)
  }

  isComing(id: string): boolean {
    return this.coming.has(id)
  }

  /** Bytes that volumes may take here, as the quota and what else lies on the disk leave it. */
  capacity(listed: ReadonlyMap<string, Listed>): number {
    const { room, ledger } = this.options
    let ours = 0
    for (const { id, place, bytes } of ledger.list()) {
      if (!listed.has(id)) continue
      if (place === 'held') ours += costOf(bytes)
      else ours += this.partial.get(id) ?? 0
    }
    return Math.max(0, room.quota - room.margin - this.options.reserved() - Math.max(0, room.used - ours))
  }

  async close(): Promise<void> {
    this.closed = true
    if (this.timer) clearTimeout(this.timer)
    this.options.fetcher.close()
    await this.looking
    await this.turn
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.turn.then(task)
    this.turn = done.catch(() => {})
    return done
  }

  private async look(): Promise<void> {
    const { room, neighbours, fetcher } = this.options
    while (!this.closed) {
      this.again = false
      await room.measure()
      neighbours.sweep()
      const { volumes } = this.options.listed()
      const listed = new Map(volumes.map((volume) => [volume.id, volume]))
      await this.adopt(volumes)
      await this.clear(this.unlisted())
      const { fetch, clear } = this.decide(volumes, this.capacity(listed))
      await this.clear(clear)
      const due = this.misses.due(fetch.filter(({ id }) => !this.adopting.has(id)))
      const batch = batchOf(due, this.options.batch)
      // Not where something changed while we looked.
      this.settled = fetch.length === 0 && !this.again
      if (batch.length === 0 || this.halted) break
      fetcher.resume()
      const outcomes = await this.get(batch, fetch)
      if (outcomes.includes('stopped') && !this.again) break
      if (outcomes.includes('no room')) {
        this.trouble = 'no room'
        this.settled = !this.again
        break
      }
    }
    if (this.settled && !this.closed) this.emit('settled')
  }

  private decide(volumes: readonly Listed[], capacity: number): { fetch: Listed[]; clear: string[] } {
    const { neighbours, self, target, ledger } = this.options
    const { dwell, patience } = this.timing
    const now = performance.now()
    const { choices, seeders } = choicesOf(volumes, neighbours, { ledger, ...this.times }, now)
    const decision = decide({ self, volumes: choices, capacity, seeders, now, target, dwell, patience })
    const fetch = decision.fetch.map(({ volume }) => volume)
    // What came in part, and is not to come any more.
    const abandoned = choices.filter(({ volume }) => {
      const { id } = volume
      return this.partial.has(id) && !fetch.includes(volume) && !this.adopting.has(id) && !this.isHeld(id)
    })
    return { fetch, clear: [...decision.clear, ...abandoned].map(({ volume }) => volume.id) }
  }

  private async get(batch: readonly Listed[], planned: readonly Listed[]): Promise<Outcome[]> {
    const { ledger, fetcher, store } = this.options
    const purged = this.options.purged()
    this.coming = new Set(planned.map(({ id }) => id))
    const { era } = ledger
    // What was never asked for need not be removed.
    const clean = new Map(batch.flatMap(({ id }) => (ledger.get(id) ? [] : [[id, purged.get(id)?.size] as const])))
    const at = ({ id, length, bytes }: Listed, place: Kept['place']): Kept => {
      const now = { id, length, bytes, place, eras: ledger.erasSince(id, era) }
      return { ...ledger.get(id), ...now, ...(place === 'held' && clean.has(id) && { purged: clean.get(id) }) }
    }
    await ledger.put(batch.map((volume) => at(volume, 'coming')))
    const outcomes = await Promise.all(batch.map((volume) => fetcher.fetch(volume, purged.get(volume.id))))
    await flushStore(store)
    await ledger.put(batch.map((volume, i) => at(volume, outcomes[i] === 'whole' ? 'held' : 'coming')))
    ledger.era++
    await this.purge()
    for (const [i, volume] of batch.entries()) {
      const outcome = outcomes[i]!
      if (outcome === 'whole') {
        this.times.heldSince.set(volume.id, performance.now())
        this.partial.delete(volume.id)
        this.misses.delete(volume.id)
        this.trouble = null
        this.emit('held', volume)
      } else {
        this.partial.set(volume.id, (await foundOf(store, volume)).bytes)
        if (outcome === 'stopped') continue
        this.trouble = outcome
        if (outcome === 'not as listed') this.misses.addForGood(volume.id)
        else this.misses.add(volume.id)
      }
    }
    return outcomes
  }

  /** Knows again, from the store itself, what an interrupted process or an earlier version left there. */
  private async adopt(volumes: readonly Listed[]): Promise<void> {
    const { ledger, store } = this.options
    const found: Kept[] = []
    const purged = this.options.purged()
    for (const volume of volumes) {
      const kept = ledger.get(volume.id)
      if (kept?.place === 'held' && (kept.purged ?? 0) > (purged.get(volume.id)?.size ?? 0)) {
        // A dataset that was not followed then still gives out what another one had purged.
        found.push({ ...kept, place: 'coming', purged: undefined })
      }
      if (this.examined.has(volume.id)) continue
      this.examined.add(volume.id)
      if (kept ? kept.place !== 'coming' : !(await hasCore(store, volume.key))) continue
      const { whole, bytes } = await foundOf(store, volume)
      if (this.adopting.has(volume.id) || ledger.get(volume.id) !== kept) continue
      if (!whole) this.partial.set(volume.id, bytes)
      const { id, length } = volume
      found.push({ ...kept, id, length, bytes: volume.bytes, place: whole ? 'held' : 'coming' })
    }
    if (found.length > 0) await ledger.put(found)
  }

  /** What no dataset lists any more, or the owner no longer wants; nothing while some index could not be read. */
  private unlisted(): string[] {
    const { volumes, complete } = this.options.listed()
    if (!complete) return []
    const listed = new Set(volumes.map(({ id }) => id))
    return this.options.ledger.list().flatMap(({ id }) => (listed.has(id) ? [] : [id]))
  }

  private async clear(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const { store, ledger } = this.options
    const kept = ids.map((id) => ledger.get(id)).filter((each) => each !== undefined)
    // Should it end half way, the next process finds out what is left.
    await ledger.put(kept.map((each) => ({ ...each, place: 'coming' as const })))
    const keys = kept.map(({ id }) => parseKey(id))
    await this.inTurn(() => eraseCores(store, keys))
    await ledger.remove(ids)
    for (const id of ids) {
      this.times.heldSince.delete(id)
      this.partial.delete(id)
    }
    await this.options.room.measure()
    this.emit('cleared', ids)
  }
}
