import type Corestore from 'corestore'
import DHT from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import { parseBootstrap } from '../../bin/addresses.js'

/**
 * Hyperswarm as it comes, with nothing of vdata's node: what the benchmarks compare with replicates by it. Only that no
 * firewall stands between two addresses of one computer is said, without which half of the calls are lost (see
 * NetworkNode).
 *
 * @param bootstrap `host:port` of the private network's DHT
 * @param host the address to bind
 */
export function plainSwarm(store: Corestore, bootstrap: string, host: string): Hyperswarm {
  const dht = new DHT({ bootstrap: parseBootstrap(bootstrap) ?? [], host, firewalled: false })
  const swarm = new Hyperswarm({ dht })
  swarm.on('connection', (connection: Hyperswarm.Connection) => {
    connection.on('error', () => {})
    store.replicate(connection)
  })
  return swarm
}
