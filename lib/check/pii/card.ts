import { before, digitsOf, masked, NUMBERED_THING, type Hit } from './hit.js'

// In one piece, in groups of four, or as American Express and Diners print them.
const CANDIDATE =
  /(?<![\p{L}\p{N}_.+/=-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\p{L}\p{N}_/=]|[.,:-]\d)/gu

/** Issuers' prefixes with the lengths of their numbers (ISO/IEC 7812). */
const ISSUERS: readonly [prefix: RegExp, lengths: readonly number[]][] = [
  [/^4/, [16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^(?:30[0-5]|309|36|38|39)/, [14, 16]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^62/, [16, 17, 18, 19]],
  [/^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, [16, 17, 18, 19]]
]

const CARD_WORD = /\b(?:cards?|visa|mastercard|amex|american express|discover|credit|debit|payment|cc)\b[^\n]{0,24}$/i

/** Finds numbers of payment cards: an issuer's prefix and length, and the check digit of Luhn. */
export function findCards(text: string): Hit[] {
  const hits: Hit[] = []
  for (const match of text.matchAll(CANDIDATE)) {
    const digits = digitsOf(match[0])
    if (!ISSUERS.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length))) continue
    if (!luhn(digits)) continue
    const near = before(text, match.index, 40)
    if (NUMBERED_THING.test(near) && !CARD_WORD.test(near)) continue
    hits.push({ start: match.index, end: match.index + match[0].length, shown: masked(digits) })
  }
  return hits
}

/** Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B). */
export function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}
