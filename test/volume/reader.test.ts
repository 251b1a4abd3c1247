import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { VolumeReader } from '../../lib/volume/reader.js'
import { sealVolume } from '../../lib/volume/seal.js'
import { draftOf, INFO, texts } from './helpers/data.js'

const BATCHES = Array.from({ length: 12 }, (_, i) => texts(i + 1, { topic: `topic ${i}` }))

/** A volume's core in the store of somebody who holds none of its blocks, and the way to who does. */
async function remoteVolume(t: Assert): Promise<{ core: Hypercore; connect: () => void }> {
  const dir = await t.tmp()
  const [near, far] = [new Corestore(join(dir, 'near')), new Corestore(join(dir, 'far'))]
  const volume = await sealVolume({ store: far, draft: await draftOf(join(dir, 'spool'), BATCHES), info: INFO })
  const streams: ReturnType<Corestore['replicate']>[] = []
  t.teardown(async () => {
    for (const stream of streams) stream.destroy()
    await near.close()
    await far.close()
  })
  const core = near.get({ key: volume.key })
  await core.ready()
  const connect = () => {
    streams.push(near.replicate(true), far.replicate(false))
    streams[0]!.pipe(streams[1]!).pipe(streams[0]!)
  }
  return { core, connect }
}

/** Until the peer has said how long the volume is. */
async function known(core: Hypercore): Promise<void> {
  while (core.length === 0) await new Promise((resolve) => core.once('append', resolve))
}

test('only what is asked for is fetched', async (t) => {
  const { core, connect } = await remoteVolume(t)
  connect()
  await known(core)
  const reader = new VolumeReader(core)
  t.is(reader.length, 12)
  t.alike(await reader.records(3), BATCHES[3])
  const indexes: number[] = []
  for await (const batch of reader.batches({ indexes: [9, 7], lookahead: 2 })) indexes.push(batch.index)
  t.alike(indexes, [9, 7])
  const held = await Promise.all(Array.from({ length: 13 }, (_, block) => core.has(block)))
  t.alike(
    held.flatMap((has, block) => (has ? [block] : [])),
    [4, 8, 10]
  )
  await reader.close()
})

test('batches come in order, a range of them or all', async (t) => {
  const { core, connect } = await remoteVolume(t)
  connect()
  await known(core)
  const reader = new VolumeReader(core)
  for (const [range, expected] of [
    [{ from: 2, to: 5 }, [3, 4, 5]],
    [{ lookahead: 1 }, BATCHES.map((batch) => batch.length)],
    [{ from: 12 }, []]
  ] as const) {
    const counts: number[] = []
    for await (const batch of reader.batches(range)) counts.push(batch.records)
    t.alike(counts, [...expected])
  }
  await t.exception(reader.batch(12), /ends before it/)
  await reader.close()
})

test('a block that nobody sends is not waited for for ever', async (t) => {
  const { core, connect } = await remoteVolume(t)
  connect()
  await known(core)
  for (const peer of core.peers) peer.stream.destroy()
  const reader = new VolumeReader(core, { timeout: 50 })
  await t.exception(reader.batch(5), { code: 'BLOCK_TIMEOUT', failure: 'network' })
  await reader.close()
})

test('a reader that is interrupted stops waiting', async (t) => {
  const { core, connect } = await remoteVolume(t)
  connect()
  await known(core)
  for (const peer of core.peers) peer.stream.destroy()
  const abort = new AbortController()
  const reader = new VolumeReader(core, { signal: abort.signal })
  const waiting = reader.batch(5)
  abort.abort()
  await t.exception(waiting, { code: 'INTERRUPTED' })
  await t.exception(reader.header(), { code: 'INTERRUPTED' })
  t.absent(core.closing, 'the core itself stays open')
})
