import { BlockList, isIP } from 'node:net'

/** Where a process can be reached over UDP or TCP. */
export interface Address {
  host: string
  port: number
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

// Loopback, and the ranges of RFC 1918, 3927, 4193 and 4291 that no router forwards to the internet.
const PRIVATE = new BlockList()
for (const [subnet, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16]
] as const) {
  PRIVATE.addSubnet(subnet, bits, 'ipv4')
}
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

/** Whether an address belongs to this computer or its own network, and is reached from nowhere else. */
export function isPrivate(host: string): boolean {
  const family = isIP(host)
  return host === 'localhost' || (family !== 0 && PRIVATE.check(host, family === 6 ? 'ipv6' : 'ipv4'))
}

/**
 * Whether a node that enters here meets only those of its own private network.
 * @param host the address that it binds; undefined: all
 */
export function isOneNetwork(host: string | undefined, bootstrap: readonly Address[] | null): boolean {
  if (bootstrap === null) return false
  const addresses = [...(host === undefined ? [] : [host]), ...bootstrap.map((node) => node.host)]
  return addresses.length > 0 && addresses.every(isPrivate)
}
