import { VdataError } from '../lib/errors.js'
import type { Identity } from '../lib/network/identity.js'
import type { NodeOptions } from '../lib/network/node.js'
import type { Cost } from '../lib/network/seeder/statement.js'
import type { Holder } from '../lib/network/store.js'
import type { Choice } from './choice.js'
import type { CompanyOptions } from './company.js'
import type { KeeperTiming } from './keeper-options.js'
import type { LimitOptions } from './limits.js'

export interface SeederOptions extends LimitOptions {
  home: string
  identity: Identity
  /** Datasets to keep, besides those that were named before. */
  links: string[]
  network: NodeOptions
  /** Which of their volumes; all, unless told otherwise. */
  choice?: Choice
  /** Bytes that everything may take on disk. */
  quota?: number
  /** Bytes of the disk that stay free for others. */
  keepFree?: number
  /** Bytes of volumes held for absent moderators; a part of the quota. */
  inboxQuota?: number
  /** Copies of each volume that the network should have. */
  target?: number
  /** What the owner says that it costs a month. */
  cost?: Cost | null
  timing?: SeederTiming
  signal?: AbortSignal
  onWait?(holder: Holder | null): void
}

/** Milliseconds; the defaults are in the files that use them. */
export interface SeederTiming extends KeeperTiming, CompanyOptions {
  /** Between two statements when something changes. */
  announce?: number
  /** That a seeder counts after its connection closed. */
  grace?: number
  /** Until what a moderator has not decided on is handed over again. */
  handOver?: number
  /** Until a peer that takes nothing of what it asked for is hung up on. */
  deaf?: number
  /** See Fetcher. */
  lonely?: number
  stall?: number
}

export const SEED_QUOTA = 50e9
export const INBOX_QUOTA = 2e9
export const KEEP_FREE = 1e9

/** The databases of an empty node take 12 MB. */
const LEAST_QUOTA = 24e6
const WRITE_BUFFER = { least: 1024 * 1024, most: 16 * 1024 * 1024, part: 1 / 400 }

export type Resolved = SeederOptions &
  Required<Pick<SeederOptions, 'choice' | 'quota' | 'keepFree' | 'inboxQuota' | 'timing'>> & {
    cost: Cost | null
    writeBuffer: number
  }

/** @throws VdataError QUOTA_TOO_SMALL */
export function withDefaults(options: SeederOptions): Resolved {
  const quota = options.quota ?? SEED_QUOTA
  if (quota < LEAST_QUOTA) {
    throw new VdataError(
      'usage',
      'QUOTA_TOO_SMALL',
      `A quota of ${Math.round(quota / 1e6)} MB leaves no room for anything.`,
      `Give at least ${LEAST_QUOTA / 1e6} MB.`
    )
  }
  const { least, most, part } = WRITE_BUFFER
  return {
    ...options,
    choice: options.choice ?? {},
    quota,
    keepFree: options.keepFree ?? KEEP_FREE,
    inboxQuota: Math.min(options.inboxQuota ?? INBOX_QUOTA, quota / 2),
    timing: options.timing ?? {},
    cost: options.cost ?? null,
    writeBuffer: Math.min(most, Math.max(least, Math.floor(quota * part)))
  }
}
