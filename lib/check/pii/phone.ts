import { before, digitsOf, masked, NUMBERED_THING, type Hit } from './hit.js'

// A run of digits and what people put between them. What comes before and after may not belong to a longer number or word.
const CANDIDATE =
  /(?<![\p{L}\p{N}_#$€£@/=]|[\p{N}][.,-])(?:\+|\(\+?)?\d(?:[ .\-–/()\u00a0\u2011]{0,3}\d){6,16}(?![\p{L}\p{N}_%@]|[.,:/-]\d)/gu

// Each says by its form alone that it is a phone number.
const FORMS = [
  // +CC, then groups: E.164 has 7 to 15 digits.
  /^\(?\+[1-9]\d{0,2}[ .\-–/()\u00a0\u2011]*\d/,
  // North America: (212) 555-0100, 212-555-0100, 212.555.0100, 1-212-555-0100
  /^(?:1[ .-]?)?\(\d{3}\)[ .-]?\d{3}[ .-]?\d{4}$/,
  /^(?:1[ .-])?\d{3}([.-])\d{3}\1\d{4}$/,
  /^(?:1[ -])?[2-9]\d\d[ -][2-9]\d\d-\d{4}$/,
  // France and others: 06 12 34 56 78
  /^0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}$/,
  // Britain: 020 7946 0958, (020) 7946 0958, 07700 900123, 0161 496 0123
  /^\(?0(?:20|2[348]|1\d1|11\d)\)?[ -]\d{3,4}[ -]\d{4}$/,
  /^\(?0[17]\d{3}\)?[ -]\d{3}[ -]?\d{3}$/,
  /^\(?0\d{2,4}\)[ /-]?\d{3,4}[ -]?\d{3,5}$/
]

// After one of these, any number of a phone's length is one.
const PHONE_WORD =
  /\b(?:tele(?:phone|fon|fono)|(?:mobile|cell(?:ular)?|contact|home|work|office|fax|emergency)(?:[ -](?:phone|number|no\.?))?|phone|tel|téléphone|mobil|handy|móvil|whatsapp|signal|viber|sms|hotline|helpline|call(?:ing)?|dial|ring|text|reach)\b(?:[\s.:,#()–-]*(?:(?:me|us|him|her|them|number|no|nr|is|was|at|on|by|phone|or|the|my|our|your|his|their|line|under|to)\b[\s.:,#()–-]*)*)$/i

const NOT_A_PHONE =
  /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}|(?:1[5-9]|20)\d\d ?[-–/] ?(?:1[5-9]|20)\d\d)(?!\d)/

/** An amount: +10000000. */
const ROUND = /^\+\d+?0{5,}$/

const CONTEXT = 48
const MIN_DIGITS = 7
const MAX_DIGITS = 15

/** Finds phone numbers: those whose form tells, and other numbers after a word that does. */
export function findPhones(text: string): Hit[] {
  const hits: Hit[] = []
  for (const match of text.matchAll(CANDIDATE)) {
    const candidate = match[0]
    const digits = digitsOf(candidate)
    if (
      digits.length < MIN_DIGITS ||
      digits.length > MAX_DIGITS ||
      NOT_A_PHONE.test(candidate) ||
      ROUND.test(candidate)
    )
      continue
    const start = match.index
    const near = before(text, start, CONTEXT)
    const spoken = PHONE_WORD.test(near)
    if (!spoken && (!FORMS.some((form) => form.test(candidate)) || NUMBERED_THING.test(near))) continue
    hits.push({ start, end: start + candidate.length, shown: masked(candidate), example: isFiction(digits) })
  }
  return hits
}

/** 555-0100 to 555-0199 are set aside for fiction in North America (NANPA), 07700 900 and others in Britain (Ofcom). */
function isFiction(digits: string): boolean {
  return /^1?[2-9]\d\d55501\d\d$/.test(digits) || /^(?:44|0)(?:7700900|2079460|1632960)\d{3}$/.test(digits)
}
