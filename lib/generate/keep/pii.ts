// Personal data that an answer may contain. It flags and doesn't drop: made-up addresses are part of many good answers.

export const PII_KINDS = ['email', 'phone', 'card', 'iban', 'ssn', 'ip', 'secret'] as const
export type PiiKind = (typeof PII_KINDS)[number]

const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}/u
// RFC 2606 and 6761 keep these for examples: nobody's mail.
const EXAMPLE = /@(?:[\w-]+\.)*(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i
const PHONE =
  /(?<![\w.-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?(?:\d{2,4}[ .-]?){2,4}\d{2,4}|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}-\d{3}-\d{4})(?![\w-])/g
const CARD = /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d.-])/g
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g
const SSN = /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/
const IP = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g
const SECRET =
  /\b(?:sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|AIza[0-9A-Za-z_-]{35}|xox[abprs]-[A-Za-z0-9-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----)/

/** The kinds of personal data in a text. */
export function findPii(text: string): PiiKind[] {
  const found: PiiKind[] = []
  if (hasEmail(text)) found.push('email')
  if (all(text, PHONE).some((phone) => !phone.includes('555-01'))) found.push('phone')
  if (all(text, CARD).some(isCard)) found.push('card')
  if (all(text, IBAN).some(isIban)) found.push('iban')
  if (SSN.test(text)) found.push('ssn')
  if (all(text, IP).some(isPublicIp)) found.push('ip')
  if (SECRET.test(text)) found.push('secret')
  return found
}

function hasEmail(text: string): boolean {
  // Looking around each @ keeps the time linear; the pattern alone would look from every letter of a long word.
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const match = EMAIL.exec(text.slice(Math.max(0, at - 64), at + 256))
    if (match && !EXAMPLE.test(match[0])) return true
  }
  return false
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([match]) => match)
}

/** The check digit of Luhn. */
function isCard(text: string): boolean {
  const digits = [...text]
    .filter((char) => /\d/.test(char))
    .map(Number)
    .reverse()
  if (new Set(digits).size === 1) return false
  const sum = digits.reduce(
    (total, digit, place) => total + (place % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2),
    0
  )
  return sum % 10 === 0
}

/** ISO 13616: the number with the country moved to the end leaves 1 when divided by 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '')
  if (plain.length < 15 || plain.length > 34) return false
  let rest = 0
  for (const char of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

function isPublicIp(text: string): boolean {
  const [a, b, c, d] = text.split('.').map(Number) as [number, number, number, number]
  if ([a, b, c, d].some((part) => part > 255)) return false
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if (
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  )
    return false
  // For documentation: 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24. And "version 1.2.3.4" is no address.
  if ((a === 192 && b === 0 && c === 2) || (a === 198 && b === 51 && c === 100) || (a === 203 && b === 0 && c === 113))
    return false
  return !(a < 10 && b < 10 && c < 10 && d < 10)
}
