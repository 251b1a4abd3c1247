// Personal data that nobody has, but that is written as people write it.
import type { Random } from './random.js'

export const PLANTS = ['pii_email', 'pii_phone', 'pii_card', 'pii_iban', 'pii_ssn', 'pii_ip', 'secret'] as const
export type PlantCode = (typeof PLANTS)[number]

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const BASE62 = `${LOWER}${UPPER}0123456789`
const HEX = '0123456789abcdef'

const SENTENCES: { readonly [code in PlantCode]: readonly string[] } = {
  pii_email: ['You can write to # any time.', 'My address is #.', '(#)', 'Send it to <#>, please!', '#'],
  pii_phone: ['You can call me at # after six.', 'Her number: #.', '#', 'I wrote # on a napkin.', 'Fax (#)'],
  pii_card: ['I paid with card # yesterday.', 'It says #.', '#', 'Number #, good through next May.'],
  pii_iban: ['Please pay to # by Friday.', 'IBAN: #', 'My account is #.', '#'],
  pii_ssn: ['My SSN is #.', 'He gave # as his number.', '#', 'Social security: #'],
  pii_ip: ['The request came from #.', 'Somebody at # logged in.', '#', 'I see # in the log.'],
  secret: ['The key is #.', 'export API_KEY=#', 'Use # to log in.', '#', '{"token": "#"}']
}

/** A sentence with one of these. */
export function plant(random: Random, code: PlantCode): string {
  return random.pick(SENTENCES[code]).replace('#', () => VALUES[code](random))
}

const VALUES: { readonly [code in PlantCode]: (random: Random) => string } = {
  pii_email: (r) => {
    const name = r.pick(['', '.', '_', '-']) + r.text(r.between(3, 8), LOWER)
    const domain = `${r.text(r.between(4, 9), LOWER)}${r.pick(['', '-mail', '.co', '24'])}.${r.pick(['com', 'org', 'net', 'de', 'uk', 'io'])}`
    return `${r.text(r.between(2, 8), LOWER)}${name}${r.pick(['', r.digits(2)])}@${domain}`
  },
  pii_phone: (r) => {
    const area = `${r.between(2, 9)}${r.digits(2)}`
    const exchange = `${r.between(2, 9)}${r.digits(2)}`
    const line = r.digits(4)
    return r.pick([
      `(${area}) ${exchange}-${line}`,
      `${area}-${exchange}-${line}`,
      `${area}.${exchange}.${line}`,
      `+1 ${area} ${exchange} ${line}`,
      `1-${area}-${exchange}-${line}`,
      `+1 (${area}) ${exchange}-${line}`,
      `+44 20 ${r.between(2, 8)}${r.digits(3)} ${r.digits(4)}`,
      `+49 ${r.pick(['30', '40', '89'])} ${r.between(1, 9)}${r.digits(6)}`,
      `0${r.between(1, 7)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)}`,
      `+91${r.between(7, 9)}${r.digits(9)}`
    ])
  },
  pii_card: (r) => {
    const [prefix, length] = r.pick([
      ['4', 16],
      ['51', 16],
      ['55', 16],
      ['2221', 16],
      ['34', 15],
      ['37', 15],
      ['6011', 16]
    ] as const)
    const number = withLuhn(prefix + r.digits(length - prefix.length - 1))
    if (length === 15) return r.pick([number, number.replace(/^(.{4})(.{6})/, '$1 $2 ')])
    return r.pick([number, number.replace(/(.{4})(?=.)/g, '$1 '), number.replace(/(.{4})(?=.)/g, '$1-')])
  },
  pii_iban: (r) => {
    const number = r.pick([
      () => withIbanCheck('DE', r.digits(18)),
      () => withIbanCheck('GB', r.text(4, UPPER) + r.digits(14)),
      () => withIbanCheck('FR', r.digits(23)),
      () => withIbanCheck('NL', r.text(4, UPPER) + r.digits(10)),
      () => withIbanCheck('ES', r.digits(20)),
      () => withIbanCheck('CH', r.digits(17))
    ])()
    return r.pick([number, number.replace(/(.{4})(?=.)/g, '$1 ')])
  },
  pii_ssn: (r) => {
    let area = r.between(1, 899)
    if (area === 666) area++
    return [
      String(area).padStart(3, '0'),
      String(r.between(1, 99)).padStart(2, '0'),
      String(r.between(1, 9999)).padStart(4, '0')
    ].join('-')
  },
  pii_ip: (r) => {
    for (;;) {
      const parts = [r.between(1, 223), r.between(0, 255), r.between(0, 255), r.between(1, 254)]
      const [a, b] = parts as [number, number, number, number]
      const special =
        [10, 127].includes(a) ||
        (a === 100 && b >= 64 && b < 128) ||
        (a === 169 && b === 254) ||
        (a === 172 && b >= 16 && b < 32)
      // All of these networks have at least one address in the registries of special purposes.
      if (!special && ![192, 198, 203].includes(a)) return parts.join('.')
    }
  },
  secret: (r) =>
    r.pick([
      () => `AKIA${r.text(16, `${UPPER}234567`)}`,
      () => `ghp_${r.text(36, BASE62)}`,
      () => `sk-${r.text(48, BASE62)}`,
      () => `AIza${r.text(35, `${BASE62}_-`)}`,
      () => `xoxb-${r.digits(12)}-${r.digits(12)}-${r.text(24, BASE62)}`,
      () => `hf_${r.text(34, LOWER + UPPER)}`,
      () => `sk_live_${r.text(24, BASE62)}`,
      () => `api_key=${r.text(32, HEX)}`,
      () => `eyJhbGciOiJIUzI1NiJ9.eyJ${r.text(40, BASE62)}.${r.text(43, BASE62)}`
    ])()
}

function withLuhn(digits: string): string {
  let sum = 0
  for (const [i, digit] of [...digits].toReversed().entries()) {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return `${digits}${(10 - (sum % 10)) % 10}`
}

function withIbanCheck(country: string, account: string): string {
  const digits = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return `${country}${String(98n - (BigInt(digits) % 97n)).padStart(2, '0')}${account}`
}
