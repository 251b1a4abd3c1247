import { Drop, Liquid, LiquidError } from 'liquidjs'
import { FORMS, type Member } from '../balance/members.js'

/** What a template sees: strings, numbers, lists, rows and members. */
export type Scope = { [name: string]: unknown }

export interface Template {
  readonly source: string
  /** The variables that it uses, each as its path: ['person', 'object']. */
  readonly uses: string[][]
  /** Throws a TemplateError when a variable is missing or a limit is passed. */
  render(scope: Scope): string
}

export class TemplateError extends Error {}

// Whatever could read a file, tell the time, or give something else on the next call.
const NO_TAGS = ['include', 'render', 'layout', 'block']
const NO_FILTERS = /^(?:date.*|sample|sort_natural|hmac_sha256|inspect)$/

const engine = makeEngine()

/** Parses a template. Throws a TemplateError that says what is wrong and where. */
export function compile(source: string): Template {
  const parsed = guarded(() => engine.parse(source))
  const uses = guarded(() => engine.globalVariableSegmentsSync(parsed)).map((path) => path.map(String))
  return {
    source,
    uses,
    render: (scope) => guarded(() => String(engine.renderSync(parsed, scope)))
  }
}

/** A member of a group, for templates: `{{ person }}` is its subject form, `{{ person.object }}` and so on the others. */
export class MemberDrop extends Drop {
  readonly #member: Member

  constructor(member: Member) {
    super()
    this.#member = member
  }

  override valueOf(): string {
    return this.#member.subject ?? ''
  }

  override toString(): string {
    return this.valueOf()
  }

  override liquidMethodMissing(key: string | number): string | undefined {
    return Object.hasOwn(this.#member, key) ? this.#member[key as keyof Member] : undefined
  }
}

/** The forms that a member can be asked for, for sentences to people. */
export const formNames = FORMS.join(', ')

function makeEngine(): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    relativeReference: false,
    dynamicPartials: false,
    templates: {},
    parseLimit: 1024 * 1024,
    renderLimit: 2000,
    memoryLimit: 16 * 1024 * 1024,
    locale: 'en-US',
    timezoneOffset: 0
  })
  for (const tag of NO_TAGS) delete liquid.tags[tag]
  for (const filter of Object.keys(liquid.filters)) if (NO_FILTERS.test(filter)) delete liquid.filters[filter]
  liquid.registerFilter('a', (value: unknown) => `${article(String(value))} ${String(value)}`)
  return liquid
}

/** The indefinite article that goes before a word, by its first letter and the usual exceptions. */
export function article(word: string): 'a' | 'an' {
  if (/^(?:hono(?:u?r|r)|hour|heir)/i.test(word)) return 'an'
  if (/^(?:uni(?!n|m)|use|usu|eu|one\b|once\b|uk|ut[ei])/i.test(word)) return 'a'
  return /^[aeiou]/i.test(word) ? 'an' : 'a'
}

function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    // Liquid appends the source line to the stack only; its message has line and column.
    if (LiquidError.is(error) || error instanceof Error) throw new TemplateError(error.message, { cause: error })
    throw error
  }
}
