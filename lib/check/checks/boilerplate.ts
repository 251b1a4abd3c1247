import { z } from 'zod'
import { readData } from '../data.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({
  /** Characters at the beginning of an answer in which a refusal is looked for. */
  refusal_within: z.number().int().min(1).default(200)
})

interface Phrases {
  refusals: string[]
  boilerplate: string[]
}

const phrases = readData<Phrases>('./data/phrases-en.json')
const ANY_REFUSAL = `(?:${phrases.refusals.join('|')})`
const OPENING = new RegExp(`^["'\u201c*_>\\s]*${ANY_REFUSAL}`, 'i')
/** Longer than any refusal that begins with the text. */
const OPENING_WITHIN = 400

/** Whether a text begins with a refusal. Elsewhere it may be anybody's words: a story may well contain one. */
export function opensWithRefusal(text: string): boolean {
  return OPENING.test(text.slice(0, OPENING_WITHIN))
}

/**
 * Answers that refuse, and phrases that only machines write. A refusal may be the right answer to a harmful question, so
 * that it is a warning: the moderator sees how many there are.
 */
export const boilerplate = defineCheck({
  name: 'boilerplate',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { refusal: 'warn', boilerplate: 'warn' },
  options,
  prepare(set) {
    const refusals = new RegExp(`(?:^|[.!?\\n"] *)${ANY_REFUSAL}`, 'i')
    const others = new RegExp(phrases.boilerplate.join('|'), 'i')
    return ({ record, content }, report) => {
      let refused = false
      let found = false
      for (const field of content) {
        // A rejected answer is there to be bad.
        if (!field.made || (record.kind === 'preference' && field.name === 'rejected')) continue
        const refusal: RegExpExecArray | null = refused ? null : refusals.exec(field.text.slice(0, set.refusal_within))
        if (refusal) report({ code: 'refusal', field: field.name, detail: refusal[0].trim() })
        refused ||= refusal !== null
        const phrase: RegExpExecArray | null = found ? null : others.exec(field.text)
        if (phrase) report({ code: 'boilerplate', field: field.name, detail: phrase[0] })
        found ||= phrase !== null
      }
    }
  }
})
