// A seeder that holds offers for a moderator who is away: from the offer to the verdict, never all three online at once.
import { randomBytes } from 'node:crypto'
import test from 'brittle'
import { formatKey, formatLink } from '../../lib/dataset/link.js'
import { Identity } from '../../lib/network/identity.js'
import { encodeBatch } from '../../lib/volume/frame.js'
import type { SeederTiming } from '../../seeders/options.js'
import { Seeder } from '../../seeders/seeder.js'
import { makeVolume, newModerator, Offerer, offerOf, privateNetwork, textLines, until } from '../helpers/network.js'
import type { Assert } from 'brittle'
import type { NodeOptions } from '../../lib/network/node.js'

async function newSeeder(
  t: Assert,
  home: string,
  link: string,
  network: NodeOptions,
  timing: SeederTiming = {}
): Promise<Seeder> {
  const seeder = await Seeder.open({ home, identity: await Identity.load(home), links: [link], network, timing })
  t.teardown(() => seeder.close(), { order: 10, force: true })
  return seeder
}

test('offers reach a moderator who was never online, and the verdicts come back', { timeout: 60_000 }, async (t) => {
  const network = await privateNetwork(t)
  const home = await t.tmp()
  const seederHome = await t.tmp()
  const created = await newModerator(t, { home })
  const { link } = created
  const index = created.index.core.key
  const topic = created.index.core.discoveryKey
  await created.close()

  const first = await newSeeder(t, seederHome, link, network)
  const offerer = await Offerer.create(t)
  const good = await makeVolume(offerer.store, { contributor: offerer.contributor })
  const bad = await makeVolume(offerer.store, {
    contributor: offerer.contributor,
    batches: [textLines(3, 'bad')],
    blocks: [await encodeBatch(Buffer.from('{"kind":"text","text":1}\n'.repeat(3)), 3)]
  })
  for (const volume of [good, bad]) offerer.offer(offerOf(volume, index, offerer.contributor))
  offerer.online(t, topic, network)
  await until(() => first.status().inbox.complete === 2)
  await offerer.node.close()
  await first.close()

  // The seeder was restarted, and the contributor is gone, when the moderator comes.
  const seeder = await newSeeder(t, seederHome, link, network)
  t.is(seeder.status().inbox.complete, 2)
  const moderator = await newModerator(t, { home })
  await moderator.serve(network)
  await until(() => moderator.index.volume(formatKey(good.key)))
  await until(() => moderator.index.verdict(formatKey(bad.key)))
  t.is((await moderator.index.verdict(formatKey(bad.key)))?.status, 'rejected')
  await until(() => seeder.status().inbox.offers === 0)
  await until(() => seeder.synced && seeder.status().datasets[0]?.complete === 1)
  await moderator.close()

  // Only the seeder is left: it has the verdicts, and what was accepted.
  const later = await Offerer.create(t)
  later.offer(offerOf(good, index, offerer.contributor))
  later.offer(offerOf(bad, index, offerer.contributor))
  later.online(t, topic, network)
  t.is((await later.answer(good)).status, 'known')
  t.is((await later.answer(bad)).status, 'rejected')
  const copy = later.store.get({ key: good.key })
  await copy.ready()
  await copy.download({ start: 0, end: good.length }).done()
  t.alike(await copy.get(1), await good.get(1), 'what was accepted is served')
  const gone = later.store.get({ key: bad.key })
  await gone.ready()
  t.absent(await gone.get(1, { timeout: 500 }).catch(() => null), 'what was refused is not')
})

test('a seeder that lacks a held volume’s blocks is not needed for it', { timeout: 60_000 }, async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  await moderator.serve(network)
  const seeder = await newSeeder(t, await t.tmp(), moderator.link, network)
  await until(() => seeder.status().datasets[0]?.name === 'test')
  const offerer = await Offerer.create(t)
  const volumes = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      makeVolume(offerer.store, { contributor: offerer.contributor, batches: [textLines(3, `${i}`)] })
    )
  )
  for (const volume of volumes) offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
  offerer.online(t, moderator.index.core.discoveryKey, network)
  // Seeder and moderator take all of them at the same time; whatever the order, both end with everything.
  await until(async () => (await moderator.index.volumes()).length === 8)
  await until(() => seeder.status().datasets[0]?.complete === 8)
  await until(() => seeder.status().inbox.offers === 0)
  t.alike(seeder.status().datasets[0]?.fault, null)
})

test('what a busy moderator had no room for is handed over again', { timeout: 60_000 }, async (t) => {
  const network = await privateNetwork(t)
  const offerer = await Offerer.create(t)
  const volumes = await Promise.all(
    ['a', 'b'].map((seed) =>
      makeVolume(offerer.store, { contributor: offerer.contributor, batches: [textLines(3, seed)] })
    )
  )
  const room = Math.max(...volumes.map(({ byteLength }) => byteLength)) * 1.5
  const moderator = await newModerator(t, { auto: false, limits: { quota: room } })
  const seeder = await newSeeder(t, await t.tmp(), moderator.link, network, { handOver: 200 })
  for (const volume of volumes) offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
  offerer.online(t, moderator.index.core.discoveryKey, network)
  await until(() => seeder.status().inbox.complete === 2)
  await offerer.node.close()

  await moderator.serve(network)
  for (let left = 2; left > 0; left--) {
    await until(async () => (await moderator.queue()).some(({ state }) => state === 'ready'))
    const queue = await moderator.queue()
    t.is(queue.length, 1, 'there is room for one')
    await moderator.accept(queue[0]!.volume)
    await until(() => seeder.status().inbox.offers === left - 1)
  }
  t.is((await moderator.index.volumes()).length, 2)
})

test('an offer for another dataset is not held', async (t) => {
  const network = await privateNetwork(t)
  const key = randomBytes(32)
  const seeder = await newSeeder(t, await t.tmp(), formatLink(key), network)
  const offerer = await Offerer.create(t)
  const volume = await makeVolume(offerer.store, { contributor: offerer.contributor })
  offerer.offer(offerOf(volume, randomBytes(32), offerer.contributor))
  const { default: crypto } = await import('hypercore-crypto')
  offerer.online(t, crypto.discoveryKey(key), network)
  t.is((await offerer.answer(volume)).code, 'other_dataset')
  t.is(seeder.status().inbox.offers, 0)
})
