import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { before, masked, type Hit } from './hit.js'

/** What Python's `ipaddress` does not call global, which is datatrove's test: the IANA special-purpose registries. */
// prettier-ignore
const SPECIAL: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24],
  ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4]
]
const NOT_GLOBAL = new BlockList()
for (const [network, prefix] of SPECIAL) NOT_GLOBAL.addSubnet(network, prefix, 'ipv4')
NOT_GLOBAL.addSubnet('2001:db8::', 32, 'ipv6')

const IPV4 = /(?<![\p{L}\p{N}_+]|[\p{N}_][.-]|[.])(?:\d{1,3}\.){3}\d{1,3}(?![\p{L}\p{N}_]|\.\d|-\d)/gu
const IPV6 = /(?<![\p{L}\p{N}_:.])(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{0,4}(?![\p{L}\p{N}_:]|\.\d)/gu

const VERSION_WORD =
  /(?:\b(?:v|ver|versions?|releases?|build|firmware|driver|update|upgraded?|sections?|chapters?|clauses?|figure|fig|table|step|oid|kernel|sdk|api|chrome|android|ios|windows|§)[\s.:]*|[§v]|\b(?:up|down)(?:grad|dat)\w*[^\n]{0,24})$/i
const IP_WORD =
  /\b(?:ip|ipv4|address(?:es)?|hosts?|server|ping|dns|gateway|client|router|traceroute|ssh|https?|log(?:ged)?|request)\b/i
/** Outlines and versions count from 1, addresses rarely do in all four places. */
const SMALL = 25

/** Finds public IP addresses. Four numbers after a word such as "version" are none, and four small ones only where words around say so. */
export function findIps(text: string): Hit[] {
  const hits: Hit[] = []
  for (const match of /\d\.\d{1,3}\.\d/.test(text) ? text.matchAll(IPV4) : []) {
    const address = match[0]
    if (!isIPv4(address) || NOT_GLOBAL.check(address, 'ipv4')) continue
    const near = before(text, match.index, 40)
    if (VERSION_WORD.test(near)) continue
    const small = address.split('.').every((part) => Number(part) <= SMALL)
    const around = near + text.slice(match.index, match.index + address.length + 24)
    if (small && !IP_WORD.test(around)) continue
    hits.push({ start: match.index, end: match.index + address.length, shown: masked(address) })
  }
  for (const match of /[0-9A-Fa-f]::?[0-9A-Fa-f]{1,4}:/.test(text) ? text.matchAll(IPV6) : []) {
    const address = match[0]
    // Global unicast is 2000::/3, and none of it has fewer than three groups.
    if (!/^[23][0-9A-Fa-f]{3}:/.test(address) || !isIPv6(address) || NOT_GLOBAL.check(address, 'ipv6')) continue
    hits.push({ start: match.index, end: match.index + address.length, shown: masked(address) })
  }
  return hits
}
