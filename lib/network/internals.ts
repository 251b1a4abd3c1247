import type Corestore from 'corestore'
import type Hypercore from 'hypercore'

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

/** Removes a core's blocks and then the core itself, and gives the space back. `clear` alone frees nothing. */
export async function eraseCore(store: Corestore, core: Hypercore): Promise<void> {
  await core.ready()
  const pointer = core.state.storage.core
  if (core.length > 0) await core.clear(0, core.length)
  await core.compact()
  await core.close()
  await store.storage.deleteCore(pointer)
}
