import { join } from 'node:path'
import type Corestore from 'corestore'
import { Intake } from '../lib/dataset/intake.js'
import { closeStore, openStore } from '../lib/network/store.js'
import { Ledger } from './ledger.js'
import { Limits } from './limits.js'
import type { Resolved } from './options.js'
import { Room } from './room.js'
import { Usage } from './usage.js'

/** What of a seeder lies on the disk. */
export interface Parts {
  store: Corestore
  inboxStore: Corestore
  ledger: Ledger
  room: Room
  usage: Usage
  limits: Limits
  intake: Intake
}

/** Where a seeder keeps everything: what the quota is of. */
export function seedFolder(home: string): string {
  return join(home, 'seed')
}

export async function openParts(options: Resolved): Promise<Parts> {
  const { home, signal, onWait, writeBuffer, quota, keepFree } = options
  const directory = seedFolder(home)
  const stores = { purpose: 'seed', signal, writeBuffer }
  const store = await openStore(join(directory, 'store'), { ...stores, passive: true, onWait })
  const inboxStore = await openStore(join(directory, 'inbox'), stores)
  const ledger = await Ledger.open(join(directory, 'volumes.jsonl'))
  const room = new Room({ directory, quota, keepFree, margin: writeBuffer * 4.5 })
  const usage = await Usage.open(join(directory, 'usage.json'))
  const limits = new Limits(options, usage)
  const intake = await Intake.open({
    store: inboxStore,
    directory: join(directory, 'held'),
    quota: options.inboxQuota,
    pace: async (bytes) => {
      if (!(await room.take(bytes))) return false
      room.settle(bytes)
      usage.add('fetched', bytes)
      return limits.down.take(bytes, room)
    }
  })

  return { store, inboxStore, ledger, room, usage, limits, intake }
}

export async function closeParts(home: string, { store, inboxStore, ledger, usage }: Parts): Promise<void> {
  await ledger.close()
  await usage.close()
  await closeStore(inboxStore, join(seedFolder(home), 'inbox'))
  await closeStore(store, join(seedFolder(home), 'store'))
}
