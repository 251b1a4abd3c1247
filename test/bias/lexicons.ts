// Lexicons for tests.
import { readFileSync } from 'node:fs'
import { parseLexicon, type Lexicon } from '../../lib/bias/lexicon.js'
import { sharedPath } from '../helpers/shared.js'

export const HELM_LISTS = 'data/bias/helm/bias_word_lists.json'

export function lexiconOf(parts: object): Lexicon {
  const head = { format: 'vdata/lexicon', version: 1, name: 'test', language: 'en', license: 'CC0-1.0', source: 'test' }
  return parseLexicon(JSON.stringify({ ...head, ...parts }))
}

/** HELM's own word lists. */
export function helmLexicon(): Lexicon {
  const lists = JSON.parse(readFileSync(sharedPath(HELM_LISTS), 'utf8')) as {
    [list: string]: string[] & { [group: string]: string[] }
  }
  return lexiconOf({
    axes: { gender: { groups: lists['gender'] }, race: { groups: lists['race'] } },
    targets: { profession: lists['profession'] },
    attributes: { adjective: lists['adjective'] }
  })
}

/** A few words of each kind, so that random texts hit them often. */
export const SMALL = lexiconOf({
  axes: {
    gender: { groups: { female: ['she', 'her', 'woman'], male: ['he', 'him', 'man', 'his'] } },
    faith: { groups: { one: ['hindu'], two: ['muslim', 'islam'], three: ['jewish'] } }
  },
  targets: { profession: ['doctor', 'nurse', 'judge', 'chef', 'pilot', 'baker'] },
  attributes: { trait: ['clever', 'kind', 'angry'] },
  pronouns: { female: ['she', 'her'], male: ['he', 'him', 'his'] },
  labour: {
    list: 'profession',
    group: 'female',
    license: 'CC0-1.0',
    source: 'test',
    percent: { doctor: 40, nurse: 90, chef: 20 }
  },
  stopwords: ['the', 'a', 'was', 'and', 'said', 'that', 'she', 'he', 'her', 'him', 'his']
})
