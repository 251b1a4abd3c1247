import { builtIn, membersOf, type Member } from '../balance/members.js'
import { toMember } from './check.js'
import { RecipeError } from './load.js'
import { canonical } from '../../record/canonical.js'
import { readRows, type Row } from './rows.js'
import type { Recipe } from './schema.js'
import { MemberDrop, type Scope } from './templates.js'
import type { Leaf } from './topics.js'

/** One thing over which a recipe's prompts vary. */
export interface Dimension {
  /** The variables that it sets. */
  names: string[]
  size: number
  /** What a template sees when it takes its value `index`. */
  scope(index: number): Scope
  /** That value as text: what the random draws of a request are keyed by. */
  identity(index: number): string
}

/** One way to fill the balanced variables: a member for each. */
export interface Variant {
  members: { [variable: string]: Member }
  scope: Scope
  /** `person=she`, for people and for counting. */
  label: string
}

/** The dimensions of a recipe but for its topics (a model may have to build those) and its balanced variables. */
export async function dimensionsOf(recipe: Recipe, directory: string): Promise<Dimension[]> {
  const dimensions: Dimension[] = []
  for (const [name, values] of Object.entries(recipe.variables)) {
    if (!recipe.balance?.includes(name)) dimensions.push(valuesDimension(name, values))
  }
  const sources = recipe.data === undefined ? [] : Array.isArray(recipe.data) ? recipe.data : [recipe.data]
  for (const source of sources) dimensions.push(rowsDimension(await readRows(source, directory)))
  if (recipe.personas) {
    const personas = Array.isArray(recipe.personas)
      ? recipe.personas
      : (await readRows(recipe.personas, directory)).map(personaOf)
    dimensions.push(valuesDimension('persona', personas))
  }
  const seen = new Set<string>(recipe.balance)
  for (const name of dimensions.flatMap(({ names }) => names)) {
    if (seen.has(name) && name !== 'row') {
      throw new RecipeError('The recipe', [
        { path: 'data', found: `the column ${name}, which is also a variable`, expected: 'names that differ' }
      ])
    }
    seen.add(name)
  }
  return dimensions
}

/** The topics as a dimension: {{topic}} is the leaf's name, {{topic_path}} the way to it. */
export function topicsDimension(leaves: readonly Leaf[]): Dimension {
  return {
    names: ['topic', 'topic_path'],
    size: leaves.length,
    scope: (index) => ({ topic: leaves[index]!.at(-1), topic_path: leaves[index]!.join(' > ') }),
    identity: (index) => canonical(leaves[index])
  }
}

/** Every combination of members of the balanced variables; one empty variant where nothing is balanced. */
export function variantsOf(recipe: Recipe): Variant[] {
  let variants: Variant[] = [{ members: {}, scope: {}, label: '' }]
  for (const name of recipe.balance ?? []) {
    const values = Object.hasOwn(recipe.variables, name) ? recipe.variables[name]! : membersOf(name)!
    variants = variants.flatMap((variant) =>
      values.map((value) => {
        const member = toMember(value as string | Member)
        return {
          members: { ...variant.members, [name]: member },
          scope: { ...variant.scope, [name]: new MemberDrop(member) },
          label: `${variant.label}${variant.label === '' ? '' : ', '}${name}=${member.subject}`
        }
      })
    )
  }
  return variants
}

function valuesDimension(name: string, values: readonly unknown[]): Dimension {
  const shown = values.map((value) => {
    if (typeof value === 'string') return builtIn(value) ? new MemberDrop(builtIn(value)!) : value
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return new MemberDrop(toMember(value as Member))
    return value
  })
  return {
    names: [name],
    size: values.length,
    scope: (index) => ({ [name]: shown[index] }),
    identity: (index) => `${name}=${canonical(values[index])}`
  }
}

function rowsDimension(rows: readonly Row[]): Dimension {
  // A column "first name" is {{first_name}}, and {{ row["first name"] }} too.
  const names = Object.keys(rows[0]!).map(
    (column) => [column.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_'), column] as const
  )
  return {
    names: ['row', ...names.map(([name]) => name)],
    size: rows.length,
    scope: (index) => {
      const row = rows[index]!
      return { row, ...Object.fromEntries(names.map(([name, column]) => [name, row[column] ?? ''])) }
    },
    identity: (index) => canonical(rows[index])
  }
}

function personaOf(row: Row): string {
  const value = row['persona'] ?? row['input persona'] ?? Object.values(row)[0]
  return typeof value === 'string' ? value : canonical(value)
}
