import { join } from 'node:path'
import type Corestore from 'corestore'
import type { Identity, KeyPair } from '../network/identity.js'
import { closeStore, openStore, type Holder } from '../network/store.js'
import { Intake, type IntakeOptions } from './intake.js'
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

/** All that a moderator's process has open of a dataset: its index and volumes, and the quarantine with its queue. */
export class Premises {
  readonly folder: string
  /** The index and the accepted volumes: served to everyone. */
  readonly store: Corestore
  readonly index: IndexWriter
  readonly intake: Intake
  private readonly quarantine: Corestore

  private constructor(
    folder: string,
    parts: { store: Corestore; quarantine: Corestore; index: IndexWriter; intake: Intake }
  ) {
    this.folder = folder
    this.store = parts.store
    this.quarantine = parts.quarantine
    this.index = parts.index
    this.intake = parts.intake
  }

  static async open(options: PremisesOptions, limits: Omit<IntakeOptions, 'store' | 'directory'>): Promise<Premises> {
    const { home, identity, name, purpose, signal, wait, onWait } = options
    const folder = datasetFolder(home, name)
    const primaryKey = identity.secret(`dataset/${name}`)
    const store = await openStore(storePath(folder), { primaryKey, purpose, signal, wait, onWait })
    let quarantine: Corestore | null = null
    try {
      quarantine = await openStore(quarantinePath(folder), { purpose, wait: false })
      const index = await IndexWriter.openNamed(store, 'index')
      const intake = await Intake.open({ ...limits, store: quarantine, directory: join(folder, 'queue') })
      return new Premises(folder, { store, quarantine, index, intake })
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
