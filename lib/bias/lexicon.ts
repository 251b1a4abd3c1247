import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { VdataError } from '../errors.js'

/** Limits of a lexicon file: it may come from anywhere. */
const MAX_BYTES = 8 * 1024 * 1024
const MAX_WORDS = 20_000
const MAX_GROUPS = 64

const term = z
  .string()
  .min(1)
  .max(80)
  .transform((text) => text.toLowerCase())
const terms = z.array(term).max(MAX_WORDS)
const name = z.string().regex(/^[\p{L}\p{N}_-]{1,40}$/u, 'names are up to 40 letters, digits, _ and -')

const group = z.union([
  terms.transform((words) => ({ words, modifiers: [] as string[] })),
  z.object({
    words: terms,
    /** Words that count only right before one of `persons` or a target word: "old" in "old man", not in "old car". */
    modifiers: terms.default([])
  })
])

const list = z.union([
  terms.transform((words) => ({ words, plurals: false })),
  z.object({
    words: terms,
    /** Whether the regular English plural counts too. */
    plurals: z.boolean().default(false)
  })
])

const lexiconSchema = z.object({
  format: z.literal('vdata/lexicon'),
  version: z.literal(1),
  name,
  /** BCP 47. */
  language: z.string().max(35),
  license: z.string().max(200),
  source: z.string().max(4000),
  /** Axis -> group -> the group's terms. */
  axes: z.record(name, z.object({ groups: z.record(name, group) })),
  persons: terms.default([]),
  /** Named lists of words whose association with the groups is measured: what people do … */
  targets: z.record(name, list).default({}),
  /** … and what is said of them. */
  attributes: z.record(name, list).default({}),
  /** Pronouns of the groups that `labour` compares. */
  pronouns: z.record(name, terms).default({}),
  /** Percentages of `group` among the people in an occupation of the target list `list`. */
  labour: z
    .object({
      list: name,
      group: name,
      license: z.string().max(200),
      source: z.string().max(4000),
      percent: z.record(term, z.number().min(0).max(100))
    })
    .optional(),
  /** Words that co-occurrence bias leaves out. */
  stopwords: terms.default([]),
  /** Valence from -4 to 4 of words, for languages other than English, which has its own list. */
  valences: z.record(term, z.number().min(-4).max(4)).optional()
})

/** Groups, target words and attribute words of one language; `docs` of the format are in the schema above. */
export type Lexicon = z.infer<typeof lexiconSchema>

/** Reads the text of a lexicon file. Throws a VdataError that says which part is wrong. */
export function parseLexicon(text: string, file = 'the lexicon'): Lexicon {
  const wrong = (why: string): VdataError =>
    new VdataError('usage', 'BAD_LEXICON', `${file} is not a lexicon: ${why}.`, 'See docs/bias.md for the format.')
  if (Buffer.byteLength(text) > MAX_BYTES) throw wrong('it is larger than 8 MiB')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw wrong('it is not JSON')
  }
  const parsed = lexiconSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw wrong(`${issue.path.join('.') || 'the file'}: ${issue.message}`)
  }
  const problem = contradiction(parsed.data)
  if (problem !== undefined) throw wrong(problem)
  return parsed.data
}

function contradiction(lexicon: Lexicon): string | undefined {
  const groups = Object.values(lexicon.axes).flatMap((axis) => Object.keys(axis.groups))
  if (groups.length === 0) return 'it names no group'
  if (groups.length > MAX_GROUPS) return `it has more than ${MAX_GROUPS} groups`
  for (const [axis, { groups: members }] of Object.entries(lexicon.axes)) {
    if (Object.keys(members).length < 2) return `axis ${axis} has fewer than two groups`
    const seen = new Map<string, string>()
    for (const [member, { words, modifiers }] of Object.entries(members)) {
      if (words.length + modifiers.length === 0) return `group ${member} has no words`
      for (const word of [...words, ...modifiers]) {
        if (seen.has(word) && seen.get(word) !== member) {
          return `"${word}" is in two groups of ${axis}`
        }
        seen.set(word, member)
      }
    }
  }
  const { labour } = lexicon
  if (labour === undefined) return undefined
  if (lexicon.targets[labour.list] === undefined) return `labour.list names no target list`
  if (lexicon.pronouns[labour.group] === undefined) return `there are no pronouns of labour.group`
  return undefined
}

let english: Lexicon | undefined

/** The package's English lexicon. */
export function englishLexicon(): Lexicon {
  english ??= parseLexicon(readFileSync(new URL('./data/en.json', import.meta.url), 'utf8'), 'data/en.json')
  return english
}
