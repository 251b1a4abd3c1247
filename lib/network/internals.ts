import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import keys from 'hypercore-storage/lib/keys.js'
import messages from 'hypercore/lib/messages.js'

// Everything that vdata relies on and hypercore does not promise stands here, each with a test that fails when upstream changes.

/**
 * Forbids forks on every core of a store, those too that a peer asks for first. Without it a writer can truncate what was
 * replicated, and any peer can cut off a static core by announcing a higher fork number. Call it before the store replicates.
 */
export function forbidForks(store: Corestore): void {
  store.watch((core) => {
    core.replicator.allowFork = false
  })
}

/** No core here has more blocks: volumes have far fewer, and an index of this length would list millions of them. */
const MAX_BLOCKS = 2 ** 24

/**
 * Hypercore 11 reserves memory for every block that a peer claims to have or to want, however many: a message of ten bytes
 * that claims 2^40 blocks would keep a process busy until it is out of memory. This makes it an error that ends the connection.
 */
for (const type of ['range', 'want', 'unwant', 'bitfield', 'sync'] as const) {
  const encoding = messages.wire[type]
  const decode = encoding.decode.bind(encoding)
  encoding.decode = (state) => {
    const message = decode(state)
    if ((message.start ?? 0) + (message.length ?? 0) > MAX_BLOCKS) throw new Error('More blocks than a core may have')
    return message
  }
}

/** Blocks in flight per peer. Hypercore's own minimum of 16 starves small blocks on a link with a round trip. */
export function setInflight(core: Hypercore, range: [min: number, max: number]): void {
  core.core.replicator.setInflightRange(range)
}

/**
 * Fills a static core from another core that holds the same blocks, without the network.
 * Wrong above 32,768 blocks in hypercore 11.37.1, which is why a volume has fewer.
 */
export async function copyStatic(from: Hypercore, to: Hypercore): Promise<void> {
  await to.core.copyPrologue(from.core.state)
}

/**
 * Removes a core, its blocks and everything that knows of it, here and now: left to itself, corestore keeps a closed core in
 * memory for a while, and whoever opened it again would write to a core that is no longer on disk.
 *
 * @param reclaim give the disk space back at once, see reclaimSpace; else it is only free for what comes next
 */
export async function eraseCore(store: Corestore, core: Hypercore, { reclaim = true } = {}): Promise<void> {
  await core.ready()
  const shared = core.core
  const pointer = core.state.storage.core
  // Before it is closed: a peer who asks for it in between would have it opened again as it was.
  await store.storage.deleteCore(pointer)
  for (const session of shared.allSessions()) await session.close()
  await core.close()
  await shared.close()
  // After it is closed: blocks that were on their way have landed. `deleteCore` leaves blocks and hash tree where they are.
  const { dataPointer } = pointer
  await store.storage.db.deleteRange(keys.core.data(dataPointer), keys.core.data(dataPointer + 1))
  if (reclaim) await reclaimSpace(store)
}

/**
 * Gives the disk space of erased cores back. RocksDB keeps blocks in large files, and here copies what is left of them into
 * new ones: this takes time in proportion to what the store still holds. (`core.compact()` covers an empty range of keys in
 * hypercore-storage 3.3, and by default only the oldest quarter of the files is looked at.)
 */
export async function reclaimSpace(store: Corestore): Promise<void> {
  await store.storage.flush()
  await store.storage.compact({ blobGarbageCollectionAgeCutoff: 1 })
}
