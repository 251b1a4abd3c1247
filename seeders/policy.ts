// What a seeder keeps: pure functions of what it knows. The simulation in test/bench/seed-simulation.ts runs the same code.

/** Copies of each volume that the network should have. */
export const TARGET_COPIES = 3

/** A volume that could be kept, as far as this seeder knows. */
export interface Candidate {
  /** Two 32-bit numbers of its key: see `keyNumbers`. */
  key: KeyNumbers
  /** Bytes that it takes on disk. */
  bytes: number
  /** Whether it is here, or on its way. */
  held: boolean
  /** Milliseconds (monotonic) since when it is here. */
  heldSince: number
  /** Copies elsewhere, those on their way included. */
  others: number
  /** The other seeders that hold it, or are getting it. */
  holders(): Iterable<KeyNumbers>
  /** The other seeders of its dataset. */
  seeders: readonly Peer[]
  /** Milliseconds (monotonic) since when it has had too few copies; null where it has enough. */
  lackingSince: number | null
}

export type KeyNumbers = readonly [high: number, low: number]

/** Another seeder, and the bytes that volumes may take there. */
export interface Peer {
  key: KeyNumbers
  capacity: number
}

export interface View<C extends Candidate> {
  self: KeyNumbers
  volumes: readonly C[]
  /** Bytes that volumes may take here, in all. */
  capacity: number
  /** All other seeders that are known. */
  seeders: readonly Peer[]
  /** Milliseconds on the monotonic clock. */
  now: number
  target?: number
  /** Milliseconds that a volume stays at least, so that nothing is fetched and cleared in turns. */
  dwell?: number
  /** Milliseconds that the next in line waits for those before it to help a volume that is short of copies. */
  patience?: number
}

export interface Decision<C> {
  /** To get, in this order. */
  fetch: C[]
  /** To clear first. */
  clear: C[]
}

/**
 * Decides what to get and what to clear.
 *
 * 1. More here than fits: what has most copies elsewhere goes, until it fits. The quota is the owner's word.
 * 2. Room left: the rarest first. Volumes that are equally rare come in rendezvous order, which differs from seeder to
 *    seeder, so that those who start together spread without a word.
 * 3. No room, but a volume is short of copies: one that has at least two copies more makes place for it. Both orders are
 *    known to everybody, so only those whose turn it is act: for the volume that is short, the first in its rendezvous
 *    order who lack it; for the one that goes, the last of its holders. The next in line step in when that did not help.
 *
 * A volume goes for another's sake only while as many copies remain elsewhere as the network has room for, `target` at most.
 */
export function decide<C extends Candidate>(view: View<C>): Decision<C> {
  const held = view.volumes.filter((volume) => volume.held)
  const missing = view.volumes.filter((volume) => !volume.held)
  const clear: C[] = []
  let room = view.capacity - sum(held)
  if (room < 0) {
    for (const volume of byDispensability(held, view.self)) {
      if (room >= 0) break
      clear.push(volume)
      room += volume.bytes
    }
  }
  const fetch: C[] = []
  const left: C[] = []
  for (const volume of byNeed(missing, view.self)) {
    if (volume.bytes <= room) {
      fetch.push(volume)
      room -= volume.bytes
    } else left.push(volume)
  }
  if (clear.length === 0) exchange(view, held, left, room, fetch, clear)
  return { fetch, clear }
}

/** The copies that every volume could have if all seeders that are known shared their room evenly; from 1 to `target`. */
export function feasibleCopies(view: Pick<View<Candidate>, 'volumes' | 'capacity' | 'seeders' | 'target'>): number {
  const room = view.seeders.reduce((all, { capacity }) => all + capacity, view.capacity)
  const copies = Math.floor(room / Math.max(1, sum(view.volumes)))
  return Math.min(view.target ?? TARGET_COPIES, Math.max(1, copies))
}

function exchange<C extends Candidate>(
  view: View<C>,
  held: C[],
  left: C[],
  room: number,
  fetch: C[],
  clear: C[]
): void {
  const { target = TARGET_COPIES, dwell = 60_000, now } = view
  const least = feasibleCopies(view)
  const short = left.filter((volume) => volume.others < target && isMyTurn(view, volume, least))
  if (short.length === 0) return
  const dispensable = byDispensability(
    held.filter((volume) => volume.others > least - 1 && now - volume.heldSince >= dwell),
    view.self
  )
  for (const wanted of short) {
    const going: C[] = []
    let free = room
    for (const volume of dispensable) {
      if (free >= wanted.bytes || volume.others <= wanted.others) break
      if (clear.includes(volume) || !mayGo(view, volume, Math.max(least, wanted.others + 1))) continue
      going.push(volume)
      free += volume.bytes
    }
    if (free < wanted.bytes) continue
    clear.push(...going)
    fetch.push(wanted)
    room = free - wanted.bytes
  }
}

/** Whether this seeder is among those who are to help: as many as copies are missing, and more the longer that lasts. */
function isMyTurn(view: View<Candidate>, volume: Candidate, least: number): boolean {
  const { patience = 30_000, now } = view
  const lacking = Math.max(1, least - volume.others)
  const waited = volume.lackingSince === null ? 0 : Math.floor((now - volume.lackingSince) / patience)
  const turns = lacking * 2 ** Math.min(waited, 20)
  const mine = weight(view.self, volume.key)
  const holders = new Set([...volume.holders()].map(([high, low]) => `${high}/${low}`))
  let before = 0
  for (const { key, capacity } of volume.seeders) {
    if (capacity < volume.bytes || holders.has(`${key[0]}/${key[1]}`)) continue
    if (weight(key, volume.key) > mine && ++before >= turns) return false
  }
  return true
}

/** Whether this seeder is none of the first `keep` holders in the volume's rendezvous order, who keep it. */
function mayGo(view: View<Candidate>, volume: Candidate, keep: number): boolean {
  const mine = weight(view.self, volume.key)
  let before = 0
  for (const key of volume.holders()) if (weight(key, volume.key) > mine) before++
  // Copies of those who are no seeders (a moderator, a puller) stand in no order, and are not counted on.
  return before >= keep
}

/** The rarest first; among the equally rare, those for which this seeder comes first. */
function byNeed<C extends Candidate>(volumes: readonly C[], self: KeyNumbers): C[] {
  return ranked(volumes, self, (a, b) => a.others - b.others)
}

/** Those with most copies elsewhere first; among equals, those for which this seeder comes last. */
function byDispensability<C extends Candidate>(volumes: readonly C[], self: KeyNumbers): C[] {
  return ranked(volumes, self, (a, b) => a.others - b.others).reverse()
}

function ranked<C extends Candidate>(volumes: readonly C[], self: KeyNumbers, order: (a: C, b: C) => number): C[] {
  return volumes
    .map((volume) => ({ volume, weight: weight(self, volume.key) }))
    .sort((a, b) => order(a.volume, b.volume) || b.weight - a.weight)
    .map(({ volume }) => volume)
}

/**
 * The weight of a seeder for a volume (rendezvous or highest random weight hashing, Thaler and Ravishankar 1998): the same
 * for everybody who computes it, and independent from volume to volume. The keys are hashes and public keys, so mixing a
 * few of their bits (the finalizer of MurmurHash3) is enough.
 */
export function weight(seeder: KeyNumbers, volume: KeyNumbers): number {
  let mixed = seeder[0] ^ volume[0]
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed ^= seeder[1] ^ Math.imul(volume[1], 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** What the policy needs of a key of 32 bytes. */
export function keyNumbers(key: Buffer): KeyNumbers {
  return [key.readUInt32BE(0), key.readUInt32BE(4)]
}

function sum(volumes: readonly Candidate[]): number {
  return volumes.reduce((bytes, volume) => bytes + volume.bytes, 0)
}
