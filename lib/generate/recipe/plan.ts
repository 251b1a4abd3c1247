import { compileRecipe, templatesOf, type Templates } from './compiled.js'
import { topicsDimension, variantsOf, type Dimension, type Variant } from './dimensions.js'
import { dimensionsOf } from './dimensions.js'
import { RecipeError, type LoadedRecipe } from './load.js'
import { pathText, type Problem } from './problems.js'
import { digest, draw, permutation, PERMUTATION_LIMIT } from './random.js'
import { readRows, type Row } from './rows.js'
import type { Parameter, Recipe } from './schema.js'
import { compile, type Scope } from './templates.js'
import { leavesOf, type Leaf } from './topics.js'

const DEFAULT_COUNT = 1000

/** One prompt that is to be answered, in each variant of the balanced variables. */
export interface Item {
  index: number
  /** Which answer to this prompt it is: 0 for the first. */
  sample: number
  /** Stands for the values that it combines; every random draw for the item is keyed by it. */
  key: string
  scope: Scope
}

/** What a recipe asks for, in order. */
export interface Plan {
  recipe: Recipe
  hash: string
  templates: Templates
  variants: Variant[]
  examples: { prompt: string; response: string }[]
  /** How many different combinations of values there are (of balanced variables, one for all members). */
  combinations: number
  /** How many items are run through: records aimed at, divided by what an item gives. */
  items: number
  /** What people should know about the plan before it is run. */
  notes: string[]
  list(): Generator<Item>
}

export interface Sources {
  dimensions: Dimension[]
  examples: { prompt: string; response: string }[]
}

/** Reads the files that a recipe names. */
export async function readSources({ recipe, directory }: LoadedRecipe): Promise<Sources> {
  const pool = recipe.examples?.pool
  const examples =
    pool === undefined ? [] : Array.isArray(pool) ? pool : (await readRows(pool, directory)).map(exampleOf)
  return { dimensions: await dimensionsOf(recipe, directory), examples }
}

/** Makes the plan. `leaves` are the topics where a model built them. Throws a RecipeError for an unknown variable. */
export function makePlan({ recipe, hash }: LoadedRecipe, sources: Sources, leaves?: readonly Leaf[]): Plan {
  const given = Array.isArray(recipe.topics) ? leavesOf(recipe.topics) : leaves
  const all = given ? [...sources.dimensions, topicsDimension(given)] : sources.dimensions
  const variants = variantsOf(recipe)
  const templates = compileRecipe(recipe)
  const used = checkNames(recipe, all, variants)
  // Combinations that differ only in what no template names would be the same request again and again.
  const dimensions = all.filter(({ names }) => names.includes('topic') || names.some((name) => used.has(name)))
  const combinations = dimensions.reduce((product, { size }) => product * size, 1)
  const notes = all
    .filter((dimension) => !dimensions.includes(dimension))
    .map(({ names }) => `No template names ${names.filter((name) => name !== 'row').join(', ')}; it changes nothing.`)
  const items = countItems(recipe, combinations, variants.length, notes)
  return {
    recipe,
    hash,
    templates,
    variants,
    examples: sources.examples,
    combinations,
    items,
    notes,
    list: () => listItems(recipe, dimensions, combinations, items)
  }
}

function countItems(recipe: Recipe, combinations: number, variants: number, notes: string[]): number {
  const gives = variants * (recipe.verbalized?.keep ?? 1)
  const distinct = combinations * recipe.samples
  const wanted = recipe.count ?? Math.min(DEFAULT_COUNT, distinct * gives)
  const items = Math.floor(wanted / gives)
  if (items === 0) {
    throw new RecipeError('The recipe', [
      {
        path: 'count',
        found: `the number ${wanted}`,
        expected: `at least ${gives}, so that each member of ${recipe.balance?.join(', ') ?? 'an answer'} gets one`
      }
    ])
  }
  if (items * gives < wanted)
    notes.push(`${items * gives} records instead of ${wanted}, so that every member gets the same number.`)
  if (recipe.provider !== 'template' || items <= combinations) return items
  notes.push(
    `The variables have ${combinations} combinations, so there are ${combinations * gives} records and not ${wanted}.`
  )
  return combinations
}

function* listItems(
  recipe: Recipe,
  dimensions: readonly Dimension[],
  combinations: number,
  items: number
): Generator<Item> {
  const { samples, seed } = recipe
  const shuffled = combinations <= PERMUTATION_LIMIT ? permutation(combinations, `${seed}`) : undefined
  for (let index = 0; index < items; index++) {
    const turn = Math.floor(index / samples)
    const combination = turn % combinations
    const chosen = shuffled
      ? unpack(shuffled(combination), dimensions)
      : dimensions.map(({ size }, place) => Math.floor(draw('value', seed, turn, place) * size))
    yield {
      index,
      sample: (index % samples) + samples * Math.floor(turn / combinations),
      key: digest(...chosen.map((value, place) => dimensions[place]!.identity(value))),
      scope: Object.assign({}, ...chosen.map((value, place) => dimensions[place]!.scope(value))) as Scope
    }
  }
}

/** A number as digits, one for each dimension. */
function unpack(combination: number, dimensions: readonly Dimension[]): number[] {
  let rest = combination
  return dimensions.map(({ size }) => {
    const digit = rest % size
    rest = Math.floor(rest / size)
    return digit
  })
}

/** What a parameter is for one request: the same on every machine. */
export function drawParameter(
  parameter: Parameter | undefined,
  bounds: [number, number],
  ...key: (string | number)[]
): number | undefined {
  if (parameter === undefined || typeof parameter === 'number') return parameter
  if ('choices' in parameter) return parameter.choices[Math.floor(draw(...key) * parameter.choices.length)]
  if ('min' in parameter) return rounded(parameter.min + draw(...key) * (parameter.max - parameter.min))
  // Box and Muller.
  const normal = Math.sqrt(-2 * Math.log(1 - draw(...key, 'radius'))) * Math.cos(2 * Math.PI * draw(...key, 'angle'))
  return rounded(Math.min(bounds[1], Math.max(bounds[0], parameter.mean + normal * parameter.deviation)))
}

/** Math.log and Math.cos may differ in the last digit from machine to machine; three digits don't. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** Which names the templates use; throws for one that nothing sets. */
function checkNames(recipe: Recipe, dimensions: readonly Dimension[], variants: readonly Variant[]): Set<string> {
  const balanced = Object.keys(variants[0]!.scope)
  const known = [...dimensions.flatMap(({ names }) => names), ...balanced]
  const used = new Set<string>()
  const problems: Problem[] = []
  for (const [path, source] of templatesOf(recipe)) {
    const own = ownNames(String(path[0]))
    for (const name of new Set(compile(source).uses.map(([first]) => first!))) {
      used.add(name)
      if (known.includes(name) || own.includes(name)) continue
      const names = [...known, ...own].filter((one) => one !== 'row')
      problems.push({
        path: pathText(path),
        found: `the variable ${name}, which nothing sets`,
        expected: names.length === 0 ? 'no variables, or some in "variables"' : `one of ${names.join(', ')}`
      })
    }
  }
  for (const [index, name] of (recipe.balance ?? []).entries()) {
    if (!used.has(name))
      problems.push({
        path: `balance[${index}]`,
        found: `${name}, which no template names`,
        expected: `{{${name}}} in the prompt`
      })
  }
  if (problems.length > 0) throw new RecipeError('The recipe', problems)
  return used
}

/** What only templates under this key of a recipe can name. */
function ownNames(key: string): string[] {
  if (key === 'evolve') return ['instruction']
  if (key === 'judge') return ['prompt', 'answer']
  return key === 'follow_up' ? ['conversation'] : []
}

function exampleOf(row: Row): { prompt: string; response: string } {
  const prompt = row['prompt'] ?? row['instruction'] ?? row['question']
  const response = row['response'] ?? row['output'] ?? row['answer']
  if (typeof prompt !== 'string' || typeof response !== 'string') {
    throw new RecipeError('The recipe', [
      {
        path: 'examples.pool',
        found: `rows with ${Object.keys(row).join(', ')}`,
        expected: 'the columns prompt and response'
      }
    ])
  }
  return { prompt, response }
}
