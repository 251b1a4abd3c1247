// A peer that speaks hypercore's own protocol, and says in it whatever it likes.
import { randomBytes, randomInt } from 'node:crypto'
import test from 'brittle'
import c from 'compact-encoding'
import type Hypercore from 'hypercore'
import caps from 'hypercore/lib/caps.js'
import Protomux from 'protomux'
import type { Connection, NetworkNode, NodeOptions } from '../../lib/network/node.js'
import { newNode, newStore, privateNetwork, sealBlocks, until } from '../helpers/network.js'
import { anything, newStranger, type Stranger } from './stranger.js'
import type { Assert } from 'brittle'

const MESSAGES = 20_000
/** Their numbers on the wire. */
const TYPES = ['sync', 'request', 'cancel', 'data', 'no-data', 'want', 'unwant', 'bitfield', 'range', 'extension']
const SIZES = [0, 1, 2, 5, 63, 64, 199, 200, 255, 65_535, 2 ** 24, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER]

interface Hostile {
  connection: Connection
  send(type: number, bytes: Buffer): void
}

/** Connects to a node, and proves that it knows the core's key: more than that nobody needs. */
async function hostile(dht: Stranger, node: NetworkNode, core: Hypercore): Promise<Hostile> {
  const connection = dht.connect(node.publicKey)
  connection.on('error', () => {})
  await connection.opened
  const options = { protocol: 'hypercore/alpha', id: core.discoveryKey, handshake: anything }
  const channel = Protomux.from(connection).createChannel<Buffer>(options)!
  const types = TYPES.map(() => channel.addMessage({ encoding: anything }))
  const capability = caps.replicate(true, core.key, connection.handshakeHash)
  channel.open(Buffer.concat([Buffer.from([1]), capability]))
  const closed = new Promise<void>((resolve) => connection.once('close', () => resolve()))
  await Promise.race([channel.fullyOpened(), closed])
  return { connection, send: (type, bytes) => void types[type]!.send(bytes) }
}

async function victim(t: Assert) {
  const network: NodeOptions = await privateNetwork(t)
  const store = await newStore(t)
  const blocks = Array.from({ length: 200 }, () => randomBytes(300))
  const volume = await sealBlocks(store, blocks)
  const wanted = store.get({ key: (await sealBlocks(await newStore(t), blocks.toReversed())).key })
  await wanted.ready()
  wanted
    .download({ start: 0, end: 200 })
    .done()
    .catch(() => {})
  const node = newNode(t, store, network)
  node.join(randomBytes(32), { server: true, client: false })
  await node.searched(10_000)
  const dht = newStranger(t, network)
  return { node, dht, volume, wanted }
}

test('a claim of more blocks than there can be ends the connection, not the process', async (t) => {
  const { node, dht, volume, wanted } = await victim(t)
  const huge = numbers(0, 2 ** 40)
  const claims: [string, Buffer][] = [
    ['range', Buffer.concat([Buffer.from([0]), huge])],
    ['range', Buffer.concat([Buffer.from([1]), huge])],
    ['want', huge],
    ['want', Buffer.concat([huge, Buffer.from([1])])],
    ['sync', Buffer.concat([Buffer.from([7]), numbers(0, 2 ** 40, 0)])],
    ['bitfield', numbers(2 ** 40, 0)]
  ]
  for (const [type, bytes] of claims) {
    for (const core of [volume, wanted]) {
      const peer = await hostile(dht, node, core)
      peer.send(TYPES.indexOf(type), bytes)
      await until(() => peer.connection.destroyed)
    }
    t.pass(type)
  }
  await until(() => node.connections.size === 0)
})

test(`${MESSAGES} random and odd messages of the replication crash nothing`, { timeout: 600_000 }, async (t) => {
  const { node, dht, volume, wanted } = await victim(t)
  let connections = 0
  for (let sent = 0; sent < MESSAGES; connections++) {
    const peer = await hostile(dht, node, connections % 2 ? volume : wanted)
    // It says that it has everything, so that it is asked.
    peer.send(0, Buffer.concat([Buffer.from([15]), numbers(0, 200, 200)]))
    peer.send(8, Buffer.concat([Buffer.from([0]), numbers(0, 200)]))
    const type = randomInt(TYPES.length)
    for (let i = 0; i < 200 && !peer.connection.destroyed; i++, sent++) {
      const any = Array.from({ length: randomInt(8) }, () => SIZES[randomInt(SIZES.length)]!)
      const flags = Buffer.from([randomInt(256)])
      const odd = Buffer.concat([flags, numbers(...any), randomBytes(randomInt(3) * 40)])
      peer.send(randomInt(4) ? type : randomInt(TYPES.length), randomInt(3) ? odd : randomBytes(randomInt(100)))
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    peer.connection.destroy()
  }
  t.ok(connections > 10, `over ${connections} connections`)
  t.is(wanted.contiguousLength, 0, 'nothing of it was believed')
  t.is(volume.contiguousLength, 200)
  const last = await hostile(dht, node, volume)
  t.absent(last.connection.destroyed, 'the node lives on')
})

function numbers(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => c.encode(c.uint, value)))
}
