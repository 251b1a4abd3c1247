// A seeder that holds offers for a moderator who is away: from the offer to the verdict, never all three online at once.
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import crypto from 'hypercore-crypto'
import { formatKey, formatLink } from '../../lib/dataset/link.js'
import { Identity } from '../../lib/network/identity.js'
import { encodeBatch } from '../../lib/volume/frame.js'
import type { SeederTiming } from '../../seeders/options.js'
import { Seeder } from '../../seeders/seeder.js'
import {
  makeVolume,
  newModerator,
  newNode,
  Offerer,
  offerOf,
  privateNetwork,
  sealBlocks,
  textLines,
  until
} from '../helpers/network.js'
import type { Offer } from '../../lib/network/inbox/offer.js'
import type { Assert } from 'brittle'
import type { NodeOptions } from '../../lib/network/node.js'

async function newSeeder(
  t: Assert,
  home: string,
  link: string,
  network: NodeOptions,
  timing: SeederTiming = {},
  inboxQuota?: number
): Promise<Seeder> {
  const identity = await Identity.load(home)
  const seeder = await Seeder.open({ home, identity, links: [link], network, timing, inboxQuota })
  t.teardown(() => seeder.close(), { order: 10, force: true })
  return seeder
}

test('offers reach a moderator who was never online, and the verdicts come back', { timeout: 600_000 }, async (t) => {
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

test('a seeder that lacks a held volume’s blocks is not needed for it', { timeout: 600_000 }, async (t) => {
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

test('what a busy moderator had no room for is handed over again', { timeout: 600_000 }, async (t) => {
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

test('what is held is handed to moderators only', { timeout: 600_000 }, async (t) => {
  const network = await privateNetwork(t)
  const home = await t.tmp()
  const moderator = await newModerator(t, { home, auto: false })
  await moderator.serve(network)
  const seeder = await newSeeder(t, await t.tmp(), moderator.link, network, { handOver: 50 })
  await until(() => seeder.status().datasets[0]?.name === 'test')
  await moderator.close()
  const index = moderator.index.core.key
  const handed: Offer[] = []
  const onoffer = async (offer: Offer) => {
    handed.push(offer)
    return { status: 'queued', code: '' } as const
  }
  const impostor = newNode(t, null, { ...network, inbox: { accepts: true, onoffer } })
  impostor.join(moderator.index.core.discoveryKey, { server: true, client: true })
  const offerer = await Offerer.create(t)
  const volume = await makeVolume(offerer.store, { contributor: offerer.contributor })
  offerer.offer(offerOf(volume, index, offerer.contributor))
  offerer.online(t, moderator.index.core.discoveryKey, network)
  await until(() => seeder.status().inbox.complete === 1)
  await until(() => [...seeder.node.inboxes.values()].filter(({ accepts }) => accepts).length === 1)
  await offerer.node.close()
  const before = handed.length
  const again = await newModerator(t, { home, auto: false })
  await again.serve(network)
  await until(async () => (await again.queue()).some(({ state }) => state === 'ready'))
  t.is(handed.length, before, 'nobody else is handed it')
})

/** Offers of volumes of 60 kB, each by somebody else unless `contributor` is given; what the seeder answers. */
async function offering(t: Assert, topic: Buffer, index: Buffer, network: NodeOptions) {
  return async (by?: Offerer, lies: Partial<Offer> = {}) => {
    const offerer = by ?? (await Offerer.create(t))
    const volume = await sealBlocks(offerer.store, [randomBytes(30_000), randomBytes(30_000)])
    if (!offerer.node) offerer.online(t, topic, network)
    offerer.offer(offerOf(volume, index, offerer.contributor, lies))
    const { status, code } = await offerer.answer(volume)
    return { offerer, id: formatKey(volume.key), said: `${status} ${code}`.trim() }
  }
}

test('one contributor may have half of the inbox, all of them together the whole', { timeout: 600_000 }, async (t) => {
  const network = await privateNetwork(t)
  const key = randomBytes(32)
  const seeder = await newSeeder(t, await t.tmp(), formatLink(key), network, {}, 200_000)
  const offer = await offering(t, crypto.discoveryKey(key), key, network)
  const first = await offer()
  t.is(first.said, 'queued')
  t.is((await offer(first.offerer)).said, 'busy contributor_quota')
  for (let i = 0; i < 2; i++) t.is((await offer()).said, 'queued')
  await until(() => seeder.status().inbox.complete === 3)
  t.is((await offer()).said, 'busy quota')
  t.is(seeder.status().inbox.bytes, 180_000)
})

test(
  'what has expired goes: the oldest at once where room is needed, all of it in time',
  { timeout: 600_000 },
  async (t) => {
    const network = await privateNetwork(t)
    const key = randomBytes(32)
    const home = await t.tmp()
    const held = async () => (await readdir(join(home, 'seed', 'held'))).map((name) => name.replace('.json', ''))
    const seeder = await newSeeder(t, home, formatLink(key), network, { handOver: 3_600_000 }, 200_000)
    const offer = await offering(t, crypto.discoveryKey(key), key, network)
    const expiry = Math.floor(Date.now() / 1000) + 3
    const oldest = await offer(undefined, { expiry })
    const second = await offer(undefined, { expiry })
    const lasting = await offer()
    await until(() => seeder.status().inbox.complete === 3)
    await until(() => Date.now() > expiry * 1000)
    const last = await offer()
    t.is(last.said, 'queued')
    await until(() => seeder.status().inbox.complete === 3)
    const ids = await held()
    t.absent(ids.includes(oldest.id), 'the oldest made room')
    for (const { id } of [second, lasting, last]) t.ok(ids.includes(id))

    await seeder.close()
    const again = await newSeeder(t, home, formatLink(key), network, { handOver: 100 }, 200_000)
    await until(async () => (await held()).length === 2)
    t.is(again.status().inbox.offers, 2)
    t.alike((await held()).sort(), [lasting.id, last.id].sort())
  }
)

test('an offer for another dataset is not held', async (t) => {
  const network = await privateNetwork(t)
  const key = randomBytes(32)
  const seeder = await newSeeder(t, await t.tmp(), formatLink(key), network)
  const offerer = await Offerer.create(t)
  const volume = await makeVolume(offerer.store, { contributor: offerer.contributor })
  offerer.offer(offerOf(volume, randomBytes(32), offerer.contributor))
  offerer.online(t, crypto.discoveryKey(key), network)
  t.is((await offerer.answer(volume)).code, 'other_dataset')
  t.is(seeder.status().inbox.offers, 0)
})
