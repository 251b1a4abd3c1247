import { join } from 'node:path'
import type Corestore from 'corestore'
import { openStore, type StoreOptions } from '../network/store.js'

/** Where a reader's computer keeps what it fetched: indexes, and volumes whole or in part. */
export function cacheFolder(home: string): string {
  return join(home, 'cache', 'store')
}

/** Opens it, for this process alone: see openStore. */
export function openCache(home: string, options: Omit<StoreOptions, 'blockFiles'>): Promise<Corestore> {
  return openStore(cacheFolder(home), { ...options, blockFiles: true })
}
