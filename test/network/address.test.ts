import test from 'brittle'
import { isOneNetwork } from '../../lib/network/address.js'

test('a network is private where everyone in it has a private address', (t) => {
  const at = (...hosts: string[]) => hosts.map((host) => ({ host, port: 49737 }))
  t.ok(isOneNetwork('127.0.0.1', at('127.0.0.1')))
  t.ok(isOneNetwork('127.0.0.1', []))
  t.ok(isOneNetwork('10.1.2.3', at('192.168.1.1', '::1', 'fd00::1')))
  // Binding all addresses: whoever is met here came through nodes that nobody else reaches.
  t.ok(isOneNetwork(undefined, at('127.0.0.1')))
  t.ok(isOneNetwork(undefined, at('localhost')))
  t.absent(isOneNetwork(undefined, []))
  t.absent(isOneNetwork(undefined, null))
  t.absent(isOneNetwork('127.0.0.1', null))
  t.absent(isOneNetwork('127.0.0.1', at('127.0.0.1', '203.0.113.5')))
  t.absent(isOneNetwork('203.0.113.5', at('10.0.0.1')))
  t.absent(isOneNetwork(undefined, at('dht.example.org')))
})
