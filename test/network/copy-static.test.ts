import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import test from 'brittle'
import { copyStatic } from '../../lib/network/internals.js'
import { closeStore, openStore } from '../../lib/network/store.js'
import { toVolume, volumeManifest } from '../../lib/volume/static.js'

test('a peer who had opened a volume while it was empty learns that it was filled', async (t) => {
  const [home, away] = [join(await t.tmp(), 'home'), join(await t.tmp(), 'away')]
  const [one, other] = [await openStore(home, { purpose: 'test' }), await openStore(away, { purpose: 'test' })]
  t.teardown(() => Promise.all([closeStore(one, home), closeStore(other, away)]))
  const draft = one.get({ name: 'draft' })
  await draft.ready()
  await draft.append([randomBytes(1000), randomBytes(1000)])
  const manifest = volumeManifest(await draft.treeHash(), draft.length)
  const volume = await toVolume(one, draft)

  const empty = other.get({ manifest })
  await empty.ready()
  const third = await t.tmp()
  const reader = await openStore(join(third, 'store'), { purpose: 'test' })
  t.teardown(() => closeStore(reader, join(third, 'store')))
  const wanted = reader.get({ key: volume.key })
  await wanted.ready()
  const [a, b] = [other.replicate(true), reader.replicate(false)]
  a.pipe(b).pipe(a)
  t.teardown(() => a.destroy())
  await new Promise<void>((resolve) => wanted.once('peer-add', () => resolve()))
  t.is(wanted.length, 0)
  const range = wanted.download({ start: 0, end: 2 })

  await copyStatic(volume, empty)
  await range.done()
  t.is(wanted.contiguousLength, 2)
})
