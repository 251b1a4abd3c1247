import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import keys from 'hypercore-storage/lib/keys.js'

// What vdata relies on of how hypercore keeps a core on disk, and hypercore does not promise: as internals.ts, each with a
// test that fails when upstream changes.

const complete = new WeakSet<Hypercore.SessionState>()

/**
 * Forgets one block of a static core, and keeps the whole hash tree. Hypercore 11.37 takes the left neighbour of a cleared
 * block for cleared too, and deletes nodes of the tree without which other blocks cannot be proved: whoever asks for one of
 * them is hung up on from then on.
 *
 * The block's bytes stay in the files until they are reclaimed.
 */
export async function clearBlock(core: Hypercore, index: number): Promise<void> {
  const { state } = core
  if (!complete.has(state)) {
    complete.add(state)
    const create = state.createWriteBatch.bind(state)
    // A static core is never truncated, which is the other occasion to delete nodes.
    state.createWriteBatch = () => Object.assign(create(), { deleteTreeNode: noop })
  }
  await core.clear(index, index + 1)
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

/** Writes those of the blocks `start` to before `end` of a core that are here once more, as they are. */
export async function rewriteBlocks(core: Hypercore, start: number, end: number): Promise<void> {
  const { storage, mutex } = core.state
  // What comes meanwhile is written after it.
  await mutex.lock()
  try {
    const changes = storage.write()
    for (let index = start; index < end; index++) {
      const block = (await core.has(index)) ? await core.get(index, { wait: false }) : null
      if (block) changes.putBlock(index, block)
    }
    // Which blocks are here is written in pages that are as large as small blocks, and lie among them.
    for await (const { index, page } of storage.createBitfieldStream()) changes.putBitfieldPage(index, page)
    await changes.flush()
  } finally {
    mutex.unlock()
  }
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

/**
 * A block that is here, or null. Hypercore trusts its disk; here a block that is not what its hash commits to, or of which
 * less is left than the core knows of, is forgotten, so that it can be fetched again.
 */
export async function soundBlock(core: Hypercore, index: number): Promise<Buffer | null> {
  if (!(await core.has(index))) return null
  const block = await readSound(core, index)
  if (block) return block
  // Hypercore says of a block that it is here from a moment before it is written.
  const { mutex } = core.state
  await mutex.lock()
  const written = await readSound(core, index).finally(() => mutex.unlock())
  if (!written) await clearBlock(core, index)
  return written
}

async function readSound(core: Hypercore, index: number): Promise<Buffer | null> {
  const reads = core.state.storage.read()
  const both = Promise.all([reads.getBlock(index), reads.getTreeNode(2 * index)])
  reads.tryFlush()
  const [block, leaf] = await both
  return block && leaf && crypto.data(block).equals(leaf.hash) ? block : null
}

/** Whether all blocks of a core on the disk are those that its hashes commit to. */
export async function auditCore(core: Hypercore): Promise<boolean> {
  await core.ready()
  // It stumbles over roots that are gone, and it would not see blocks that lie in files of their own.
  const found = await core.core.audit({ dryRun: true, bitfield: false, blocks: false }).catch(() => null)
  if (found === null || found.corrupt || found.droppedTreeNodes > 0) return false
  for (let index = 0; index < core.length; index++) {
    if ((await core.has(index)) && !(await readSound(core, index))) return false
  }
  return true
}

function noop(): void {}
