import { isIPv4, isIPv6 } from 'node:net'
import type { Hit } from './hit.js'

// RFC 5321: at most 64 octets before the at sign and 255 after. They also keep the work linear in the text.
const MAX_LOCAL = 64
const MAX_DOMAIN = 255

// The pieces of datatrove's expression for addresses (Apache-2.0), anchored at the at sign.
const LOCAL = /\b[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?/
const LITERAL = /^\[([0-9A-Fa-f:.]{2,45})\]/

const TOP_LEVEL = /^(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})$/
// What follows an at sign in names of files and packages: icon@2x.png, lodash@4.17.21.
const FILE =
  /^(?:png|jpe?g|gif|svg|webp|ico|pdf|js|mjs|cjs|ts|tsx|jsx|css|html?|py|rb|rs|go|sh|md|json|ya?ml|toml|zip|tgz|gz)$/i
/** RFC 2606 and RFC 6761: these names never belong to anybody. */
const EXAMPLE = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost|local)$/i

/** Finds e-mail addresses. */
export function findEmails(text: string): Hit[] {
  const hits: Hit[] = []
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const local = LOCAL.exec(text.slice(Math.max(0, at - MAX_LOCAL), at))?.[0]
    if (local === undefined) continue
    const after = text.slice(at + 1, at + 1 + MAX_DOMAIN)
    const domain = LITERAL.exec(after)?.[0] ?? DOMAIN.exec(after)?.[0]
    if (domain === undefined || !isDomain(domain)) continue
    const end = at + 1 + domain.length
    // git@github.com:owner/name is an address of a repository.
    if (local === 'git' && /^[:/]/.test(text.slice(end, end + 1))) continue
    const start = at - local.length
    hits.push({ start, end, shown: `${local.slice(0, 1)}…@${domain}`, example: EXAMPLE.test(domain) })
  }
  return hits
}

function isDomain(domain: string): boolean {
  if (domain.startsWith('[')) {
    const address = domain.slice(1, -1)
    return isIPv4(address) || isIPv6(address)
  }
  const last = domain.slice(domain.lastIndexOf('.') + 1)
  return isIPv4(domain) || (TOP_LEVEL.test(last) && !FILE.test(last))
}
