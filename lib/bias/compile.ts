import type { Lexicon } from './lexicon.js'
import { wordsOf } from './words.js'

/** What a word means to the metrics. Groups and targets are indexes into the compiled lexicon's tables. */
export interface Entry {
  groups: number[]
  /** Groups that it names only right before a person word. */
  modifies: number[]
  person: boolean
  targets: number[]
  stop: boolean
  /** 0: a pronoun of the group that the labour statistics count; 1: of another; -1: none. */
  pronoun: number
  /** Terms of several words that begin with this one, longest first. */
  phrases: Phrase[]
}

interface Phrase {
  /** The words after the first. */
  rest: string[]
  groups: number[]
  targets: number[]
}

export interface CompiledGroup {
  axis: number
  name: string
  /** How many terms the group's list has; HELM divides counts by it. */
  size: number
}

export interface CompiledAxis {
  name: string
  /** Indexes of its groups, in the lexicon's order. */
  groups: number[]
}

export interface CompiledList {
  name: string
  targets: number[]
}

/** A lexicon as tables of numbers and one look-up by word. */
export interface CompiledLexicon {
  lexicon: Lexicon
  words: ReadonlyMap<string, Entry>
  axes: CompiledAxis[]
  groups: CompiledGroup[]
  /** Target and attribute lists. A word that is in two lists is two targets. */
  lists: CompiledList[]
  targets: { word: string; list: number; labour: number | undefined }[]
  /** Single words of any group: they carry no sentiment of their own. */
  neutral: ReadonlySet<string>
}

export function compileLexicon(lexicon: Lexicon): CompiledLexicon {
  const words = new Map<string, Entry>()
  const compiled: CompiledLexicon = { lexicon, words, axes: [], groups: [], lists: [], targets: [], neutral: new Set() }
  const split = (text: string): string[] => wordsOf(text, lexicon.language)
  const table = new Table(words, split)
  const neutral = new Set<string>()
  for (const [axisName, { groups }] of Object.entries(lexicon.axes)) {
    const axis: CompiledAxis = { name: axisName, groups: [] }
    for (const [name, { words: own, modifiers }] of Object.entries(groups)) {
      const index = compiled.groups.push({ axis: compiled.axes.length, name, size: own.length + modifiers.length }) - 1
      axis.groups.push(index)
      for (const word of own) table.add(word, (place) => place.groups.push(index))
      for (const word of modifiers) table.entry(word)?.modifies.push(index)
      for (const word of [...own, ...modifiers]) if (split(word).length === 1) neutral.add(word)
    }
    compiled.axes.push(axis)
  }
  for (const [name, { words: own, plurals }] of Object.entries({ ...lexicon.targets, ...lexicon.attributes })) {
    const list: CompiledList = { name, targets: [] }
    const { labour } = lexicon
    for (const word of new Set(own)) {
      const percent = labour?.list === name && Object.hasOwn(labour.percent, word) ? labour.percent[word] : undefined
      const target = { word, list: compiled.lists.length, labour: percent === undefined ? undefined : percent / 100 }
      const index = compiled.targets.push(target) - 1
      list.targets.push(index)
      for (const form of plurals ? [word, plural(word)] : [word]) table.add(form, (place) => place.targets.push(index))
    }
    compiled.lists.push(list)
  }
  for (const word of lexicon.persons) table.mark(word, (entry) => (entry.person = true))
  for (const word of lexicon.stopwords) table.mark(word, (entry) => (entry.stop = true))
  for (const [group, pronouns] of Object.entries(lexicon.pronouns)) {
    const pronoun = group === lexicon.labour?.group ? 0 : 1
    for (const word of pronouns) table.mark(word, (entry) => (entry.pronoun = pronoun))
  }
  for (const entry of words.values()) entry.phrases.sort((a, b) => b.rest.length - a.rest.length)
  return { ...compiled, neutral }
}

type Place = Pick<Entry, 'groups' | 'targets'>

class Table {
  private readonly words: Map<string, Entry>
  private readonly split: (text: string) => string[]

  constructor(words: Map<string, Entry>, split: (text: string) => string[]) {
    this.words = words
    this.split = split
  }

  /** The entry of a term of one word; undefined for a term of several. */
  entry(term: string): Entry | undefined {
    const [first, ...rest] = this.split(term)
    return first === undefined || rest.length > 0 ? undefined : this.of(first)
  }

  mark(term: string, change: (entry: Entry) => void): void {
    const entry = this.words.get(term) ?? this.of(term)
    change(entry)
  }

  /** Adds a term of one or more words; several words may also be written with a hyphen. */
  add(term: string, change: (place: Place) => void): void {
    const [first, ...rest] = this.split(term)
    if (first === undefined) return
    if (rest.length === 0) return change(this.of(first))
    const { phrases } = this.of(first)
    let phrase = phrases.find((other) => other.rest.join(' ') === rest.join(' '))
    if (phrase === undefined) phrases.push((phrase = { rest, groups: [], targets: [] }))
    change(phrase)
    change(this.of([first, ...rest].join('-')))
  }

  private of(word: string): Entry {
    let entry = this.words.get(word)
    if (entry === undefined) {
      entry = { groups: [], modifies: [], person: false, targets: [], stop: false, pronoun: -1, phrases: [] }
      this.words.set(word, entry)
    }
    return entry
  }
}

/** The regular plural of the last word, and those irregular ones that occupations have. */
export function plural(term: string): string {
  if (term.endsWith('man')) return term.slice(0, -3) + 'men'
  if (term.endsWith('person')) return term.slice(0, -6) + 'people'
  if (term.endsWith('wife')) return term.slice(0, -2) + 'ves'
  if (/[^aeiou]y$/.test(term)) return term.replace(/y$/, 'ies')
  return /(s|x|ch|sh)$/.test(term) ? term + 'es' : term + 's'
}
