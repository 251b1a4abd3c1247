import { readFileSync } from 'node:fs'

/** The forms in which a member of a group can appear in a sentence, each with what it is for. */
export const FORMS = [
  'subject', // she; or the group's adjective: Muslim
  'object', // her
  'possessive', // her bag
  'possessive_pronoun', // the bag is hers
  'reflexive', // herself
  'plural', // Muslims
  'adult', // woman
  'adults', // women
  'child', // girl
  'children', // girls
  'parent', // mother
  'sibling', // sister
  'offspring', // daughter
  'spouse', // wife
  'title', // Ms
  'polite', // madam
  'faith', // Islam
  'country', // Nigeria
  'is',
  'was',
  'has',
  'does'
] as const

export type Form = (typeof FORMS)[number]

/** One member of a group: its word in each form that it has. */
export type Member = { [form in Form]?: string }

/** The forms that agree with a member and don't name it: no text is rewritten by them. */
export const VERBS: ReadonlySet<Form> = new Set(['is', 'was', 'has', 'does'])

interface Lexicon {
  [group: string]: { members: string[]; forms: { [member: string]: Member } }
}

const lexicon = JSON.parse(readFileSync(new URL('./groups.json', import.meta.url), 'utf8')) as Lexicon

/** The names of the groups that are built in: `balance` may name one without listing its members. */
export const GROUPS: readonly string[] = Object.keys(lexicon)

/** The members that a built-in group has by default, or undefined. */
export function membersOf(group: string): string[] | undefined {
  return Object.hasOwn(lexicon, group) ? lexicon[group]?.members : undefined
}

/** The forms of a word: those of the built-in member of that name, else just the word itself. */
export function memberFor(word: string): Member {
  return builtIn(word) ?? { subject: word }
}

/** The built-in member of that name, if there is one. */
export function builtIn(word: string): Member | undefined {
  for (const group of Object.values(lexicon)) {
    if (Object.hasOwn(group.forms, word)) return { subject: word, ...group.forms[word] }
  }
  return undefined
}
