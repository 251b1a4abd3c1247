// The node among peers of every kind: too many, silent, dead; and how it leaves.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { randomBytes } from 'node:crypto'
import test, { type Assert } from 'brittle'
import crypto from 'hypercore-crypto'
import type Hyperswarm from 'hyperswarm'
import { Identity } from '../../lib/network/identity.js'
import { NetworkNode, within, type Connection, type NodeOptions } from '../../lib/network/node.js'
import { connect, newNode, newStore, privateNetwork, sealBlocks, until } from '../helpers/network.js'
import { newStranger } from './stranger.js'

async function found(
  t: Assert,
  options: Partial<NodeOptions> = {}
): Promise<{ network: NodeOptions; node: NetworkNode; topic: Buffer }> {
  const network = await privateNetwork(t)
  const node = newNode(t, null, { ...network, ...options })
  const topic = randomBytes(32)
  node.join(topic, { server: true, client: false })
  await node.searched(10_000)
  return { network, node, topic }
}

test('two nodes under a topic find each other, whoever comes first', async (t) => {
  const network = await privateNetwork(t)
  const topic = randomBytes(32)
  const nodes = [1, 2, 3].map(() => newNode(t, null, network))
  for (const node of nodes) node.join(topic, { server: true, client: true })
  await until(() => nodes.every(({ connections }) => connections.size === 2))
  t.pass('every one of them all the others, though they started together')
})

test('a role is the same node each time, anybody else a new one', async (t) => {
  const network = await privateNetwork(t)
  const identity = new Identity(randomBytes(32))
  const keys = () => newNode(t, null, { ...network, keyPair: identity.keyPair('seeder') }).publicKey
  t.alike(keys(), keys())
  t.unlike(newNode(t, null, network).publicKey, newNode(t, null, network).publicKey)
  t.unlike(identity.keyPair('seeder').publicKey, identity.keyPair('moderator/a').publicKey)
})

test('a node has no more connections than it may have', async (t) => {
  const { network, node } = await found(t, { maxConnections: 3 })
  const refused: Connection[] = []
  const dialed = Array.from({ length: 6 }, () => {
    const connection = newStranger(t, network).connect(node.publicKey)
    connection.on('error', () => {})
    connection.on('close', () => refused.push(connection))
    return connection
  })
  await until(() => refused.length === 3)
  t.is(node.connections.size, 3)
  const staying = dialed.find((connection) => !refused.includes(connection))!
  staying.destroy()
  await until(() => node.connections.size === 2)
  const next = newStranger(t, network).connect(node.publicKey)
  next.on('error', () => {})
  await until(() => node.connections.size === 3)
  t.pass('and takes another one when one has left')
})

test('connections that break in any way end nothing but themselves', async (t) => {
  const { network, node } = await found(t)
  for (const end of [
    (connection: Connection) => connection.destroy(new Error('a bug')),
    (connection: Connection) => void connection.write(randomBytes(5000)),
    (connection: Connection) => void connection.write(Buffer.alloc(0)),
    (connection: Connection) => void connection.end(),
    (connection: Connection) => (connection.rawStream as unknown as Duplex).destroy()
  ]) {
    const connection = newStranger(t, network).connect(node.publicKey)
    connection.on('error', () => {})
    await connection.opened
    await until(() => node.connections.size === 1)
    end(connection)
    connection.destroy()
    await until(() => node.connections.size === 0)
  }
  t.is(node.inboxes.size, 0)
})

test('datagrams that are no protocol at all are nothing to a node', async (t) => {
  const { network, node, topic } = await found(t)
  const socket = createSocket('udp4')
  t.teardown(() => socket.close(), { force: true })
  const { port } = swarmOf(node).dht.address()!
  for (let i = 0; i < 2000; i++) socket.send(randomBytes(1 + (i % 1200)), port, '127.0.0.1')
  const peer = newNode(t, null, network)
  peer.join(topic, { server: false, client: true })
  await until(() => node.connections.size === 1)
  t.pass('the next peer is served')
})

test('a call that never brings a byte is hung up', { timeout: 600_000 }, async (t) => {
  const network = await privateNetwork(t)
  const mute = newStranger(t, network)
  const keyPair = crypto.keyPair()
  // Answers the call, and then never says anything, not even that it is there.
  const server = mute.createServer({
    createSecretStream: (_isInitiator: boolean, raw: Duplex) => {
      raw.on('error', () => {})
      return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    }
  })
  await server.listen(keyPair)
  const topic = randomBytes(32)
  const node = newNode(t, null, network)
  let opened = 0
  let closed = 0
  node.on('connection', () => opened++)
  node.on('disconnection', () => closed++)
  swarmOf(node).joinPeer(keyPair.publicKey)
  node.join(topic, { server: true, client: true })
  await until(() => opened > 0)
  await until(() => closed > 0)
  t.is(node.inboxes.size, node.connections.size)
})

test('a node closes within its time though its peers answer nothing', { timeout: 600_000 }, async (t) => {
  const network = await privateNetwork(t)
  const topic = randomBytes(32)
  const node = newNode(t, await newStore(t), network)
  const other = newNode(t, await newStore(t), network)
  node.join(topic, { server: true, client: true })
  other.join(topic, { server: true, client: true })
  await until(() => node.connections.size === 1)
  // From here on nobody answers: neither the peer nor the network.
  const dead = newNode(t, null, { ...network, bootstrap: [{ host: '127.0.0.1', port: 1 }] })
  dead.join(topic, { server: true, client: true })
  t.ok(await within(Promise.all([node.close(), dead.close()]), 4_900), 'both are gone')
  t.is(node.connections.size, 0)
})

test('a node can be closed at any moment, twice, and while it joins', async (t) => {
  const network = await privateNetwork(t)
  for (const wait of [0, 1, 5, 20, 60]) {
    const node = new NetworkNode(await newStore(t), network)
    node.join(randomBytes(32), { server: true, client: true })
    const searched = node.searched(3_000)
    await new Promise((resolve) => setTimeout(resolve, wait))
    await Promise.all([node.close(), node.close()])
    await searched
    await t.exception(async () => void node.join(randomBytes(32), { server: true, client: true }), { code: 'CLOSED' })
  }
})

test('a peer that sends random bytes for blocks is not believed, and others serve on', async (t) => {
  const network = await privateNetwork(t)
  const source = await newStore(t)
  const blocks = Array.from({ length: 50 }, () => randomBytes(500))
  const volume = await sealBlocks(source, blocks)
  const hostileStore = await newStore(t)
  const copy = hostileStore.get({ key: volume.key })
  await copy.ready()
  const part = connect(t, source, hostileStore)
  await copy.download({ start: 0, end: 50 }).done()
  part()
  let lies = 0
  copy.on('peer-add', (peer: { wireData: { send(message: { block: { value: Buffer } | null }): boolean } }) => {
    const send = peer.wireData.send.bind(peer.wireData)
    peer.wireData.send = (message) => {
      if (!message.block) return send(message)
      lies++
      return send({ ...message, block: { ...message.block, value: randomBytes(500) } })
    }
  })

  const reader = await newStore(t)
  const core = reader.get({ key: volume.key })
  await core.ready()
  let refused = 0
  core.on('verification-error', () => refused++)
  const topic = randomBytes(32)
  newNode(t, reader, network).join(topic, { server: true, client: true })
  newNode(t, hostileStore, network).join(topic, { server: true, client: true })
  const done = core.download({ start: 0, end: 50 }).done()
  await until(() => refused > 0)
  t.is(core.contiguousLength, 0, `nothing of ${lies} lies was kept`)
  newNode(t, source, network).join(topic, { server: true, client: true })
  await done
  t.is(core.contiguousLength, 50)
  for (const index of [0, 25, 49]) t.alike(await core.get(index, { wait: false }), blocks[index])
})

function swarmOf(node: NetworkNode): Hyperswarm {
  return (node as unknown as { swarm: Hyperswarm }).swarm
}

test("a node's sockets have as much room for what comes as the system gives", async (t) => {
  const given = createSocket('udp4')
  t.teardown(() => given.close())
  given.bind(0, '127.0.0.1')
  await once(given, 'listening')
  const before = given.getRecvBufferSize()
  given.setRecvBufferSize(4 * 1024 * 1024)
  if (given.getRecvBufferSize() === before) t.comment('the system gives no more than it does unasked')

  const { node } = await found(t)
  let sizes: number[] = []
  node.instrument(({ dht: { io } }) => {
    sizes = [io.serverSocket, io.clientSocket].map((socket) => socket.getRecvBufferSize())
  })
  t.alike(sizes, [given.getRecvBufferSize(), given.getRecvBufferSize()])
})
