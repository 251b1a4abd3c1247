// Peers who have some of a dataset's volumes, in this process.
import type { Assert } from 'brittle'
import type Hypercore from 'hypercore'
import { cacheFolder, openCache } from '../../../lib/dataset/cache-store.js'
import { parseKey, parseLink } from '../../../lib/dataset/link.js'
import type { NetworkNode, NodeOptions } from '../../../lib/network/node.js'
import { closeStore } from '../../../lib/network/store.js'
import { connect, newNode, newStore } from '../../helpers/network.js'
import type { CachedDataset } from './dataset.js'

/** Goes online with a dataset's index and these of its volumes, all of each. */
export async function host(
  t: Assert,
  network: NodeOptions,
  { home, link }: CachedDataset,
  volumes: readonly string[]
): Promise<NetworkNode> {
  const source = await openCache(home, { purpose: 'test' })
  const store = await newStore(t)
  const part = connect(t, source, store)
  const index = parseLink(link).key
  for (const key of [index, ...volumes.map((id) => parseKey(id))]) {
    const original = source.get({ key })
    await original.ready()
    await copy(store.get({ key }), original.length)
    await original.close()
  }
  part()
  await closeStore(source, cacheFolder(home))
  const node = newNode(t, store, network)
  const core = store.get({ key: index })
  await core.ready()
  node.join(core.discoveryKey, { server: true, client: false })
  await node.searched(5_000)
  return node
}

async function copy(core: Hypercore, length: number): Promise<void> {
  await core.ready()
  for (let i = 0; i < length; i++) await core.get(i)
}
