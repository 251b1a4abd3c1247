import { join } from 'node:path'
import test from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { isStaticManifest, toVolume, volumeKey, volumeManifest } from '../../lib/volume/static.js'

// These tests hold what vdata relies on of hypercore's and corestore's internals: look here first after an upgrade.

async function filled(store: Corestore, name: string, blocks: number): Promise<Hypercore> {
  const core = store.get({ name })
  await core.ready()
  await core.append(Array.from({ length: blocks }, (_, i) => Buffer.from(`block ${i}`)))
  return core
}

test('the key of a content is what it always was', (t) => {
  const treeHash = Buffer.alloc(32, 7)
  t.is(volumeKey(treeHash, 5).toString('hex'), 'c5f2fe4456d822f73ffd5d10219c199092f11426496c7babec1c04d1ccf8f21f')
  t.is(volumeKey(treeHash, 6).toString('hex'), 'a4ad322a4e98f7d0feb70e7f387661797a79f2d132ffcbb491d17c95f57fe56c')
})

test('a core becomes a volume in place, and its name leads there after a restart', async (t) => {
  const dir = await t.tmp()
  const store = new Corestore(dir)
  const core = await filled(store, 'mine', 1_000)
  const treeHash = await core.treeHash(1_000)
  const volume = await toVolume(store, core)
  t.alike(volume.key, volumeKey(treeHash, 1_000))
  t.unlike(volume.key, core.key)
  await t.exception(volume.append(Buffer.from('more')))
  await volume.close()
  await store.close()

  const again = new Corestore(dir)
  t.teardown(() => again.close())
  for (const named of [again.get({ name: 'mine' }), again.get({ key: volume.key })]) {
    await named.ready()
    t.alike(named.key, volume.key)
    t.absent(named.writable)
    t.is(named.contiguousLength, 1_000)
    t.alike(await named.get(999), Buffer.from('block 999'))
    await t.exception(named.append(Buffer.from('more')))
    await named.close()
  }
})

test('only the manifest of a sealed volume passes for one, on the side that received it', async (t) => {
  const dir = await t.tmp()
  const store = new Corestore(join(dir, 'a'))
  const other = new Corestore(join(dir, 'b'))
  const signed = await filled(store, 'signed', 10)
  const volume = await toVolume(store, await filled(store, 'sealed', 10))
  const streams = [store.replicate(true), other.replicate(false)] as const
  streams[0].pipe(streams[1]).pipe(streams[0])
  t.teardown(async () => {
    for (const stream of streams) stream.destroy()
    await store.close()
    await other.close()
  })

  const received = other.get({ key: volume.key })
  t.alike(await received.get(9), Buffer.from('block 9'))
  t.ok(isStaticManifest(received.manifest, received.key, 10))
  t.absent(isStaticManifest(received.manifest, received.key, 9), 'another length')
  t.absent(isStaticManifest(received.manifest, signed.key, 10), 'another key')
  t.absent(isStaticManifest(null, received.key, 10), 'no manifest yet')

  const feed = other.get({ key: signed.key })
  await feed.get(0)
  t.absent(isStaticManifest(feed.manifest, feed.key, 10), 'a feed that its writer can go on with')
  const treeHash = await signed.treeHash(10)
  const mixed = { ...volumeManifest(treeHash, 10), signers: signed.manifest!.signers }
  t.absent(isStaticManifest(mixed, signed.key, 10), 'a prologue with a signer')
})
