import { join } from 'node:path'
import type Corestore from 'corestore'
import type { Identity, KeyPair } from '../network/identity.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import { DailyBytes, type DailyLimits } from './daily.js'
import { Intake } from './intake.js'
import type { IntakeOptions } from './intake-options.js'
import { formatKey } from './link.js'
import { IndexWriter } from './writer.js'

export interface PremisesOptions {
  home: string
  identity: Identity
  /** The dataset's name on this computer. */
  name: string
  purpose: string
  signal?: AbortSignal
  wait?: boolean
  onWait?(holder: Holder | null): void
}

/** What strangers may use of a moderator's computer. */
export type Limits = Omit<IntakeOptions, 'store' | 'directory' | 'pace' | 'full'> & DailyLimits

/** What strangers may use, unless told otherwise: room in quarantine, and bytes a day, in all and of one contributor. */
export const LIMITS = { quota: 20e9, bytesADay: 200e9, bytesADayEach: 20e9 } satisfies Limits

/** All that a moderator's process has open of a dataset: its index and volumes, and the quarantine with its queue. */
export class Premises {
  readonly folder: string
  /** The index and the accepted volumes: served to everyone. */
  readonly store: Corestore
  readonly index: IndexWriter
  readonly intake: Intake
  readonly daily: DailyBytes
  private readonly quarantine: Corestore

  private constructor(
    folder: string,
    parts: { store: Corestore; quarantine: Corestore; index: IndexWriter; intake: Intake; daily: DailyBytes }
  ) {
    this.folder = folder
    this.store = parts.store
    this.quarantine = parts.quarantine
    this.index = parts.index
    this.intake = parts.intake
    this.daily = parts.daily
  }

  static async open(options: PremisesOptions, limits: Limits): Promise<Premises> {
    const { home, identity, name, purpose, signal, wait, onWait } = options
    const folder = datasetFolder(home, name)
    const primaryKey = identity.secret(`dataset/${name}`)
    const store = await openStore(storePath(folder), { primaryKey, purpose, signal, wait, onWait })
    let quarantine: Corestore | null = null
    try {
      quarantine = await openStore(quarantinePath(folder), { purpose, wait: false })
      const index = await IndexWriter.openNamed(store, 'index')
      const daily = await DailyBytes.open(join(folder, 'today.json'), limits)
      const intake = await Intake.open({
        ...limits,
        store: quarantine,
        directory: join(folder, 'queue'),
        full: ({ contributor, bytes }) => daily.refuse(formatKey(contributor), bytes)
      })
      return new Premises(folder, { store, quarantine, index, intake, daily })
    } catch (error) {
      if (quarantine) await closeStore(quarantine, quarantinePath(folder))
      await closeStore(store, storePath(folder))
      throw error
    }
  }

  async close(): Promise<void> {
    await this.intake.close()
    await this.index.close()
    await closeStore(this.quarantine, quarantinePath(this.folder))
    await closeStore(this.store, storePath(this.folder))
  }
}

/** Where a dataset that is moderated here lives. */
export function datasetFolder(home: string, name: string): string {
  return join(home, 'datasets', name)
}

/** The node's key pair that the dataset's entry names as its moderator's. */
export function moderatorKeyPair(identity: Identity, name: string): KeyPair {
  return identity.keyPair(`moderator/${name}`)
}

function storePath(folder: string): string {
  return join(folder, 'store')
}

function quarantinePath(folder: string): string {
  return join(folder, 'quarantine')
}
