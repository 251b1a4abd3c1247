import { verifyOffer, type Offer } from '../network/inbox/offer.js'
import { VOLUME_LIMITS } from '../volume/limits.js'

const MAX_VOLUME_BYTES = VOLUME_LIMITS.headerBytes + (VOLUME_LIMITS.blocks - 1) * VOLUME_LIMITS.wireBytes

/** The reason code for which an offer can be taken by nobody with so much room, whatever its volume is. */
export function whyImpossible(offer: Offer, quota: number): string | undefined {
  if (!verifyOffer(offer)) return 'bad_signature'
  const { length, bytes, records, expiry } = offer
  if (expiry * 1000 < Date.now()) return 'expired'
  const possible =
    length >= 2 &&
    length <= VOLUME_LIMITS.blocks &&
    records > 0 &&
    bytes > 0 &&
    bytes <= Math.min(MAX_VOLUME_BYTES, quota)
  return possible ? undefined : 'too_large'
}

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
