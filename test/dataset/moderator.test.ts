// A moderator's node and contributors of every kind, over a real swarm.
import { randomBytes } from 'node:crypto'
import test from 'brittle'
import type Hypercore from 'hypercore'
import { formatKey, parseKey } from '../../lib/dataset/link.js'
import type { Decision } from '../../lib/dataset/decisions.js'
import type { Moderator } from '../../lib/dataset/moderator.js'
import type { Offer } from '../../lib/network/inbox/offer.js'
import { Identity } from '../../lib/network/identity.js'
import type { NodeOptions } from '../../lib/network/node.js'
import {
  makeVolume,
  newModerator,
  newStore,
  Offerer,
  offerOf,
  privateNetwork,
  textLines,
  until
} from '../helpers/network.js'
import type { Assert } from 'brittle'

/** What a moderator decided, as it comes. */
function decisionsOf(moderator: Moderator): Map<string, Decision> {
  const decisions = new Map<string, Decision>()
  moderator.on('decided', (decision: Decision) => decisions.set(decision.volume, decision))
  return decisions
}

async function online(t: Assert, moderator: Moderator, network: NodeOptions): Promise<Offerer> {
  const offerer = await Offerer.create(t)
  offerer.online(t, moderator.index.core.discoveryKey, network)
  return offerer
}

test('a true offer of a good volume is accepted: listed, served, and told', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  await moderator.serve(network)
  const decisions = decisionsOf(moderator)
  const offerer = await online(t, moderator, network)
  const volume = await makeVolume(offerer.store, { contributor: offerer.contributor })
  const offer = offerOf(volume, moderator.index.core.key, offerer.contributor)
  offerer.offer(offer)
  t.is((await offerer.answer(volume)).status, 'queued')
  const id = formatKey(volume.key)
  await until(() => decisions.has(id))
  t.is(decisions.get(id)?.status, 'accepted')
  t.alike(await moderator.queue(), [])

  const [listed] = await moderator.index.volumes()
  t.is(listed?.id, id)
  t.is(listed?.entry.records, 3)
  t.is(listed?.entry.signature, offer.signature.toString('hex'))
  t.is((await moderator.index.verdict(id))?.status, 'accepted')
  t.is((await moderator.index.contributor(formatKey(offerer.contributor.publicKey)))?.standing, 'good')

  const before = offerer.answers.length
  offerer.offerAgain()
  t.is((await offerer.answer(volume, undefined, before)).status, 'known', 'the index answers the next time')
  t.is((await moderator.index.volumes()).length, 1)

  const reader = await newStore(t)
  const copy = reader.get({ key: volume.key })
  await copy.ready()
  const puller = await Offerer.create(t)
  await offerer.node.close()
  puller.online(t, moderator.index.core.discoveryKey, network)
  const read = puller.store.get({ key: volume.key })
  await read.ready()
  await read.download({ start: 0, end: 2 }).done()
  t.is(read.contiguousLength, 2, 'the moderator serves it when the contributor is gone')
})

const LIES: { [name: string]: { lie: Partial<Offer>; code: string; late?: boolean } } = {
  'more blocks': { lie: { length: 3 }, code: 'wrong_totals', late: true },
  'fewer bytes': { lie: { bytes: 10 }, code: 'wrong_totals', late: true },
  'more records': { lie: { records: 4 }, code: 'wrong_totals', late: true },
  'no batch': { lie: { length: 1 }, code: 'too_large' },
  'too many blocks': { lie: { length: 16_385 }, code: 'too_large' },
  'more bytes than a volume has': { lie: { bytes: 2 ** 40 }, code: 'too_large' },
  'no records': { lie: { records: 0 }, code: 'too_large' },
  expired: { lie: { expiry: 1 }, code: 'expired' },
  'another dataset': { lie: { index: randomBytes(32) }, code: 'other_dataset' },
  'a broken signature': { lie: {}, code: 'bad_signature' }
}

test('an offer that lies is answered with the reason, and nothing is held against the volume', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  await moderator.serve(network)
  const decisions = decisionsOf(moderator)
  const offerer = await online(t, moderator, network)
  for (const [name, { lie, code, late }] of Object.entries(LIES)) {
    const batches = [textLines(3, name)]
    const volume = await makeVolume(offerer.store, { contributor: offerer.contributor, batches })
    const offer = offerOf(volume, moderator.index.core.key, offerer.contributor, lie)
    if (code === 'bad_signature') offer.signature[5]! ^= 1
    offerer.offers.length = 0
    offerer.offer(offer)
    if (late) {
      await until(() => decisions.has(formatKey(volume.key)))
      offerer.offerAgain()
    }
    t.is((await offerer.answer(volume, ({ status }) => status === 'rejected')).code, code, name)
    t.is(await moderator.index.verdict(formatKey(volume.key)), null, `${name}: no verdict`)

    // The same volume, honestly offered.
    offerer.offers.length = 0
    offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
    await until(async () => (await moderator.index.verdict(formatKey(volume.key)))?.status === 'accepted')
  }
  t.is((await moderator.index.volumes()).length, Object.keys(LIES).length)
})

test('a thief who offers another’s volume first can neither have it nor have it refused', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  await moderator.serve(network)
  const decisions = decisionsOf(moderator)
  const thief = await online(t, moderator, network)
  const owner = await Offerer.create(t)
  const volume = await makeVolume(owner.store, { contributor: owner.contributor })
  // The blocks are public as soon as anybody has them.
  await makeVolume(thief.store, { contributor: owner.contributor })
  thief.offer(offerOf(volume, moderator.index.core.key, thief.contributor))
  const id = formatKey(volume.key)
  await until(() => decisions.has(id))
  thief.offerAgain()
  t.is((await thief.answer(volume, ({ status }) => status === 'rejected')).code, 'wrong_contributor')
  owner.online(t, moderator.index.core.discoveryKey, network)
  owner.offer(offerOf(volume, moderator.index.core.key, owner.contributor))
  await until(async () => (await moderator.index.verdict(id))?.status === 'accepted')
  t.is((await moderator.index.volume(id))?.contributor, formatKey(owner.contributor.publicKey))
})

test('two who offer the same volume at once: it is listed once', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  await moderator.serve(network)
  const one = await online(t, moderator, network)
  const other = await Offerer.create(t)
  const volume = await makeVolume(one.store, { contributor: one.contributor })
  await makeVolume(other.store, { contributor: one.contributor })
  other.online(t, moderator.index.core.discoveryKey, network)
  for (const offerer of [one, other]) offerer.offer(offerOf(volume, moderator.index.core.key, one.contributor))
  await Promise.all([one, other].map((offerer) => offerer.answer(volume)))
  await until(async () => (await moderator.index.volumes()).length > 0 && (await moderator.queue()).length === 0)
  const puts: string[] = []
  for await (const { key } of moderator.index.history()) puts.push(key)
  t.is(puts.filter((key) => key.startsWith('volume/')).length, 1)
})

test('a dataset takes only its licences and kinds', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t, { entry: { licenses: ['CC0-1.0'], kinds: ['instruction'] } })
  await moderator.serve(network)
  const offerer = await online(t, moderator, network)
  const volume = await makeVolume(offerer.store, {
    contributor: offerer.contributor,
    header: { license: 'proprietary' }
  })
  offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
  const id = formatKey(volume.key)
  await until(() => moderator.index.verdict(id))
  t.alike((await moderator.index.verdict(id))?.reasons.map(({ code }) => code).sort(), ['kind', 'license'])
})

test('in review, a volume waits for a person, also across a restart', async (t) => {
  const network = await privateNetwork(t)
  const home = await t.tmp()
  const first = await newModerator(t, { home, auto: false })
  await first.serve(network)
  const offerer = await online(t, first, network)
  const volumes: Hypercore[] = []
  for (const seed of ['a', 'b']) {
    const volume = await makeVolume(offerer.store, {
      contributor: offerer.contributor,
      batches: [textLines(3, seed)]
    })
    volumes.push(volume)
    offerer.offer(offerOf(volume, first.index.core.key, offerer.contributor))
  }
  await until(async () => (await first.queue()).filter(({ state }) => state === 'ready').length === 2)
  await first.close()
  await offerer.node.close()

  const moderator = await newModerator(t, { home, auto: false })
  const ready: string[] = []
  moderator.on('ready', ({ volume }) => ready.push(volume))
  await moderator.serve(network)
  const [a, b] = volumes.map(({ key }) => formatKey(key)) as [string, string]
  await until(() => ready.length === 2)
  t.alike((await moderator.queue()).map(({ volume }) => volume).sort(), [a, b].sort())
  t.is((await moderator.show(a)).report?.entry?.records, 3)
  t.is((await moderator.accept(a)).status, 'accepted')
  t.is((await moderator.reject(b, [{ code: 'quality', count: 1, note: 'cut off' }])).status, 'rejected')
  await t.exception(moderator.accept(a), { code: 'NOT_QUEUED' })
  await t.exception(moderator.reject(b, []), { code: 'NOT_QUEUED' })

  const again = await Offerer.create(t)
  for (const volume of volumes) again.offers.push(offerOf(volume, moderator.index.core.key, offerer.contributor))
  again.online(t, moderator.index.core.discoveryKey, network)
  t.is((await again.answer(volumes[0]!)).status, 'known')
  const { status, code } = await again.answer(volumes[1]!)
  t.alike({ status, code }, { status: 'rejected', code: 'quality' }, 'its reason is in the answer')
  t.alike(await moderator.queue(), [], 'nothing is downloaded again')
})

test('accepting and rejecting the same volume at once leaves one verdict', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t, { auto: false })
  await moderator.serve(network)
  const offerer = await online(t, moderator, network)
  const volume = await makeVolume(offerer.store, { contributor: offerer.contributor })
  offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
  const id = formatKey(volume.key)
  await until(async () => (await moderator.queue())[0]?.state === 'ready')
  const reasons = [{ code: 'quality', count: 1, note: '' }]
  const results = await Promise.allSettled([moderator.accept(id), moderator.reject(id, reasons), moderator.accept(id)])
  t.alike(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected']
  )
  const verdicts: string[] = []
  for await (const { key } of moderator.index.history()) if (key.startsWith('verdict/')) verdicts.push(key)
  t.is(verdicts.length, 1)
})

test('a banned contributor is told so', async (t) => {
  const network = await privateNetwork(t)
  const moderator = await newModerator(t)
  const offerer = await Offerer.create(t)
  const id = formatKey(offerer.contributor.publicKey)
  const batch = moderator.index.bee.batch()
  await batch.put(`contributor/${id}`, { name: '', standing: 'banned', reason: 'spam' })
  await batch.flush()
  await moderator.serve(network)
  const volume = await makeVolume(offerer.store, { contributor: offerer.contributor })
  offerer.offer(offerOf(volume, moderator.index.core.key, offerer.contributor))
  offerer.online(t, moderator.index.core.discoveryKey, network)
  t.is((await offerer.answer(volume)).status, 'banned')
  t.alike(await moderator.queue(), [])
})

test('a moderator that cannot open leaves nothing open', async (t) => {
  const home = await t.tmp()
  const identity = await Identity.load(home)
  const moderator = await newModerator(t, { home, identity })
  await t.exception(newModerator(t, { home, identity, wait: false }), { code: 'STORE_BUSY' })
  await moderator.close()
  const other = new Identity(randomBytes(32))
  await t.exception(newModerator(t, { home, identity: other, wait: false }), { code: 'STORE_OF_OTHER' })
  const again = await newModerator(t, { home, identity, wait: false })
  t.alike(again.index.core.key, parseKey(moderator.index.id))
})
