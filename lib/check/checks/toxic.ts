import { z } from 'zod'
import { disguised, WordList, type WordMatch } from '../words.js'
import { readData } from '../data.js'
import type { ReasonCode } from '../reasons.js'
import type { Check } from '../types.js'

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
 * Slurs, profanity, and words that are obscene only in some contexts. English is always looked for, and the record's own
 * language where LDNOOBW has a list of it. A word counts, and not what is meant: the levels say so.
 */
export const toxic: Check<z.infer<typeof options>> = {
  name: 'toxic',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { slur: 'refuse', profanity: 'warn', sensitive_words: 'note' },
  options,
  async prepare(set) {
    const [{ default: lists }, { cuss }] = await Promise.all([import('naughty-words'), import('cuss')])
    const { slurs, everyday } = readData<Selection>('./data/words-en.json')
    const allowed = new Set(set.allow.map((term) => term.toLowerCase()))
    const own = new WordList<Code>(allowed)
    for (const term of set.slurs) own.add(term, 'slur')
    for (const term of set.profane) own.add(term, 'profanity')

    const english = new WordList<Code>(allowed)
    const mild = new Set(everyday)
    const insults = new Set(slurs)
    for (const term of lists.en)
      english.add(term, insults.has(term) ? 'slur' : mild.has(term) ? 'sensitive_words' : 'profanity')
    // cuss knows inflections that LDNOOBW lacks; only those that it is sure of, and that are not an everyday word's.
    for (const [term, sureness] of Object.entries(cuss)) {
      if (sureness === 2 && SURE.test(term) && !english.has(term)) english.add(term, 'profanity')
    }
    const others = new Map<string, WordList<Code>>()

    function listOf(language: string | undefined): WordList<Code> | undefined {
      const tag = language?.toLowerCase().split('-')[0]
      if (tag === undefined || tag === 'en' || !Object.hasOwn(lists, tag)) return undefined
      let list = others.get(tag)
      if (!list) {
        others.set(tag, (list = new WordList<Code>(allowed)))
        for (const term of lists[tag]!) list.add(term, 'profanity')
      }
      return list
    }

    return (sample, report) => {
      const found = new Map<Code, { field: string; match: string }>()
      const languageList = listOf(sample.record.language)
      for (const field of sample.content) {
        const tokens = sample.lowerTokensOf(field)
        const seen: WordMatch<Code>[] = [...english.find(tokens), ...own.find(tokens)]
        if (languageList) seen.push(...languageList.find(tokens), ...languageList.findUnspaced(field.text))
        for (const word of disguised(field.text)) {
          const match = english.matchDisguised(word)
          if (match) seen.push(match)
        }
        for (const { code, match } of seen) if (!found.has(code)) found.set(code, { field: field.name, match })
      }
      for (const code of ORDER) {
        const first = found.get(code)
        if (first) report({ code, field: first.field, detail: first.match })
      }
    }
  }
}

/** Forms of the words that are obscene in every sense. */
const SURE =
  /^(?:mother|bull|dumb|jack|dip|bat|ape|horse|chicken)?(?:fuck|shit|cunt|wank|twat|slut|whore|asshole|arsehole|jizz|nigger|faggot)/
