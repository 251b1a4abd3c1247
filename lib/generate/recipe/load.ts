import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf, messageOf, VdataError } from '../../errors.js'
import { augmentSchema, checkAugment, isAugment, type AugmentRecipe } from './augment.js'
import { checkRecipe, reporter } from './check.js'
import { describe, problemsOf, type Problem } from './problems.js'
import { canonical } from '../../record/canonical.js'
import { digest } from './random.js'
import { PROVIDERS, recipeSchema, RUN_KEYS, type Recipe } from './schema.js'

const MAX_BYTES = 16 * 1024 * 1024
const SHOWN = 12

export interface LoadedRecipe<R = Recipe> {
  recipe: R
  /** SHA-256 of the parts that say what is asked for: it stays the same when only count, pace or money change. */
  hash: string
  /** Where relative paths in it start. */
  directory: string
}

/** A recipe of any provider. */
export type AnyRecipe = LoadedRecipe | LoadedRecipe<AugmentRecipe>

export function isAugmenting(loaded: AnyRecipe): loaded is LoadedRecipe<AugmentRecipe> {
  return isAugment(loaded.recipe)
}

/** A recipe that can't be used, with each thing that is wrong with it. */
export class RecipeError extends VdataError {
  readonly problems: readonly Problem[]

  constructor(name: string, problems: readonly Problem[]) {
    const lines = problems.slice(0, SHOWN).map(sentence)
    if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`)
    super(
      'usage',
      'RECIPE_INVALID',
      lines.length === 1 ? `${name}: ${lines[0]}` : `${name} has ${problems.length} problems:\n  ${lines.join('\n  ')}`,
      'Correct the recipe; `vdata gen --check` looks at it without generating anything.'
    )
    this.problems = problems
  }
}

function sentence({ path, found, expected }: Problem): string {
  return `${path === '' ? 'the recipe' : path}: found ${found}, expected ${expected}`
}

/**
 * Reads a recipe's file and checks it. `changes` go over what the file says (a flag over a key).
 * Throws a RecipeError that names every problem with its path into the JSON.
 */
export async function loadRecipe(file: string, changes: { [key: string]: unknown } = {}): Promise<AnyRecipe> {
  return parseRecipe(await readBounded(file), { name: file, directory: dirname(resolve(file)), changes })
}

/** As loadRecipe, from text. */
export function parseRecipe(
  source: string,
  options: { name?: string; directory?: string; changes?: { [key: string]: unknown } } = {}
): AnyRecipe {
  const name = options.name ?? 'the recipe'
  const json = withoutComments(parseJson(source, name))
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new RecipeError(name, [{ path: '', found: 'JSON that is no object', expected: 'an object: { "prompt": … }' }])
  }
  const input = { ...json, ...options.changes }
  const recipe = checked(input, name)
  const content = Object.entries(recipe).filter(([key]) => !RUN_KEYS.has(key))
  const hash = digest('vdata/recipe/1', canonical(Object.fromEntries(content)))
  const directory = options.directory ?? '.'
  return isAugment(recipe) ? { recipe, hash, directory } : { recipe, hash, directory }
}

function checked(input: { provider?: unknown }, name: string): Recipe | AugmentRecipe {
  const { provider = 'template' } = input
  const known: readonly unknown[] = [...PROVIDERS, 'augment']
  if (!known.includes(provider)) {
    const expected = `one of ${known.map((one) => JSON.stringify(one)).join(', ')}`
    throw new RecipeError(name, [{ path: 'provider', found: describe(provider), expected }])
  }
  const schema = provider === 'augment' ? augmentSchema : recipeSchema
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw new RecipeError(name, problemsOf(parsed.error, input, Object.keys(schema.shape)))
  const problems: Problem[] = []
  if (isAugment(parsed.data)) checkAugment(parsed.data, reporter(problems))
  else problems.push(...checkRecipe(parsed.data))
  if (problems.length > 0) throw new RecipeError(name, problems)
  return parsed.data
}

async function readBounded(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const { size } = await handle.stat()
    if (size > MAX_BYTES) {
      throw new VdataError(
        'usage',
        'RECIPE_TOO_LARGE',
        `${file} has ${size} bytes.`,
        'A recipe has at most 16 MiB; put long lists into data files.'
      )
    }
    return await handle.readFile('utf8')
  } catch (error) {
    if (error instanceof VdataError) throw error
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `could not be read: ${messageOf(error)}`
    throw new VdataError(
      'usage',
      'RECIPE_UNREADABLE',
      `The recipe ${file} ${why}.`,
      'Write one with `vdata gen --init recipe.json`.'
    )
  }
}

function parseJson(source: string, name: string): unknown {
  try {
    return JSON.parse(source.replace(/^\uFEFF/, ''))
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(messageOf(error))?.[1] ?? source.length)
    const before = source.slice(0, offset).split('\n')
    const where = `line ${before.length}, column ${before.at(-1)!.length + 1}`
    throw new RecipeError(name, [{ path: '', found: `something that is not JSON at ${where}`, expected: 'JSON' }])
  }
}

/** A key that begins with // is a comment: JSON has no other way to write one. The user's own JSON Schema is left alone. */
function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('//'))
      .map(([key, child]) => [key, key === 'schema' || key === 'options' ? child : withoutComments(child)])
  )
}
