import type Corestore from 'corestore'
import type { Offer } from '../network/inbox/offer.js'
import type { Pace } from './download.js'

export interface IntakeOptions {
  /** A store of its own: nothing in it is served to anybody but the peers that `share` names. */
  store: Corestore
  /** Where the items are kept, a small file each. */
  directory: string
  /** Bytes of volumes that may be here at once. */
  quota: number
  /** Offers that may be open at once: in all, of one contributor, and from one address. */
  maxItems?: number
  maxPerContributor?: number
  maxPerAddress?: number
  /** Volumes that are downloaded at once. */
  concurrency?: number
  /** Asked of an offer that could be taken: why there is no room for it now, if there is not. */
  full?(offer: Offer): string | null
  /** Asked before bytes are asked for. */
  pace?: Pace
  /** Milliseconds without a block until a download gives its place away, and that it may take while others wait. */
  stall?: number
  turn?: number
  /** Milliseconds until the first block. */
  patience?: number
}

export type IntakeLimits = Required<Omit<IntakeOptions, 'store' | 'directory' | 'pace' | 'full'>>

export const INTAKE_DEFAULTS: Omit<IntakeLimits, 'quota'> = {
  maxItems: 2_000,
  maxPerContributor: 100,
  maxPerAddress: 500,
  concurrency: 4,
  stall: 60_000,
  turn: 120_000,
  patience: 10_000
}

/** The limits that are set: one that is there, but undefined, is not. */
export function given({ quota, ...options }: IntakeOptions): Partial<IntakeLimits> & Pick<IntakeLimits, 'quota'> {
  return { ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)), quota }
}
