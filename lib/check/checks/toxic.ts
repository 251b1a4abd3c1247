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
 * Slurs, profanity, and words that are obscene only in some contexts. English is always looked for, and the record's own
 * language where LDNOOBW has a list of it. A word counts, and not what is meant: the levels say so.
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

    const english = new WordList<Code>(allowed)
    const mild = new Set(everyday)
    const insults = new Set(slurs)
    for (const term of ldnoobw.en)
      english.add(term, insults.has(term) ? 'slur' : mild.has(term) ? 'sensitive_words' : 'profanity')
    // cuss knows inflections that LDNOOBW lacks; only those that it is sure of, and that are not an everyday word's.
    for (const [term, sureness] of Object.entries(cuss)) {
      if (sureness === 2 && SURE.test(term) && !english.has(term)) english.add(term, 'profanity')
    }
    const lists = set.slurs.length + set.profane.length > 0 ? [english, own] : [english]
    const others = new Map<string, WordList<Code>>()

    function listOf(language: string | undefined): WordList<Code> | undefined {
      const tag = language?.toLowerCase().split('-')[0]
      if (tag === undefined || tag === 'en' || !Object.hasOwn(ldnoobw, tag)) return undefined
      let list = others.get(tag)
      if (!list) {
        others.set(tag, (list = new WordList<Code>(allowed)))
        for (const term of ldnoobw[tag]!) list.add(term, 'profanity')
      }
      return list
    }

    return (sample, report) => {
      const found = new Map<Code, { field: string; match: string }>()
      const languageList = listOf(sample.record.language)
      for (const field of sample.content) {
        const note = ({ code, match }: WordMatch<Code>) => {
          if (!found.has(code)) found.set(code, { field: field.name, match })
        }
        const tokens = sample.lowerTokensOf(field)
        for (const list of lists) list.find(tokens, note)
        languageList?.find(tokens, note)
        languageList?.findUnspaced(field.text, note)
        for (const word of disguised(field.text)) {
          const match = english.matchDisguised(word)
          if (match) note(match)
        }
      }
      for (const code of ORDER) {
        const first = found.get(code)
        if (first) report({ code, field: first.field, detail: first.match })
      }
    }
  }
})

/** Forms of the words that are obscene in every sense. */
const SURE =
  /^(?:mother|bull|dumb|jack|dip|bat|ape|horse|chicken)?(?:fuck|shit|cunt|wank|twat|slut|whore|asshole|arsehole|jizz|nigger|faggot)/
