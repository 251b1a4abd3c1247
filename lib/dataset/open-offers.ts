import type { Offer } from '../network/inbox/offer.js'
import type { IntakeItem } from './items.js'
import { addressName, contributorName } from './line.js'

/** What is to be shared out: places for offers, and bytes for their volumes. */
export interface Room {
  maxItems: number
  quota: number
}

type Who = Pick<IntakeItem, 'offer' | 'address'>

interface Names {
  address: string
  contributor: string
}

interface Tally {
  items: number
  bytes: number
}

const NOTHING: Tally = { items: 0, bytes: 0 }

/** The offers that are open: all of their bytes, how many there are of whom and from where, and which have to make room. */
export class OpenOffers {
  private readonly room: Room
  private readonly names = new Map<Who, Names>()
  private readonly tallies = new Map<string, Tally>()
  private sum = 0

  constructor(room: Room) {
    this.room = room
  }

  /** Bytes of all volumes, as they were offered. */
  get bytes(): number {
    return this.sum
  }

  add(item: Who): void {
    const names = namesOf(item)
    this.names.set(item, names)
    this.change(names, item.offer, 1)
  }

  remove(item: Who): void {
    const names = this.names.get(item)
    if (names && this.names.delete(item)) this.change(names, item.offer, -1)
  }

  /** An empty address is not known: then none are from there. */
  count(who: Who): { ofContributor: number; fromAddress: number } {
    const { address, contributor } = namesOf(who)
    return {
      ofContributor: this.tally(contributor).items,
      fromAddress: who.address === '' ? 0 : this.tally(address).items
    }
  }

  fits({ bytes }: Offer): boolean {
    return this.names.size < this.room.maxItems && this.sum + bytes <= this.room.quota
  }

  /**
   * The offers that have to go to make room for another one; null where that would not be fair. Of those that nobody delivers
   * the oldest go first. Then, of those that wait for their turn, the latest from the address that has the most, and there
   * of the contributor who has the most; but nobody goes for one who would then have more.
   * @param idle those that nobody delivers, the oldest first
   * @param waiting the others that may go, the oldest first
   * @param wasted how many downloads from an address, or of a contributor, brought nothing: more than any number of offers
   */
  leaving<T extends Who>(newcomer: Who, idle: readonly T[], waiting: readonly T[], wasted: (name: string) => number) {
    const leaving: T[] = []
    const left = [...waiting]
    for (const item of idle) {
      if (this.fits(newcomer.offer)) break
      this.remove(item)
      leaving.push(item)
    }
    let fair = true
    while (fair && !this.fits(newcomer.offer)) {
      const at = this.heaviest(left, wasted)
      fair = at >= 0 && this.outweighs(left[at]!, newcomer, wasted)
      if (!fair) break
      const [item] = left.splice(at, 1)
      this.remove(item!)
      leaving.push(item!)
    }
    for (const item of leaving) this.add(item)
    return fair ? leaving : null
  }

  private heaviest(items: readonly Who[], wasted: (name: string) => number): number {
    const loads = new Map<string, number>()
    const loadOf = (name: string) => {
      const known = loads.get(name)
      if (known !== undefined) return known
      const load = wasted(name) + this.share(this.tally(name))
      loads.set(name, load)
      return load
    }
    let heaviest = -1
    let most = [-1, -1]
    for (const [at, item] of items.entries()) {
      const { address, contributor } = this.names.get(item)!
      const load = [loadOf(address), loadOf(contributor)]
      if ((load[0]! - most[0]! || load[1]! - most[1]!) < 0) continue
      heaviest = at
      most = load
    }
    return heaviest
  }

  /** Whether one from whom an offer is taken still has at least as much as the newcomer, who gets its place. */
  private outweighs(item: Who, newcomer: Who, wasted: (name: string) => number): boolean {
    const [theirs, own] = [namesOf(item), namesOf(newcomer)]
    const which = theirs.address === own.address ? 'contributor' : 'address'
    if (theirs[which] === own[which]) return false
    const after = (name: string, { bytes }: Offer, by: 1 | -1) => {
      const tally = this.tally(name)
      return wasted(name) + this.share({ items: tally.items + by, bytes: tally.bytes + by * bytes })
    }
    return after(theirs[which], item.offer, -1) >= after(own[which], newcomer.offer, 1)
  }

  /** Which part of all there is somebody has; below 1. */
  private share({ items, bytes }: Tally): number {
    return Math.max(items / this.room.maxItems, bytes / this.room.quota) / 2
  }

  private tally(name: string): Tally {
    return this.tallies.get(name) ?? NOTHING
  }

  private change(names: Names, { bytes }: Offer, by: 1 | -1): void {
    this.sum += by * bytes
    for (const name of [names.address, names.contributor]) {
      const before = this.tally(name)
      const items = before.items + by
      if (items > 0) this.tallies.set(name, { items, bytes: before.bytes + by * bytes })
      else this.tallies.delete(name)
    }
  }
}

function namesOf({ offer, address }: Who): Names {
  return { address: addressName(address), contributor: contributorName(offer) }
}
