import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import Corestore from 'corestore'
import { VolumeReader } from '../../lib/volume/reader.js'
import { sealVolume } from '../../lib/volume/seal.js'
import { isStaticManifest, volumeKey } from '../../lib/volume/static.js'
import { draftOf, INFO, texts } from './helpers/data.js'

const killed = fileURLToPath(new URL('helpers/seal-child.js', import.meta.url))

test('a sealed volume reads back as what went in, after its store was closed and opened again', async (t) => {
  const dir = await t.tmp()
  const batches = [texts(300, { topic: 'law' }), texts(1), texts(77, { topic: 'health' })]
  const draft = await draftOf(join(dir, 'spool'), batches)
  const store = new Corestore(join(dir, 'store'))
  const volume = await sealVolume({ store, draft, info: INFO })
  await store.close()

  const again = new Corestore(join(dir, 'store'))
  t.teardown(() => again.close())
  const core = again.get({ key: volume.key })
  await core.ready()
  t.is(core.length, 4)
  t.is(core.byteLength, volume.byteLength)
  t.absent(core.writable)
  t.ok(isStaticManifest(core.manifest, volume.key, volume.length))
  t.ok(volumeKey(await core.treeHash(core.length), core.length).equals(volume.key))

  const reader = new VolumeReader(core)
  t.alike(await reader.header(), {
    format: 'vdata/volume',
    version: 1,
    ...INFO,
    records: 378,
    raw_bytes: draft.rawBytes
  })
  const read: unknown[][] = []
  for await (const batch of reader.batches()) {
    t.is(batch.index, read.length)
    read.push((await reader.lines(batch.index)).map((line) => JSON.parse(line) as unknown))
  }
  t.alike(read, batches)
  await reader.close()
  t.absent(core.closing, 'the core that the reader was given stays open')
  await core.close()
})

test('the same draft sealed twice is one volume, and other info makes another', async (t) => {
  const dir = await t.tmp()
  const draft = await draftOf(join(dir, 'spool'), [texts(5)])
  const store = new Corestore(join(dir, 'store'))
  const first = await sealVolume({ store, draft, info: INFO })
  const sameProcess = await sealVolume({ store, draft, info: INFO })
  await store.close()
  const again = new Corestore(join(dir, 'store'))
  t.teardown(() => again.close())
  const nextProcess = await sealVolume({ store: again, draft, info: INFO })
  const other = await sealVolume({ store: again, draft, info: { ...INFO, license: 'MIT' } })
  t.alike(sameProcess, first)
  t.alike(nextProcess, first)
  t.unlike(other.key, first.key)
})

test('a seal that was interrupted goes on, and a spool that changed meanwhile is refused', async (t) => {
  const dir = await t.tmp()
  const batches = Array.from({ length: 1_000 }, (_, i) => texts(1, { topic: `topic ${i}` }))
  const draft = await draftOf(join(dir, 'spool'), batches)
  const store = new Corestore(join(dir, 'store'))
  t.teardown(() => store.close())
  const abort = new AbortController()
  const done: number[] = []
  const onEvent = ({ blocks }: { blocks: number }) => {
    done.push(blocks)
    abort.abort()
  }
  await t.exception(sealVolume({ store, draft, info: INFO, signal: abort.signal, onEvent }), /interrupted/)
  t.alike(done, [512])
  const volume = await sealVolume({ store, draft, info: INFO })
  t.is(volume.length, 1_001)

  await appendFile(draft.path, Buffer.alloc(3))
  await t.exception(sealVolume({ store, draft: { ...draft, id: 'another' }, info: INFO }), /is damaged/)
  const short = { ...draft, id: 'a third', records: 999 }
  await t.exception(sealVolume({ store, draft: short, info: INFO }), /is damaged|is not the one/)
})

test('a process that was killed while it sealed leaves what the next one goes on with', async (t) => {
  const dir = await t.tmp()
  const batches = Array.from({ length: 3_000 }, (_, i) => texts(1, { topic: `topic ${i}` }))
  const draft = await draftOf(join(dir, 'spool'), batches)
  const child = spawn(process.execPath, [killed, join(dir, 'killed'), JSON.stringify(draft)])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')

  const [store, fresh] = [new Corestore(join(dir, 'killed')), new Corestore(join(dir, 'fresh'))]
  t.teardown(() => Promise.all([store.close(), fresh.close()]))
  const events: number[] = []
  const onEvent = ({ blocks }: { blocks: number }) => events.push(blocks)
  const volume = await sealVolume({ store, draft, info: INFO, onEvent })
  t.alike(volume, await sealVolume({ store: fresh, draft, info: INFO }))
  t.ok(events[0]! > 512, `it went on from block ${events[0]! - 512} or later`)
})

test('a volume of the most blocks that there may be is whole after a restart', async (t) => {
  const dir = await t.tmp()
  const record = texts(1)
  const draft = await draftOf(join(dir, 'spool'), Array<object[]>(16_383).fill(record))
  const store = new Corestore(join(dir, 'store'))
  const volume = await sealVolume({ store, draft, info: INFO })
  t.is(volume.length, 16_384)
  await store.close()

  const again = new Corestore(join(dir, 'store'))
  const core = again.get({ key: volume.key })
  await core.ready()
  t.is(core.contiguousLength, 16_384)
  t.ok(await core.has(0, 16_384))
  const reader = new VolumeReader(core)
  t.is((await reader.batch(16_382)).records, 1)
  await reader.close()
  await again.close()
  await t.exception(sealVolume({ store: again, draft: { ...draft, batches: 16_384 }, info: INFO }), /at most 16384/)
})
