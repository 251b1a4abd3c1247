// Each internal of hypercore that vdata relies on: these fail when upstream changes it.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { clearBlock, eraseCore, reclaimSpace } from '../../lib/network/internals-disk.js'
import { copyStatic, forbidForks, keepServed, letGo, reopenChannels, setInflight } from '../../lib/network/internals.js'
import { volumeManifest } from '../../lib/volume/static.js'
import { connect, newStore, sealBlocks, until } from '../helpers/network.js'

const blocksOf = (count: number, size = 1000): Buffer[] => Array.from({ length: count }, () => randomBytes(size))

test('a core that a peer asks for first obeys no truncation of its writer', async (t) => {
  const writerStore = await newStore(t)
  const writer = writerStore.get({ name: 'log' })
  await writer.append(blocksOf(6))

  const directory = await t.tmp()
  const before = new Corestore(directory, { manifestVersion: 1 })
  const first = connect(t, writerStore, before)
  const copy = before.get({ key: writer.key })
  await copy.ready()
  await copy.download({ start: 0, end: 6 }).done()
  first()
  await before.close()

  // Nobody opens the core here: it is opened because the writer asks for it.
  const store = new Corestore(directory, { manifestVersion: 1 })
  forbidForks(store)
  t.teardown(() => store.close(), { order: 20 })
  await store.ready()
  await writer.update()
  connect(t, writerStore, store)
  await until(() => writer.peers.some((peer) => peer.remoteLength === 6))
  await (writer as Hypercore & { truncate(length: number): Promise<void> }).truncate(2)
  await writer.append(blocksOf(10))
  t.is(writer.fork, 1, 'the writer has forked')

  const again = store.get({ key: writer.key })
  await again.ready()
  t.is(again.core.replicator.allowFork, false, 'forks are forbidden')
  await until(() => again.peers.some((peer) => peer.remoteFork === 1))
  // A block of the new history, asked for on the same channel, would come only behind the fork.
  t.is(await again.update({ wait: true }), false)
  t.is(again.length, 6)
  t.is(again.fork, 0)
  t.ok(await again.has(0, 6), 'every block is still here')
})

test('a core that was fetched and closed is let go of at once, where hypercore would keep it', async (t) => {
  const [from, to] = [await newStore(t), new Corestore(await t.tmp(), { manifestVersion: 1, active: false })]
  t.teardown(() => to.close(), { order: 20 })
  const [a, b] = [from.replicate(true), to.replicate(false)]
  a.pipe(b).pipe(a)
  const fetchAndClose = async (part: boolean) => {
    // Its source stays open.
    const source = await sealBlocks(from, blocksOf(2))
    const core = to.get({ key: source.key })
    await core.ready()
    core.replicate(b)
    await core.download({ start: 0, end: 2 }).done()
    await until(() => core.peers[0]?.remoteContiguousLength === 2)
    await (part ? letGo(core) : core.close())
    return { source, peers: core.core.replicator.peers, shared: core.core }
  }
  const kept = await fetchAndClose(false)
  const gone = await fetchAndClose(true)
  t.is(gone.shared.gc, 3, 'it is closed in the next round')
  await until(() => gone.source.peers.length === 0)
  t.is(gone.peers.length, 0)
  t.is(kept.peers.length, 1, 'the other one still has its channel')
  await until(() => to.cores.size === 1)
  a.destroy()
  b.destroy()
})

test('without the rule the same truncation is obeyed', async (t) => {
  const writerStore = await newStore(t)
  const writer = writerStore.get({ name: 'log' })
  await writer.append(blocksOf(6))
  const store = new Corestore(await t.tmp(), { manifestVersion: 1 })
  t.teardown(() => store.close(), { order: 20 })
  const copy = store.get({ key: writer.key })
  await copy.ready()
  connect(t, writerStore, store)
  await copy.download({ start: 0, end: 6 }).done()
  await (writer as Hypercore & { truncate(length: number): Promise<void> }).truncate(2)
  await writer.append(blocksOf(1))
  // The fork may come before the block behind it.
  await until(() => copy.length === 3)
  t.is(copy.fork, 1, 'this is what the rule is for')
})

test('an announced fork of a static core is ignored, and honest peers still serve it', async (t) => {
  const source = await newStore(t)
  const volume = await sealBlocks(source, blocksOf(20))
  const hostile = await newStore(t)
  const liar = hostile.get({ manifest: volume.manifest! })
  await liar.ready()
  await copyStatic(volume, liar)
  // What a modified peer announces on the wire.
  ;(liar.core.state as { fork: number }).fork = 7

  const reader = await newStore(t)
  const core = reader.get({ key: volume.key })
  await core.ready()
  connect(t, hostile, reader)
  await until(() => core.peers.some((peer) => peer.remoteFork === 7))
  connect(t, source, reader)
  await core.download({ start: 0, end: 20 }).done()
  t.is(core.fork, 0)
  t.is(core.contiguousLength, 20)
})

test('copyStatic makes a whole volume, which a new process and its peers see as whole', async (t) => {
  const source = await newStore(t)
  const blocks = blocksOf(300)
  const volume = await sealBlocks(source, blocks)
  const directory = join(await t.tmp(), 'store')
  const first = new Corestore(directory, { manifestVersion: 1 })
  const copy = first.get({ manifest: volumeManifest(await volume.treeHash(), volume.length) })
  await copy.ready()
  t.alike(copy.key, volume.key)
  await copyStatic(volume, copy)
  t.is(copy.contiguousLength, 300)
  await first.close()

  const store = new Corestore(directory, { manifestVersion: 1 })
  t.teardown(() => store.close(), { order: 20 })
  const again = store.get({ key: volume.key })
  await again.ready()
  t.is(again.length, 300)
  t.is(again.contiguousLength, 300)
  for (const index of [0, 137, 299]) t.alike(await again.get(index, { wait: false }), blocks[index])

  const reader = await newStore(t)
  const read = reader.get({ key: volume.key })
  await read.ready()
  connect(t, store, reader)
  await until(() => read.peers.some((peer) => peer.remoteContiguousLength === 300))
  await read.download({ start: 0, end: 300 }).done()
  t.alike(await read.get(299), blocks[299])
})

test('copyStatic completes a copy that has some blocks, and refuses another content', async (t) => {
  const source = await newStore(t)
  const blocks = blocksOf(40)
  const volume = await sealBlocks(source, blocks)
  const other = await sealBlocks(source, blocksOf(40))
  const store = await newStore(t)
  const part = connect(t, source, store)
  const copy = store.get({ key: volume.key })
  await copy.ready()
  await copy.download({ start: 10, end: 15 }).done()
  part()
  await t.exception(copyStatic(other, copy), /does not match/)
  t.is(copy.contiguousLength, 0)
  await copyStatic(volume, copy)
  t.is(copy.contiguousLength, 40)
  t.alike(await copy.get(39, { wait: false }), blocks[39])
})

test('eraseCore gives the disk space back, and the core can come again', async (t) => {
  const source = await newStore(t)
  const blocks = blocksOf(64, 200_000)
  const volume = await sealBlocks(source, blocks)
  const kept = await sealBlocks(source, blocksOf(4, 200_000))
  const directory = await t.tmp()
  const store = new Corestore(directory, { manifestVersion: 1 })
  forbidForks(store)
  // Stays connected all the time, as contributors do: the erased core may not come back by being asked for.
  connect(t, source, store)
  const neighbour = await download(store, kept)
  const core = await download(store, volume)
  await reclaimSpace(store)
  const full = blobBytes(directory)
  t.ok(full > 13e6, `${full} bytes on disk`)
  const session = core.session()
  await session.ready()

  await eraseCore(store, core)
  const left = blobBytes(directory)
  t.ok(left < 2e6, `${left} bytes are left`)
  t.ok(session.closed, 'nobody holds on to what is gone')
  t.absent(await store.storage.hasCore(volume.discoveryKey))
  t.ok(await neighbour.has(0, 4), 'other cores keep their blocks')

  const again = await download(store, volume)
  await again.close()
  await store.close()
  const next = new Corestore(directory, { manifestVersion: 1 })
  t.teardown(() => next.close(), { order: 20 })
  const reopened = next.get({ key: volume.key })
  await reopened.ready()
  t.is(reopened.contiguousLength, 64, 'what came again is on disk')
  t.alike(await reopened.get(63, { wait: false }), blocks[63])
})

for (const length of [6, 8, 13]) {
  test(`a core of ${length} blocks without one of them: the others can be had`, async (t) => {
    const blocks = blocksOf(length)
    for (let gone = 0; gone < length; gone++) {
      const directory = await t.tmp()
      const store = new Corestore(directory, { manifestVersion: 1 })
      const volume = await sealBlocks(store, blocks)
      await clearBlock(volume, gone)
      // What is in memory could still prove what is on disk no longer.
      await store.close()
      const next = new Corestore(directory, { manifestVersion: 1 })
      const reader = await newStore(t)
      const part = connect(t, next, reader)
      const copy = reader.get({ key: volume.key })
      await copy.ready()
      const had = []
      for (let i = 0; i < length; i++) {
        const block = i === gone ? null : await copy.get(i, { timeout: 5_000 }).catch(() => null)
        had.push(block?.equals(blocks[i]!) ?? false)
      }
      t.alike(
        had,
        blocks.map((_, i) => i !== gone),
        `without block ${gone}`
      )
      part()
      await next.close()
    }
  })
}

test('clear deletes what proves other blocks: clearBlock is needed', async (t) => {
  const store = await newStore(t)
  const volume = await sealBlocks(store, blocksOf(8))
  let deleted = 0
  const create = volume.state.createWriteBatch.bind(volume.state)
  volume.state.createWriteBatch = () => Object.assign(create(), { deleteTreeNode: () => deleted++ })
  await volume.clear(7, 8)
  t.ok(deleted > 0)
})

test('space that is not reclaimed at once is reclaimed later, together', async (t) => {
  const source = await newStore(t)
  const directory = await t.tmp()
  const store = new Corestore(directory, { manifestVersion: 1 })
  t.teardown(() => store.close(), { order: 20 })
  connect(t, source, store)
  for (let i = 0; i < 3; i++) {
    const core = await download(store, await sealBlocks(source, blocksOf(20, 100_000)))
    await eraseCore(store, core, { reclaim: false })
  }
  await reclaimSpace(store)
  const left = blobBytes(directory)
  t.ok(left < 500_000, `${left} bytes are left`)
})

test('setInflight decides how many blocks are asked for at once', async (t) => {
  const source = await newStore(t)
  const volume = await sealBlocks(source, blocksOf(300, 10))
  const store = await newStore(t)
  const core = store.get({ key: volume.key })
  await core.ready()
  setInflight(core, [256, 512])
  connect(t, source, store)
  let most = 0
  core.on('download', () => {
    for (const peer of core.peers) most = Math.max(most, (peer as Hypercore.Peer & { inflight: number }).inflight)
  })
  await core.download({ start: 0, end: 300 }).done()
  t.ok(most > 100, `${most} at once`)
})

async function download(store: Corestore, volume: Hypercore): Promise<Hypercore> {
  const core = store.get({ key: volume.key })
  await core.ready()
  await core.download({ start: 0, end: volume.length }).done()
  return core
}

/** Bytes in the files that hold blocks: the write-ahead log is reserved in advance, and says nothing. */
function blobBytes(directory: string): number {
  const files = execFileSync('find', [directory, '-name', '*.blob', '-printf', '%s\n'], { encoding: 'utf8' })
  return files
    .split('\n')
    .filter(Boolean)
    .reduce((sum, size) => sum + Number(size), 0)
}

/** A core whose last session has just gone, and a peer who comes on a connection that it was attached to before. */
async function peerOfIdleCore(t: Assert, prepare: (store: Corestore) => void) {
  const [server, client] = [await newStore(t), await newStore(t)]
  prepare(server)
  const written = server.get({ name: 'log' })
  await written.append(blocksOf(4))
  connect(t, server, client)
  await new Promise((resolve) => setImmediate(resolve))
  await written.close()
  const served = () => server.cores.get(written.discoveryKey)
  t.ok(served(), 'corestore keeps it for a while')
  const core = client.get({ key: written.key })
  await core.ready()
  await core.get(0)
  for (let i = 0; i < 4; i++) server.cores._gcCycle()
  return { core, served }
}

test('a core that is being served is not closed for want of sessions', async (t) => {
  const { core, served } = await peerOfIdleCore(t, keepServed)
  t.ok(served(), 'it is open')
  t.is((await core.get(3))?.length, 1000)
})

test('without the rule it is closed, and comes back when its channel is opened again', async (t) => {
  const { core, served } = await peerOfIdleCore(t, () => {})
  t.absent(served(), 'it is closed')
  await until(() => core.peers.length === 0)
  const block = core.get(3)
  await until(() => {
    reopenChannels(core)
    return core.peers.length > 0
  })
  t.is((await block)?.length, 1000)
})
