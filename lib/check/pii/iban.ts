import { masked, type Hit } from './hit.js'

/** Characters of each country's account numbers, the code of the country included: the IBAN registry of SWIFT, release 99. */
// prettier-ignore
const LENGTHS: { readonly [country: string]: number } = {
  AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BI: 27, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28,
  CZ: 24, DE: 22, DJ: 27, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FK: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23,
  GL: 18, GR: 27, GT: 28, HN: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28,
  LC: 32, LI: 21, LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22, MK: 19, MN: 20, MR: 27, MT: 31, MU: 30, NI: 28,
  NL: 18, NO: 15, OM: 23, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, RU: 33, SA: 24, SC: 31, SD: 18, SE: 24,
  SI: 19, SK: 24, SM: 27, SO: 23, ST: 25, SV: 28, TL: 23, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20, YE: 30
}

const CANDIDATE = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g

/** Finds numbers of bank accounts: a country's length and check digits (ISO 13616). */
export function findIbans(text: string): Hit[] {
  const hits: Hit[] = []
  for (const match of text.matchAll(CANDIDATE)) {
    const length = LENGTHS[match[0].slice(0, 2)]
    if (length === undefined) continue
    // The candidate may have run into the words after it.
    const written = firstCharacters(match[0], length)
    const number = written?.replace(/[ -]/g, '')
    if (written === undefined || number === undefined || remainder(number) !== 1) continue
    hits.push({ start: match.index, end: match.index + written.length, shown: masked(number) })
  }
  return hits
}

/** The beginning of a text that has so many characters without its spaces and hyphens, if it ends at a group's end. */
function firstCharacters(text: string, length: number): string | undefined {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === ' ' || text[i] === '-') continue
    if (++count === length) return i + 1 === text.length || /[ -]/.test(text[i + 1]!) ? text.slice(0, i + 1) : undefined
  }
  return undefined
}

/** The number modulo 97, letters as 10 to 35, the first four characters put last. A valid one leaves 1. */
export function remainder(number: string): number {
  let rest = 0
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97
  }
  return rest
}
