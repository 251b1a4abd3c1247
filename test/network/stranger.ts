// A peer that is not vdata, and that may say whatever it likes.
import type { Assert } from 'brittle'
import type { Encoding } from 'compact-encoding'
import DHT from 'hyperdht'
import type { Connection, NodeOptions } from '../../lib/network/node.js'

export type Stranger = DHT & {
  connect(key: Buffer, options?: object): Connection
  createServer(options: object): { listen(keyPair: unknown): Promise<void>; close(): Promise<void> }
}

/** A node of the same private network, at an address of its own where `network` names one. */
export function newStranger(t: Assert, { bootstrap, host = '127.0.0.1' }: NodeOptions): Stranger {
  const dht = new DHT({ bootstrap: bootstrap ?? [], host, port: 0, firewalled: false })
  t.teardown(() => dht.destroy({ force: true }), { order: 10, force: true })
  return dht as Stranger
}

/** Bytes as they are: what the other end makes of them is its own affair. */
export const anything: Encoding<Buffer> = {
  preencode: (state, bytes) => void (state.end += bytes.length),
  encode(state, bytes) {
    state.buffer.set(bytes, state.start)
    state.start += bytes.length
  },
  decode(state) {
    const bytes = Buffer.from(state.buffer.subarray(state.start, state.end))
    state.start = state.end
    return bytes
  }
}
