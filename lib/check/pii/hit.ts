/** Where in a text something personal stands, and how it may be shown. */
export interface Hit {
  readonly start: number
  readonly end: number
  /** Enough to recognise it, not enough to use it. */
  readonly shown: string
  /** It is of the kind that is set aside for examples, and nobody's. */
  readonly example?: boolean
}

/** More than this in one record is not looked for: it says nothing new, and comparing them all would take its time. */
export const MAX_HITS = 100

/** The first and last characters of something personal. */
export function masked(text: string): string {
  const keep = text.length < 8 ? 1 : 2
  return `${text.slice(0, keep)}…${text.slice(-keep)}`
}

/** The text before a place that may say what follows: at most `characters`, of the same line. */
export function before(text: string, start: number, characters: number): string {
  const near = text.slice(Math.max(0, start - characters), start)
  return near.slice(near.lastIndexOf('\n') + 1)
}

/** The digits of a text, without what separates them. */
export function digitsOf(text: string): string {
  return text.replace(/\D+/g, '')
}

/** The words after which a number is an order's, a part's or a version's, and no person's. */
export const NUMBERED_THING =
  /\b(?:orders?|invoice|tracking|ticket|serial|sku|isbn|issn|imei|upc|ean|model|part|version|ver|release|build|patent|case|reference|ref|item|product|batch|lot|doi|rfc|page|pages|zip|revision|firmware|commit|hash|uuid|checksum|id|#)[\s.:#)–-]*(?:(?:no|nr|number|id|is|was|code|of|num|the)\b[\s.:#-]*)*(?:[A-Z]{1,5}-?)?$/i
