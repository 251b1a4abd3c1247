import { z } from 'zod'
import { disguised, WordList, type WordMatch } from '../words.js'
import { readData } from '../data.js'
import type { ReasonCode } from '../reasons.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({
  /** Words or phrases that are not looked for. */
  allow: z.array(z.string().max(128)).max(1000).default([]),
  /** Further words or phrases that count as profane. */
  profane: z.array(z.string().max(128)).max(1000).default([]),
  /** Further words or phrases that count as slurs. */
  slurs: z.array(z.string().max(128)).max(1000).default([])
})

interface Selection {
  slurs: string[]
  everyday: string[]
}

const ORDER = ['slur', 'profanity', 'sensitive_words'] as const satisfies readonly ReasonCode[]

type Code = (typeof ORDER)[number]

/**
 * Slurs, profanity, and words that are obscene only in some contexts, in the language that the record names and else in English.
 * In other languages only the surest English words count: "negro" and "dick" are plain words there. A word counts, and not what is
 * meant: the levels say so.
 */
export const toxic = defineCheck({
  name: 'toxic',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { slur: 'refuse', profanity: 'warn', sensitive_words: 'note' },
  options,
  async prepare(set) {
    const [{ default: ldnoobw }, { cuss }] = await Promise.all([import('naughty-words'), import('cuss')])
    const { slurs, everyday } = readData<Selection>('./data/words-en.json')
    const allowed = new Set(set.allow.map((term) => term.toLowerCase()))
    const own = new WordList<Code>(allowed)
    for (const term of set.slurs) own.add(term, 'slur')
    for (const term of set.profane) own.add(term, 'profanity')

    const mild = new Set(everyday)
    const insults = new Set(slurs)
    const english = new WordList<Code>(allowed)
    /** The English words that are obscene in every sense, and no words of other languages. */
    const certain: [term: string, code: Code][] = []
    for (const term of [...ldnoobw.en, ...inflections(cuss)]) {
      const code = insults.has(term) ? 'slur' : mild.has(term) ? 'sensitive_words' : 'profanity'
      english.add(term, code)
      if (OBSCENE.test(term)) certain.push([term, code])
    }
    const lists = new Map([['en', english]])

    /** English for records that name no language: what they are in is not guessed here. */
    function listOf(language = 'en'): WordList<Code> {
      const tag = language.toLowerCase().split('-')[0]!
      const key = tag === 'en' || Object.hasOwn(ldnoobw, tag) ? tag : 'others'
      let list = lists.get(key)
      if (!list) {
        lists.set(key, (list = new WordList<Code>(allowed)))
        for (const term of ldnoobw[key] ?? []) list.add(term, 'profanity')
        for (const [term, code] of certain) list.add(term, code)
      }
      return list
    }

    return (sample, report) => {
      const found = new Map<Code, { field: string; match: string }>()
      const list = listOf(sample.record.language)
      for (const field of sample.content) {
        const note = ({ code, match }: WordMatch<Code>) => {
          if (!found.has(code)) found.set(code, { field: field.name, match })
        }
        const tokens = sample.lowerTokensOf(field)
        for (const each of [list, own]) {
          each.find(tokens, note)
          each.findUnspaced(field.text, note)
        }
        for (const word of disguised(field.text)) list.findDisguised(word, note)
      }
      for (const code of ORDER) {
        const first = found.get(code)
        if (first) report({ code, field: first.field, detail: first.match })
      }
    }
  }
})

/** Forms of the words that are obscene in every sense. */
const OBSCENE =
  /^(?:mother|bull|dumb|jack|dip|bat|ape|horse|chicken)?(?:fuck|shit|cunt|wank|twat|slut|whore|asshole|arsehole|jizz|nigger|faggot)/

/** cuss knows forms that LDNOOBW lacks; of these, the ones that it is sure of and that are no everyday word's. */
function inflections(ratings: Readonly<Record<string, number>>): string[] {
  return Object.keys(ratings).filter((term) => ratings[term] === 2 && OBSCENE.test(term))
}
