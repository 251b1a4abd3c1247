import type { Offer } from '../network/inbox/offer.js'

/** How many are remembered; the oldest make room. */
const MOST = 10_000

/** Offers that turned out to be untrue, by their signatures: whoever makes one again is told so at once. */
export class Refusals {
  private readonly codes = new Map<string, string>()

  /** The reason code for which this very offer was refused. */
  get({ signature }: Offer): string | undefined {
    return this.codes.get(signature.toString('hex'))
  }

  add({ signature }: Offer, code: string): void {
    this.codes.set(signature.toString('hex'), code)
    if (this.codes.size <= MOST) return
    const [oldest] = this.codes.keys()
    this.codes.delete(oldest!)
  }
}
