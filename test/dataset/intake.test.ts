// The quarantine against contributors who come and go, lie, or hold places that they do not use.
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import test from 'brittle'
import { Intake } from '../../lib/dataset/intake.js'
import { formatKey } from '../../lib/dataset/link.js'
import { newStore, Offerer, offerOf, privateNetwork, until } from '../helpers/network.js'
import { copyBlocks, INDEX, newIntake, randomVolume, TOPIC } from './helpers/intake.js'

test('what does not fit is told to come again, and finds room once there is', async (t) => {
  const network = await privateNetwork(t)
  const { intake, complete } = await newIntake(t, network, { quota: 25_000, maxPerContributor: 2 })
  const offerer = await Offerer.create(t)
  const [a, b, tooLarge] = [
    await randomVolume(offerer, 2, 10_000),
    await randomVolume(offerer, 2, 10_000),
    await randomVolume(offerer, 3, 10_000)
  ]
  offerer.offer(offerOf(a, INDEX, offerer.contributor))
  offerer.online(t, TOPIC, network)
  t.is((await offerer.answer(a)).status, 'queued')
  await until(() => complete.length === 1)
  offerer.offer(offerOf(b, INDEX, offerer.contributor))
  const busy = await offerer.answer(b)
  t.alike([busy.status, busy.code], ['busy', 'quota'])
  offerer.offer(offerOf(tooLarge, INDEX, offerer.contributor))
  const never = await offerer.answer(tooLarge)
  t.alike([never.status, never.code], ['rejected', 'too_large'], 'what can never fit is not told to wait')
  t.is(intake.used, 20_000)
  await intake.forget(formatKey(a.key))
  const from = offerer.answers.length
  offerer.offer(offerOf(b, INDEX, offerer.contributor))
  t.is((await offerer.answer(b, undefined, from)).status, 'queued')
  await until(() => complete.length === 2)
})

test('one contributor cannot fill the queue alone', async (t) => {
  const network = await privateNetwork(t)
  await newIntake(t, network, { maxPerContributor: 2 })
  const greedy = await Offerer.create(t)
  const modest = await Offerer.create(t)
  const volumes = await Promise.all([1, 2, 3].map(() => randomVolume(greedy, 2, 100)))
  for (const volume of volumes) greedy.offer(offerOf(volume, INDEX, greedy.contributor))
  greedy.online(t, TOPIC, network)
  t.is((await greedy.answer(volumes[2]!)).status, 'busy')
  const volume = await randomVolume(modest, 2, 100)
  modest.offer(offerOf(volume, INDEX, modest.contributor))
  modest.online(t, TOPIC, network)
  t.is((await modest.answer(volume)).status, 'queued')
})

test('an offer that nobody delivers makes room; one that is being delivered does not', async (t) => {
  const network = await privateNetwork(t)
  const { intake, complete } = await newIntake(t, network, { quota: 25_000 })
  const hostile = await Offerer.create(t)
  const promised = await randomVolume(hostile, 2, 12_000)
  hostile.offer(offerOf(promised, INDEX, hostile.contributor))
  // Offers all the room there is, and serves nothing.
  hostile.online(t, TOPIC, network, false)
  await hostile.answer(promised)
  const honest = await Offerer.create(t)
  const volume = await randomVolume(honest, 2, 12_000)
  honest.offer(offerOf(volume, INDEX, honest.contributor))
  honest.online(t, TOPIC, network)
  t.is((await honest.answer(volume)).status, 'busy', 'as long as its source is there, nobody knows')
  await hostile.node.close()
  await offerUntil(honest, () => complete.length > 0)
  t.alike(
    intake.list().map(({ id }) => id),
    [formatKey(volume.key)]
  )
})

test('sources that stall, and offer again and again, block nobody', async (t) => {
  const network = await privateNetwork(t)
  const { intake, complete } = await newIntake(t, network, { concurrency: 2, stall: 200 })
  const hostile = await Offerer.create(t)
  for (let i = 0; i < 6; i++) {
    hostile.offer(offerOf(await randomVolume(hostile, 3, 1000), INDEX, hostile.contributor))
  }
  hostile.online(t, TOPIC, network, false)
  await until(() => intake.list().length === 6)
  const again = setInterval(() => hostile.offerAgain(), 50)
  t.teardown(() => clearInterval(again), { force: true })
  const honest = await Offerer.create(t)
  const volumes = [await randomVolume(honest, 3, 1000), await randomVolume(honest, 3, 1000)]
  for (const volume of volumes) honest.offer(offerOf(volume, INDEX, honest.contributor))
  honest.online(t, TOPIC, network)
  await until(() => complete.length === 2)
  t.alike(complete.sort(), volumes.map(({ key }) => formatKey(key)).sort())
})

test('a source that trickles gives its place to others, and goes on afterwards', async (t) => {
  const network = await privateNetwork(t)
  const { complete } = await newIntake(t, network, { concurrency: 1, stall: 60_000, turn: 200 })
  const slow = await Offerer.create(t)
  const large = await randomVolume(slow, 20, 1000)
  slow.offer(offerOf(large, INDEX, slow.contributor))
  // It has half of its volume, so that its download neither ends nor is known to have stalled.
  const half = await Offerer.create(t)
  await copyBlocks(t, slow, half, large, 10)
  half.offer(offerOf(large, INDEX, slow.contributor))
  half.online(t, TOPIC, network)
  await half.answer(large)
  const quick = await Offerer.create(t)
  const small = await randomVolume(quick, 2, 100)
  quick.offer(offerOf(small, INDEX, quick.contributor))
  quick.online(t, TOPIC, network)
  await until(() => complete.length === 1)
  t.alike(complete, [formatKey(small.key)])
  slow.online(t, TOPIC, network)
  await until(() => complete.length === 2)
})

test('a contributor that leaves midway and comes back only sends the rest', async (t) => {
  const network = await privateNetwork(t)
  const { intake, complete } = await newIntake(t, network)
  const owner = await Offerer.create(t)
  const volume = await randomVolume(owner, 40, 1000)
  const leaving = await Offerer.create(t)
  await copyBlocks(t, owner, leaving, volume, 25)
  leaving.offer(offerOf(volume, INDEX, owner.contributor))
  leaving.online(t, TOPIC, network)
  await leaving.answer(volume)
  const id = formatKey(volume.key)
  const core = await intake.core(id)
  await until(() => core.has(0, 25))
  await leaving.node.close()
  await until(() => core.peers.length === 0)

  let sent = 0
  core.on('download', () => sent++)
  owner.offer(offerOf(volume, INDEX, owner.contributor))
  owner.online(t, TOPIC, network)
  await until(() => complete.length === 1)
  t.is(sent, 15)
})

test('a source that stalled is tried again when it offers again', async (t) => {
  const network = await privateNetwork(t)
  const { intake, complete } = await newIntake(t, network, { stall: 200, concurrency: 1 })
  const owner = await Offerer.create(t)
  const volume = await randomVolume(owner, 5, 1000)
  const late = await Offerer.create(t)
  late.offer(offerOf(volume, INDEX, owner.contributor))
  late.online(t, TOPIC, network)
  await late.answer(volume)
  // By the time that its place is free again, its first try is over.
  const other = await Offerer.create(t)
  const small = await randomVolume(other, 2, 100)
  other.offer(offerOf(small, INDEX, other.contributor))
  other.online(t, TOPIC, network)
  await until(() => complete.length === 1)
  await copyBlocks(t, owner, late, volume, 5)
  await offerUntil(late, () => complete.length === 2)
  t.is(intake.get(formatKey(volume.key))?.state, 'complete')
})

test('an offer that turned out to be untrue is not downloaded again; another one of the same volume is', async (t) => {
  const network = await privateNetwork(t)
  const { intake, failed, complete } = await newIntake(t, network)
  const offerer = await Offerer.create(t)
  const volume = await randomVolume(offerer, 5, 1000)
  offerer.offer(offerOf(volume, INDEX, offerer.contributor, { length: 6 }))
  offerer.online(t, TOPIC, network)
  await until(() => failed.length === 1)
  const id = formatKey(volume.key)
  t.alike(failed, [[id, 'wrong_totals']])
  await Promise.all([intake.forget(id), intake.forget(id)])
  offerer.offerAgain()
  t.is((await offerer.answer(volume, ({ status }) => status === 'rejected')).code, 'wrong_totals')
  offerer.offers.length = 0
  offerer.offer(offerOf(volume, INDEX, offerer.contributor))
  await until(() => complete.length === 1)
})

test('a core that still has a writer is no volume', async (t) => {
  const network = await privateNetwork(t)
  const { failed } = await newIntake(t, network)
  const offerer = await Offerer.create(t)
  const log = offerer.store.get({ name: 'log' })
  await log.append([randomBytes(100), randomBytes(100)])
  offerer.offer(offerOf(log, INDEX, offerer.contributor))
  offerer.online(t, TOPIC, network)
  await until(() => failed.length === 1)
  t.is(failed[0]![1], 'not_static')
})

test('the queue is there again after a restart, without files that are damaged', async (t) => {
  const network = await privateNetwork(t)
  const first = await newIntake(t, network)
  const offerer = await Offerer.create(t)
  const [done, waiting] = [await randomVolume(offerer, 2, 100), await randomVolume(offerer, 4, 100)]
  const ghost = await Offerer.create(t)
  ghost.offer(offerOf(waiting, INDEX, ghost.contributor))
  ghost.online(t, TOPIC, network, false)
  await ghost.answer(waiting)
  offerer.offer(offerOf(done, INDEX, offerer.contributor))
  offerer.online(t, TOPIC, network)
  await until(() => first.complete.length === 1)
  const before = first.intake.list().map(({ id, state }) => [id, state])
  await first.intake.close()
  const queue = join(first.folder, 'queue')
  writeFileSync(join(queue, 'half.json'), '{"offer":"00')
  writeFileSync(
    join(queue, 'wrong.json'),
    JSON.stringify({ offer: 'zz', state: 'waiting', received_at: '', problem: null })
  )
  const again = await Intake.open({ store: await newStore(t), directory: queue, quota: 1e9 })
  t.alike(
    again.list().map(({ id, state }) => [id, state]),
    before
  )
  t.alike(before.map(([, state]) => state).sort(), ['complete', 'waiting'])
})

test('what is forgotten leaves the disk, also in the middle of its download', async (t) => {
  const network = await privateNetwork(t)
  const { intake, folder, complete, faults } = await newIntake(t, network)
  const offerer = await Offerer.create(t)
  const kept = await randomVolume(offerer, 2, 1000)
  const large = await randomVolume(offerer, 60, 200_000)
  for (const volume of [kept, large]) offerer.offer(offerOf(volume, INDEX, offerer.contributor))
  offerer.online(t, TOPIC, network)
  await until(() => complete.length === 2)
  await intake.forget(formatKey(large.key))
  t.ok(blobBytes(folder) < 1e6, `${blobBytes(folder)} bytes are left of 12 MB`)

  offerer.offerAgain()
  await until(() => intake.get(formatKey(large.key)))
  const core = await intake.core(formatKey(large.key))
  await until(() => core.contiguousLength > 0 || complete.length === 3)
  await intake.forget(formatKey(large.key))
  t.ok(blobBytes(folder) < 1e6, `${blobBytes(folder)} bytes are left`)
  t.alike(
    intake.list().map(({ id }) => id),
    [formatKey(kept.key)]
  )
  t.alike(readdirSync(join(folder, 'queue')).length, 1)
  t.alike(faults, [])
})

/** Offers again until something holds: five times a second, because who is faster than a channel allows is not heard at all. */
async function offerUntil(offerer: Offerer, holds: () => boolean): Promise<void> {
  while (!holds()) {
    offerer.offerAgain()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function blobBytes(folder: string): number {
  const db = join(folder, 'quarantine', 'db')
  return readdirSync(db)
    .filter((name) => name.endsWith('.blob'))
    .reduce((sum, name) => sum + statSync(join(db, name)).size, 0)
}
