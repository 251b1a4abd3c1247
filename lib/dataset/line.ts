import type { Connection } from '../network/node.js'
import type { IntakeItem } from './items.js'

/** So many are remembered; the oldest make room. */
const MOST = 10_000

/**
 * Who is served next. Offers cost nothing, and neither do names: whoever has wasted fewer turns of downloading comes first,
 * by the address that the offer came from, then by its contributor; of equals, whoever wants fewer.
 */
export class Line {
  /** How often each item was downloaded for a while. */
  private readonly turns = new Map<string, number>()
  /** Downloads that brought nothing, by address and by contributor. */
  private readonly wasted = new Map<string, number>()

  /** Sorts items, the next one first. @param busy those that are being downloaded */
  sort(
    items: readonly IntakeItem[],
    sources: (id: string) => ReadonlySet<Connection> | undefined,
    busy: readonly IntakeItem[]
  ): IntakeItem[] {
    const active = new Map<string, number>()
    for (const { id, offer } of busy) {
      for (const name of new Set([contributorName(offer), ...addressesOf(sources(id))])) {
        active.set(name, (active.get(name) ?? 0) + 1)
      }
    }
    const wanted = new Map<string, number>()
    for (const { address } of items) wanted.set(address, (wanted.get(address) ?? 0) + 1)
    const cost = (name: string) => this.wastedBy(name) + (active.get(name) ?? 0)
    return items
      .map((item) => ({
        item,
        address: Math.min(...addressesOf(sources(item.id)).map(cost)),
        contributor: cost(contributorName(item.offer)),
        wanted: wanted.get(item.address)!,
        turns: this.turns.get(item.id) ?? 0
      }))
      .sort(
        (a, b) => a.address - b.address || a.contributor - b.contributor || a.wanted - b.wanted || a.turns - b.turns
      )
      .map(({ item }) => item)
  }

  begin({ id }: IntakeItem): void {
    this.turns.set(id, (this.turns.get(id) ?? 0) + 1)
  }

  /** How many turns of an address or a contributor brought nothing. */
  wastedBy(name: string): number {
    return this.wasted.get(name) ?? 0
  }

  /** A turn brought nothing. */
  waste({ offer }: IntakeItem, sources: ReadonlySet<Connection> | undefined): void {
    for (const name of [contributorName(offer), ...addressesOf(sources)]) {
      this.wasted.set(name, (this.wasted.get(name) ?? 0) + 1)
      if (this.wasted.size > MOST) this.wasted.delete(this.wasted.keys().next().value!)
    }
  }

  /** All of an item came: who brought it is as good as new. */
  deliver({ id, offer }: IntakeItem, sources: ReadonlySet<Connection> | undefined): void {
    for (const name of [contributorName(offer), ...addressesOf(sources)]) this.wasted.delete(name)
    this.turns.delete(id)
  }

  forget(id: string): void {
    this.turns.delete(id)
  }
}

/** The address that a connection comes from. */
export function addressOf(connection: Connection): string {
  return connection.rawStream?.remoteHost ?? ''
}

function addressesOf(sources: ReadonlySet<Connection> | undefined): string[] {
  return [...new Set([...(sources ?? [])].map((connection) => addressName(addressOf(connection))))]
}

/** What an address is counted under. */
export function addressName(address: string): string {
  return `address ${address}`
}

/** What a contributor is counted under. */
export function contributorName({ contributor }: IntakeItem['offer']): string {
  return `contributor ${contributor.toString('hex')}`
}
