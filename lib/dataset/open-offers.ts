import type { Offer } from '../network/inbox/offer.js'
import type { IntakeItem } from './items.js'

/** Counts the offers that are open: all of their bytes, and how many there are of whom and from where. */
export class OpenOffers {
  private readonly counts = new Map<string, number>()
  private sum = 0

  /** Bytes of all volumes, as they were offered. */
  get bytes(): number {
    return this.sum
  }

  add(item: IntakeItem): void {
    this.change(item, 1)
  }

  remove(item: IntakeItem): void {
    this.change(item, -1)
  }

  /** @param address empty where it is not known: then none are from there */
  count({ contributor }: Offer, address: string): { ofContributor: number; fromAddress: number } {
    return {
      ofContributor: this.counts.get(contributorName(contributor)) ?? 0,
      fromAddress: address === '' ? 0 : (this.counts.get(addressName(address)) ?? 0)
    }
  }

  private change({ offer, address }: IntakeItem, by: 1 | -1): void {
    this.sum += by * offer.bytes
    for (const name of [contributorName(offer.contributor), addressName(address)]) {
      const after = (this.counts.get(name) ?? 0) + by
      if (after > 0) this.counts.set(name, after)
      else this.counts.delete(name)
    }
  }
}

function contributorName(contributor: Buffer): string {
  return `contributor ${contributor.toString('hex')}`
}

function addressName(address: string): string {
  return `address ${address}`
}
