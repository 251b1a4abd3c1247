import type { z } from 'zod'

/** One thing that is wrong with a recipe. */
export interface Problem {
  /** The path into the JSON: `variables.person[1]`; empty for the whole. */
  path: string
  found: string
  expected: string
}

export type Path = readonly PropertyKey[]

/** `['variables', 'person', 1]` as people write it: `variables.person[1]`. */
export function pathText(path: Path): string {
  let written = ''
  for (const key of path) {
    if (typeof key === 'number') written += `[${key}]`
    else if (/^[\w$]+$/.test(String(key))) written += (written === '' ? '' : '.') + String(key)
    else written += `[${JSON.stringify(String(key))}]`
  }
  return written
}

/** What was found, short enough for a sentence: `the number 3`, `the text "abc…"`. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  const json = JSON.stringify(value)
  const short = json.length > 60 ? `${json.slice(0, 57)}…"` : json
  return `${typeof value === 'string' ? 'the text' : typeof value === 'number' ? 'the number' : 'the value'} ${short}`
}

/** zod's issues in the words of a recipe. `input` is what was validated, `known` the keys that it may have. */
export function problemsOf(error: z.ZodError, input: unknown, known: readonly string[]): Problem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, input, known))
}

function fromIssue(issue: z.core.$ZodIssue, input: unknown, known: readonly string[]): Problem[] {
  const path = pathText(issue.path)
  const found = describe(at(input, issue.path))
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: pathText([...issue.path, key]),
        found: 'a key that a recipe does not have',
        expected: suggestion(key, issue.path.length === 0 ? known : []) ?? 'no such key'
      }))
    case 'invalid_type':
      return [{ path, found, expected: TYPES[issue.expected] ?? issue.expected }]
    case 'invalid_value':
      return [{ path, found, expected: `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}` }]
    case 'too_small':
      return [
        {
          path,
          found,
          expected: bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
        }
      ]
    case 'too_big':
      return [
        {
          path,
          found,
          expected: bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
        }
      ]
    case 'invalid_union':
      return [fromUnion(issue, input, known)]
    case 'invalid_key':
      return [
        { path, found: describe(issue.path.at(-1)), expected: issue.issues.map(({ message }) => message).join('; ') }
      ]
    case 'invalid_format':
      return [
        {
          path,
          found,
          expected: issue.format === 'url' ? 'an address that begins with http:// or https://' : issue.message
        }
      ]
    default:
      return [{ path, found, expected: issue.message }]
  }
}

/** Of a union's alternatives the one that came furthest is what was meant; several that fail at once are all named. */
function fromUnion(
  issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>,
  input: unknown,
  known: readonly string[]
): Problem {
  const nested = issue.errors.map((issues) =>
    issues.flatMap((inner) =>
      fromIssue({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, input, known)
    )
  )
  const own = pathText(issue.path)
  const deeper = nested.find((problems) => problems.length > 0 && problems.every(({ path }) => path !== own))
  if (deeper?.[0]) return deeper[0]
  const found = describe(at(input, issue.path))
  const expected = [...new Set(nested.flat().map((problem) => problem.expected))]
  return { path: own, found, expected: expected.join(', or ') }
}

function at(input: unknown, path: Path): unknown {
  let value = input
  for (const key of path)
    value = value === null || typeof value !== 'object' ? undefined : (value as Record<PropertyKey, unknown>)[key]
  return value
}

const TYPES: { [type: string]: string } = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object'
}

function bound(origin: string, word: string, limit: number | bigint): string {
  if (origin === 'string')
    return limit === 1n || limit === 1 ? 'a text that is not empty' : `a text of ${word} ${limit} characters`
  if (origin === 'array')
    return limit === 1n || limit === 1 ? 'a list with something in it' : `a list of ${word} ${limit}`
  return `a number of ${word} ${limit}`
}

function suggestion(key: string, known: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '')
  const near =
    known.find((name) => plain(name) === plain(key)) ?? known.find((name) => distance(plain(name), plain(key)) <= 2)
  return near === undefined ? undefined : `${near}, perhaps`
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}
