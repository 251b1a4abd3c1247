import { masked, MAX_HITS, type Hit } from './hit.js'

/** Keys whose form tells whose they are. The prefixes are the issuers' own, published so that they can be found. */
const KNOWN = new RegExp(
  [
    'A(?:KIA|SIA)[0-9A-Z]{16}', // AWS
    'gh[pousr]_[A-Za-z0-9]{36,}', // GitHub
    'github_pat_[A-Za-z0-9_]{50,}',
    'glpat-[A-Za-z0-9_-]{20,}', // GitLab
    'sk-[A-Za-z0-9_-]{20,}', // OpenAI and others
    'AIza[0-9A-Za-z_-]{35}', // Google
    'ya29\\.[0-9A-Za-z_-]{20,}',
    'xox[abeoprs]-[0-9A-Za-z-]{10,}', // Slack
    '[rs]k_live_[0-9A-Za-z]{16,}', // Stripe
    'whsec_[0-9A-Za-z]{24,}',
    'hf_[A-Za-z0-9]{30,}', // Hugging Face
    'npm_[A-Za-z0-9]{36}',
    'pypi-[A-Za-z0-9_-]{50,}',
    'dop_v1_[0-9a-f]{64}', // DigitalOcean
    'SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}', // SendGrid
    'key-[0-9a-f]{32}', // Mailgun
    '[0-9]{8,10}:AA[A-Za-z0-9_-]{33}', // Telegram
    'eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{16,}' // JSON Web Token
  ]
    .map((form) => `(?:${form})`)
    .join('|')
    .replace(/^/, '(?<![A-Za-z0-9_])(?:')
    .replace(/$/, ')(?![A-Za-z0-9])'),
  'g'
)

const PRIVATE_KEY = /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=:]/g

// A name that says secret, and a value that looks made by a machine.
const ASSIGNED =
  /(?:api[_ -]?key|access[_ -]?key|secret(?:[_ -]?(?:key|access[_ -]?key))?|auth[_ -]?token|access[_ -]?token|token|passwd|password|bearer|client[_ -]?secret|private[_ -]?key)["']?\s{0,3}(?:[:=]|is|:=|=>)?\s{0,3}["'`]?([A-Za-z0-9+/_=.-]{15,199}[A-Za-z0-9+/_=-])/gi

// A password that someone wrote down: shorter, so it must stand after a colon or an equals sign.
const PASSWORD = /\b(?:password|passwd|passphrase|pwd)["']?\s{0,2}[:=]\s{0,2}["'`]?([^\s"'`]{8,64})/gi

/** Written where a key would stand: words, the same character again and again, or what says that it is an example. */
const STAND_IN =
  /example|sample|dummy|your|xxxx|test|fake|placeholder|changeme|redacted|0000|1234567|abcdef|\.\.\.|\*\*\*|<|>/i

// Bits of entropy per character. English words have under 3.3 in 16 letters, random base 62 has 3.8.
const MIN_ENTROPY = 3.4
/** Less is asked of what has an issuer's prefix, and of long hexadecimal numbers: they have 16 characters to choose from. */
const KNOWN_ENTROPY = 3

/** Says cheaply that a text has none. @param longestRun of characters that keys are made of: no key is shorter than 14 */
export function maySecret(text: string, longestRun: number): boolean {
  return longestRun >= 14 || /passw|passp|pwd/i.test(text)
}

/** Finds keys, tokens and passwords. */
export function findSecrets(text: string): Hit[] {
  const hits: Hit[] = []
  const add = (start: number, value: string, more: Partial<Hit> = {}) => {
    const end = start + value.length
    if (hits.length < MAX_HITS && !hits.some((hit) => start < hit.end && hit.start < end)) {
      hits.push({ start, end, shown: masked(value), ...more })
    }
  }
  for (const { 0: key, index } of text.matchAll(KNOWN)) {
    if (/\d|[a-z][A-Z]/.test(key) && entropy(key) >= KNOWN_ENTROPY) add(index, key, { example: STAND_IN.test(key) })
  }
  for (const { 0: start, index } of text.matchAll(PRIVATE_KEY)) add(index, start, { shown: 'a private key' })
  for (const match of text.matchAll(ASSIGNED)) {
    const value = match[1]!
    if (looksRandom(value) && !STAND_IN.test(value)) add(match.index + match[0].length - value.length, value)
  }
  for (const match of text.matchAll(PASSWORD)) {
    const value = match[1]!
    const mixed = /\d/.test(value) && /[A-Za-z]/.test(value) && /[A-Z!#$%&*?@^~]/.test(value)
    if (mixed && !STAND_IN.test(value)) add(match.index + match[0].length - value.length, value)
  }
  return hits
}

function looksRandom(value: string): boolean {
  const least = /^[0-9a-f]{32,}$/i.test(value) ? KNOWN_ENTROPY : MIN_ENTROPY
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= least
}

/** Shannon's entropy of the characters, in bits each. */
function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
