import { messageOf } from '../../errors.js'
import { builtIn, memberFor, membersOf, GROUPS, type Member } from '../balance/members.js'
import { whyNotSwappable } from '../balance/swap.js'
import { schemaProblem } from '../keep/answer-schema.js'
import { templatesOf } from './compiled.js'
import { describe, pathText, type Path, type Problem } from './problems.js'
import type { Recipe } from './schema.js'
import { compile } from './templates.js'

/** What a request says by itself: an option that says otherwise would make estimates and budgets wrong. */
const OWN_OPTIONS = [
  'model',
  'messages',
  'contents',
  'max_tokens',
  'max_completion_tokens',
  'maxOutputTokens',
  'n',
  'candidateCount',
  'stream'
]

/** Names that a template already has for something else. */
const RESERVED = ['row', 'topic', 'topic_path', 'persona', 'instruction', 'answer', 'conversation']

export type Report = (path: Path, found: string, expected: string) => void

/** What a schema can't say: which keys go together, whether templates can be read, whether members can be exchanged. */
export function checkRecipe(recipe: Recipe): Problem[] {
  const problems: Problem[] = []
  const report = reporter(problems)
  if (recipe.provider === 'template') checkEmbedded(recipe, report)
  else checkModel(recipe, report)
  checkShape(recipe, report)
  checkVariables(recipe, report)
  checkBalance(recipe, report)
  for (const [path, source] of templatesOf(recipe)) {
    try {
      compile(source)
    } catch (error) {
      report(path, `a template that can't be read (${messageOf(error)})`, 'Liquid: {{name}}, {% if name %}…{% endif %}')
    }
  }
  return problems
}

export function reporter(problems: Problem[]): Report {
  return (path, found, expected) => problems.push({ path: pathText(path), found, expected })
}

function checkEmbedded(recipe: Recipe, report: Report): void {
  const needs = 'a model (provider openai or gemini); the template provider has none'
  const onlyModels = [
    'model',
    'base_url',
    'examples',
    'verbalized',
    'evolve',
    'judge',
    'schema',
    'fields',
    'follow_up'
  ] as const
  for (const key of onlyModels) if (recipe[key] !== undefined) report([key], describe(recipe[key]), needs)
  if (recipe.batch) report(['batch'], 'true', needs)
  if (recipe.turns > 1) report(['turns'], describe(recipe.turns), needs)
  if (recipe.samples > 1) report(['samples'], describe(recipe.samples), `1: ${needs}`)
  if (recipe.topics && !Array.isArray(recipe.topics)) report(['topics'], 'topics that a model builds', needs)

  const needed = (key: 'response' | 'chosen', why: string) => {
    if (recipe[key] === undefined) report([key], 'nothing', `a template, since ${why}`)
  }
  if (recipe.kind === 'preference') {
    needed('chosen', 'the kind is preference and no model writes it')
    if (typeof recipe.rejected !== 'string') {
      report(['rejected'], describe(recipe.rejected), 'a template, since the kind is preference and no model writes it')
    }
  } else if (recipe.kind === 'instruction' || (recipe.kind === 'chat' && !recipe.messages)) {
    needed('response', 'no model writes it')
  }
}

function checkModel(recipe: Recipe, report: Report): void {
  if (recipe.model === undefined) report(['model'], 'nothing', `the name of a model that ${recipe.provider} offers`)
  for (const key of ['response', 'chosen', 'messages'] as const) {
    if (recipe[key] !== undefined) report([key], describe(recipe[key]), 'nothing here: the model writes it')
  }
  if (typeof recipe.rejected === 'string') {
    report(
      ['rejected'],
      describe(recipe.rejected),
      'an object that says how the worse answer is asked for: { "system": … }'
    )
  }
  if (recipe.kind === 'preference' && !recipe.rejected && !recipe.judge) {
    report(['rejected'], 'nothing', 'how the worse answer is asked for, or a judge that tells two answers apart')
  }
  for (const key of OWN_OPTIONS) {
    if (Object.hasOwn(recipe.options ?? {}, key)) {
      report(
        ['options', key],
        describe(recipe.options![key]),
        key.startsWith('max') ? 'max_tokens beside options' : 'nothing here'
      )
    }
  }
  const url = recipe.base_url === undefined ? undefined : new URL(recipe.base_url)
  if (url && (url.username !== '' || url.password !== '' || url.search !== '')) {
    // The recipe is published with the records.
    report(
      ['base_url'],
      'an address with credentials or a query',
      'the address alone; a key belongs into the environment'
    )
  }
  if (recipe.batch && recipe.provider !== 'openai') {
    report(['batch'], 'true', 'provider openai: the Gemini client in use has no batches')
  }
}

function checkShape(recipe: Recipe, report: Report): void {
  const only = (key: 'messages' | 'follow_up' | 'rejected' | 'chosen', kind: Recipe['kind']) => {
    if (recipe[key] !== undefined && recipe.kind !== kind)
      report([key], describe(recipe[key]), `this key only with kind ${kind}`)
  }
  only('messages', 'chat')
  only('follow_up', 'chat')
  only('rejected', 'preference')
  only('chosen', 'preference')
  if (recipe.turns > 1 && recipe.kind !== 'chat') report(['turns'], describe(recipe.turns), '1, or kind chat')
  const last = recipe.messages?.at(-1)
  if (last && last.role !== 'assistant') {
    report(
      ['messages', recipe.messages!.length - 1, 'role'],
      describe(last.role),
      '"assistant": a conversation ends with an answer'
    )
  }
  if (recipe.verbalized && recipe.schema)
    report(['schema'], 'an object', 'nothing: verbalised sampling has its own schema')
  if (recipe.verbalized && recipe.kind !== 'instruction' && recipe.kind !== 'text') {
    report(['verbalized'], 'an object', 'kind instruction or text')
  }
  if (recipe.verbalized && recipe.verbalized.keep > recipe.verbalized.answers) {
    report(['verbalized', 'keep'], describe(recipe.verbalized.keep), `at most the ${recipe.verbalized.answers} answers`)
  }
  if (recipe.fields && !recipe.schema) report(['fields'], 'an object', 'a schema beside it, whose properties it names')
  if (recipe.schema) {
    const wrong = schemaProblem(recipe.schema)
    if (wrong) report(['schema'], `a schema that can't be used (${wrong})`, 'a JSON Schema')
  }
  checkFacets(recipe, report)
  const { min_words: least, max_words: most } = recipe.keep
  if (most !== undefined && least > most) report(['keep', 'min_words'], describe(least), `at most max_words, ${most}`)
  if (recipe.backoff.first > recipe.backoff.longest) {
    report(['backoff', 'first'], describe(recipe.backoff.first), `at most longest, ${recipe.backoff.longest}`)
  }
  if (recipe.budget !== undefined && recipe.budget_warn !== undefined && recipe.budget_warn > recipe.budget) {
    report(['budget_warn'], describe(recipe.budget_warn), `at most the budget, ${recipe.budget}`)
  }
  if (recipe.judge && recipe.judge.threshold > recipe.judge.scale) {
    report(['judge', 'threshold'], describe(recipe.judge.threshold), `at most the scale, ${recipe.judge.scale}`)
  }
}

/** The language and the licence of a recipe's records. */
export function checkFacets(recipe: { language?: string; license?: string }, report: Report): void {
  if (recipe.language !== undefined && !isLanguage(recipe.language)) {
    report(['language'], describe(recipe.language), 'a BCP 47 language tag such as "en" or "pt-BR"')
  }
  if (recipe.license !== undefined && !/^[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*$/.test(recipe.license)) {
    report(['license'], describe(recipe.license), 'an SPDX identifier such as "CC0-1.0"')
  }
}

function checkVariables(recipe: Recipe, report: Report): void {
  for (const [name, values] of Object.entries(recipe.variables)) {
    if (RESERVED.includes(name))
      report(['variables', name], 'a name that templates have for something else', 'another name')
    const seen = new Set<string>()
    for (const [index, value] of values.entries()) {
      const text = JSON.stringify(value)
      if (seen.has(text)) report(['variables', name, index], `${describe(value)} a second time`, 'each value once')
      seen.add(text)
    }
  }
}

function checkBalance(recipe: Recipe, report: Report): void {
  for (const [index, name] of (recipe.balance ?? []).entries()) {
    const path = ['balance', index]
    if (recipe.balance!.indexOf(name) !== index) report(path, `${describe(name)} a second time`, 'each variable once')
    const values = Object.hasOwn(recipe.variables, name) ? recipe.variables[name]! : membersOf(name)
    if (!values) {
      report(path, describe(name), `a variable of this recipe or one of ${GROUPS.join(', ')}`)
      continue
    }
    if (values.length < 2) report(['variables', name], 'one member', 'at least two members to balance')
    const bad = values.findIndex(
      (value) => typeof value !== 'string' && (typeof value !== 'object' || Array.isArray(value))
    )
    if (bad !== -1) {
      report(['variables', name, bad], describe(values[bad]), 'a text or an object with the forms of a member')
    } else if (recipe.provider !== 'template' && recipe.balance_mode === 'swap') {
      const why = whyNotSwappable(values.map((value) => toMember(value as string | Member)))
      if (why)
        report(path, `members that can't be exchanged in a text (${why})`, 'other members, or "balance_mode": "ask"')
    }
  }
}

/** The forms of a variable's value. */
export function toMember(value: string | Member): Member {
  return typeof value === 'string' ? memberFor(value) : { ...builtIn(value.subject ?? ''), ...value }
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
