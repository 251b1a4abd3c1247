// Two ends of the inbox channel over a real encrypted connection, one of them hostile: it speaks Protomux below the channel.
import { randomBytes, randomInt } from 'node:crypto'
import test, { type Assert } from 'brittle'
import c from 'compact-encoding'
import crypto from 'hypercore-crypto'
import Protomux from 'protomux'
import { INBOX_PROTOCOL, type InboxHandlers } from '../../../lib/network/inbox/channel.js'
import { answerEncoding, offerEncoding, signOffer, type Answer, type Offer } from '../../../lib/network/inbox/offer.js'
import type { Connection, NetworkNode, NodeOptions } from '../../../lib/network/node.js'
import { newNode, privateNetwork, until } from '../../helpers/network.js'
import { anything, newStranger } from '../stranger.js'

const contributor = crypto.keyPair()
const FRAMES = 100_000

function anOffer(expiry = 4e9): Offer {
  const [index, volume] = [crypto.randomBytes(32), crypto.randomBytes(32)]
  return signOffer({ index, volume, length: 2, bytes: 1000, records: 3, expiry }, contributor)
}

interface Hostile {
  connection: Connection
  answers: Answer[]
  send(type: 'offer' | 'answer', bytes: Buffer): void
}

/** Connects to a node like a stranger would, and opens its inbox channel with these bytes for a handshake. */
async function hostile(
  t: Assert,
  node: NetworkNode,
  network: NodeOptions,
  handshake = Buffer.from([1])
): Promise<Hostile> {
  const dht = newStranger(t, network)
  const connection = dht.connect(node.publicKey)
  connection.on('error', () => {})
  const answers: Answer[] = []
  const channel = Protomux.from(connection).createChannel<Buffer>({ protocol: INBOX_PROTOCOL, handshake: anything })!
  const offer = channel.addMessage({ encoding: anything })
  const answer = channel.addMessage<Buffer>({
    encoding: anything,
    onmessage: (bytes) => answers.push(c.decode(answerEncoding, bytes))
  })
  channel.open(handshake)
  await Promise.race([channel.fullyOpened(), closed(connection)])
  return {
    connection,
    answers,
    send: (type, bytes) => void (type === 'offer' ? offer : answer).send(bytes)
  }
}

function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => (connection.destroyed ? resolve() : connection.once('close', () => resolve())))
}

async function inboxNode(t: Assert, handlers: Partial<InboxHandlers> = {}) {
  const network = await privateNetwork(t)
  const received: Offer[] = []
  const node = newNode(t, null, {
    ...network,
    inbox: {
      accepts: true,
      onoffer: async (offer) => {
        received.push(offer)
        return { status: 'queued', code: '' }
      },
      ...handlers
    }
  })
  node.join(crypto.randomBytes(32), { server: true, client: false })
  await node.searched(10_000)
  return { network, node, received }
}

test('offers and answers go through; each side knows whether the other takes offers', async (t) => {
  const { network, node, received } = await inboxNode(t)
  const answers: Answer[] = []
  const topic = crypto.randomBytes(32)
  node.join(topic, { server: true, client: false })
  const offer = anOffer()
  const peer = newNode(t, null, {
    ...network,
    inbox: { accepts: false, onopen: (inbox) => inbox.accepts && inbox.send(offer), onanswer: (a) => answers.push(a) }
  })
  peer.join(topic, { server: false, client: true })
  await until(() => answers.length > 0)
  t.alike(received, [offer])
  t.alike(answers, [{ index: offer.index, volume: offer.volume, status: 'queued', code: '' }])
  t.alike(
    [...node.inboxes.values()].map((inbox) => inbox.accepts),
    [false]
  )
  t.alike(
    [...peer.inboxes.values()].map((inbox) => inbox.accepts),
    [true]
  )
})

test(`${FRAMES} random and mutated messages crash nothing`, { timeout: 600_000 }, async (t) => {
  const { network, node, received } = await inboxNode(t, {
    onanswer: () => {
      throw new TypeError('a bug in what an answer leads to')
    }
  })
  const good = c.encode(offerEncoding, anOffer())
  for (let sent = 0; sent < FRAMES;) {
    const peer = await hostile(t, node, network)
    const gone = closed(peer.connection)
    // Eight that cannot be read are one more than a connection may send: it ends with the last message, and not before.
    for (let i = 1; i <= 800; i++, sent++) peer.send('offer', randomMessage(good, i % 100 > 0))
    await gone
  }
  t.ok(received.length > 0 && received.every((offer) => Number.isSafeInteger(offer.bytes)))
  const honest = await hostile(t, node, network)
  honest.send('offer', c.encode(offerEncoding, anOffer()))
  await until(() => honest.answers.length > 0)
  t.is(honest.answers[0]!.status, 'queued', 'the node lives on')
})

test('messages over the limits end the connection at once, whatever they hold', async (t) => {
  const { network, node } = await inboxNode(t)
  for (const [type, size] of [
    ['offer', 1025],
    ['offer', 2_000_000],
    ['answer', 257]
  ] as const) {
    const peer = await hostile(t, node, network)
    const gone = closed(peer.connection)
    peer.send(type, Buffer.alloc(size))
    await gone
    t.pass(`${type} of ${size} bytes`)
  }
  const peer = await hostile(t, node, network, Buffer.alloc(17))
  if (!peer.connection.destroyed) await closed(peer.connection)
  t.pass('a handshake of 17 bytes')
  await until(() => node.connections.size === 0)
})

test('eight messages that cannot be read are enough, seven are not', async (t) => {
  const { network, node } = await inboxNode(t)
  const peer = await hostile(t, node, network)
  for (let i = 0; i < 7; i++) peer.send('offer', randomBytes(20))
  peer.send('offer', c.encode(offerEncoding, anOffer()))
  await until(() => peer.answers.length === 1)
  t.absent(peer.connection.destroyed)
  const gone = closed(peer.connection)
  peer.send('offer', randomBytes(20))
  await gone
  await until(() => node.connections.size === 0)
})

test('a peer that offers faster than it may is told so, and in a flood not even that', async (t) => {
  const { network, node, received } = await inboxNode(t)
  const peer = await hostile(t, node, network)
  const offer = c.encode(offerEncoding, anOffer())
  for (let i = 0; i < 5000; i++) peer.send('offer', offer)
  await until(() => peer.answers.length >= 128)
  // With these the connection ends, and everything before them was looked at.
  const gone = closed(peer.connection)
  for (let i = 0; i < 8; i++) peer.send('offer', randomBytes(20))
  await gone
  t.ok(received.length >= 64 && received.length < 200, `${received.length} of 5000 offers were looked at`)
  t.ok(peer.answers.length < 400, `${peer.answers.length} answers`)
  t.ok(peer.answers.some(({ status, code }) => status === 'busy' && code === 'rate_limited'))
})

test('an error while an offer is handled is an answer, not an end', async (t) => {
  const { network, node } = await inboxNode(t, { onoffer: () => Promise.reject(new TypeError('a bug')) })
  const peer = await hostile(t, node, network)
  peer.send('offer', c.encode(offerEncoding, anOffer()))
  await until(() => peer.answers.length > 0)
  t.is(peer.answers[0]!.status, 'busy')
  t.is(peer.answers[0]!.code, 'internal_error')
})

test('a node that takes no offers says so, and answers none', async (t) => {
  const { network, node, received } = await inboxNode(t, { accepts: false })
  const peer = await hostile(t, node, network)
  peer.send('offer', c.encode(offerEncoding, anOffer()))
  peer.send(
    'answer',
    c.encode(answerEncoding, { index: randomBytes(32), volume: randomBytes(32), status: 'known', code: '' })
  )
  await until(() => [...node.inboxes.values()].some((inbox) => inbox.welcome))
  t.alike(received, [])
  t.alike(peer.answers, [])
  t.absent(peer.connection.destroyed)
})

function isOffer(bytes: Buffer): boolean {
  try {
    c.decode(offerEncoding, bytes)
    return true
  } catch {
    return false
  }
}

/** A message that is an offer as far as the codec can tell, or one that is none. */
function randomMessage(good: Buffer, readable: boolean): Buffer {
  for (;;) {
    const message = mutate(good)
    if (isOffer(message) === readable) return message
  }
}

function mutate(good: Buffer): Buffer {
  switch (randomInt(6)) {
    case 0:
      return randomBytes(randomInt(300))
    case 1:
      return good.subarray(0, randomInt(good.length))
    case 2:
      return Buffer.concat([good, randomBytes(randomInt(64))])
    case 3:
      return Buffer.from('{"offer":'.repeat(randomInt(1, 10)))
    default: {
      const mutated = Buffer.from(good)
      for (let i = randomInt(1, 9); i > 0; i--) mutated[randomInt(mutated.length)] = randomInt(256)
      return mutated
    }
  }
}
