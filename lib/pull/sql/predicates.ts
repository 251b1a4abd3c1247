import {
  always,
  and,
  ANY,
  anything,
  constant,
  createdAt,
  facet,
  FALSE,
  not,
  NULL,
  ofVolume,
  or,
  tagged,
  TRUE,
  type Filter,
  type Outcomes,
  type TimeTest
} from '../filter.js'
import { timeOf } from './time.js'
import { constantOf, nodeAt, nodesAt, textAt, textsAt, type Node } from './tree.js'

/** Tells which column of `records` a reference means, or nothing where it means another table's or none. */
export type Resolve = (names: string[]) => string | undefined

/**
 * The condition of a WHERE clause as far as the zone maps can judge it. What is not understood can have any outcome, so
 * that it leaves nothing out.
 */
export function filterOf(node: Node | undefined, resolve: Resolve): Filter {
  if (!node) return always
  const part = (of: Node | undefined) => (of ? filterOf(of, resolve) : anything)
  const children = nodesAt(node, 'children')
  switch (node.type) {
    case 'CONJUNCTION_AND':
      return and(...children.map(part))
    case 'CONJUNCTION_OR':
      return or(...children.map(part))
    case 'OPERATOR_NOT':
      return not(part(children[0]))
    case 'OPERATOR_IS_NULL':
      return isNull(children[0], resolve)
    case 'OPERATOR_IS_NOT_NULL':
      return not(isNull(children[0], resolve))
    case 'COMPARE_IN':
      return isIn(children, resolve)
    case 'COMPARE_NOT_IN':
      return not(isIn(children, resolve))
    case 'COMPARE_BETWEEN': {
      const [input, lower, upper] = ['input', 'lower', 'upper'].map((field) => nodeAt(node, field))
      const least = comparison('COMPARE_GREATERTHANOREQUALTO', input, lower, resolve)
      return and(least, comparison('COMPARE_LESSTHANOREQUALTO', input, upper, resolve))
    }
    case 'FUNCTION':
      return call(textAt(node, 'function_name').toLowerCase(), children, resolve)
    case 'VALUE_CONSTANT':
    case 'OPERATOR_CAST': {
      const value = truthOf(node)
      return value === undefined ? anything : constant(value)
    }
    default:
      return comparison(textAt(node, 'type'), nodeAt(node, 'left'), nodeAt(node, 'right'), resolve)
  }
}

/** The column that an expression is, where it is nothing but one. */
function columnOf(node: Node | undefined, resolve: Resolve): string | undefined {
  return node?.type === 'COLUMN_REF' ? resolve(textsAt(node, 'column_names')) : undefined
}

/** A test of a column that holds one text for each record. */
function testText(column: string | undefined, test: (value: string | null) => Outcomes): Filter {
  switch (column) {
    case 'topic':
    case 'language':
    case 'model':
    case 'provider':
    case 'license':
    case 'kind':
      return facet(column, test)
    case 'volume':
    case 'contributor':
      return ofVolume(column, test)
    default:
      return anything
  }
}

/** TRUE, FALSE and NULL as they are written: DuckDB makes `true` a cast of 't'. */
function truthOf(node: Node): Outcomes | undefined {
  if (node.type === 'VALUE_CONSTANT') {
    const value = constantOf(node)
    return value === null ? NULL : typeof value === 'boolean' ? truth(value) : undefined
  }
  const text = constantOf(nodeAt(node, 'child'))
  if (textAt(nodeAt(node, 'cast_type') ?? {}, 'id') !== 'BOOLEAN') return undefined
  return text === 't' ? TRUE : text === 'f' ? FALSE : undefined
}

const truth = (value: boolean): Outcomes => (value ? TRUE : FALSE)

function isNull(node: Node | undefined, resolve: Resolve): Filter {
  const column = columnOf(node, resolve)
  // A zone says nothing of how many of its records lack a time, unless none has one.
  if (column === 'created_at') return createdAt(() => FALSE, TRUE)
  return testText(column, (value) => truth(value === null))
}

function isIn([input, ...values]: Node[], resolve: Resolve): Filter {
  if (values.length === 0) return anything
  return or(...values.map((value) => comparison('COMPARE_EQUAL', input, value, resolve)))
}

const MIRRORED: { readonly [comparison: string]: string } = {
  COMPARE_LESSTHAN: 'COMPARE_GREATERTHAN',
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_LESSTHANOREQUALTO: 'COMPARE_GREATERTHANOREQUALTO',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO'
}

function comparison(type: string, left: Node | undefined, right: Node | undefined, resolve: Resolve): Filter {
  const column = columnOf(left, resolve)
  if (column === undefined) {
    // 'law' = topic
    if (columnOf(right, resolve) === undefined) return anything
    return comparison(MIRRORED[type] ?? type, right, left, resolve)
  }
  if (column === 'created_at') return compareTime(type, right)
  const value = constantOf(right)
  if (value === null) return compareNull(type, column)
  if (typeof value !== 'string') return anything
  const compare = COMPARISONS[type]
  if (compare) return testText(column, (own) => (own === null ? NULL : truth(compare(own, value))))
  if (type === 'COMPARE_DISTINCT_FROM') return testText(column, (own) => truth(own !== value))
  if (type === 'COMPARE_NOT_DISTINCT_FROM') return testText(column, (own) => truth(own === value))
  return anything
}

function compareNull(type: string, column: string): Filter {
  if (COMPARISONS[type]) return constant(NULL)
  if (type === 'COMPARE_DISTINCT_FROM') return testText(column, (own) => truth(own !== null))
  if (type === 'COMPARE_NOT_DISTINCT_FROM') return testText(column, (own) => truth(own === null))
  return anything
}

/** DuckDB orders text by its bytes in UTF-8. */
const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

const COMPARISONS: { readonly [type: string]: (own: string, value: string) => boolean } = {
  COMPARE_EQUAL: (own, value) => own === value,
  COMPARE_NOTEQUAL: (own, value) => own !== value,
  COMPARE_LESSTHAN: (own, value) => order(own, value) < 0,
  COMPARE_LESSTHANOREQUALTO: (own, value) => order(own, value) <= 0,
  COMPARE_GREATERTHAN: (own, value) => order(own, value) > 0,
  COMPARE_GREATERTHANOREQUALTO: (own, value) => order(own, value) >= 0
}

function compareTime(type: string, right: Node | undefined): Filter {
  const value = constantOf(right)
  if (value === null && type in COMPARISONS) return constant(NULL)
  const at = timeOf(right)
  const test = at === undefined ? undefined : TIMES[type]?.(at)
  // Whether records of the batch lack a time is not known: they may.
  return test ? createdAt(test, NULL) : anything
}

/** Times of a zone are rounded down; `to` has room for that. What is at a bound may go either way. */
const TIMES: { readonly [type: string]: (at: number) => TimeTest } = {
  COMPARE_EQUAL: (at) => (from, to) => FALSE | (from <= at + 1 && at <= to ? TRUE : 0),
  COMPARE_NOTEQUAL: (at) => (from, to) => TRUE | (from <= at + 1 && at <= to ? FALSE : 0),
  COMPARE_LESSTHAN: (at) => (from, to) => (from <= at + 1 ? TRUE : 0) | (to >= at ? FALSE : 0),
  COMPARE_LESSTHANOREQUALTO: (at) => (from, to) => (from <= at + 1 ? TRUE : 0) | (to >= at ? FALSE : 0),
  COMPARE_GREATERTHAN: (at) => (from, to) => (to >= at ? TRUE : 0) | (from <= at + 1 ? FALSE : 0),
  COMPARE_GREATERTHANOREQUALTO: (at) => (from, to) => (to >= at ? TRUE : 0) | (from <= at + 1 ? FALSE : 0)
}

type TextFunction = (own: string, pattern: string) => boolean | undefined

const TEXT_FUNCTIONS: { readonly [name: string]: TextFunction } = {
  '~~': like,
  '!~~': (own, pattern) => {
    const found = like(own, pattern)
    return found === undefined ? undefined : !found
  },
  starts_with: (own, prefix) => own.startsWith(prefix),
  prefix: (own, prefix) => own.startsWith(prefix),
  '^@': (own, prefix) => own.startsWith(prefix),
  ends_with: (own, suffix) => own.endsWith(suffix),
  suffix: (own, suffix) => own.endsWith(suffix),
  contains: (own, part) => own.includes(part)
}

const TAG_FUNCTIONS = new Set(['list_contains', 'array_contains', 'list_has', 'array_has', 'contains'])
const SOME_TAG = new Set(['list_has_any', 'array_has_any', '&&'])
const EVERY_TAG = new Set(['list_has_all', 'array_has_all', '@>'])

function call(name: string, args: Node[], resolve: Resolve): Filter {
  const [first, second] = args
  const column = columnOf(first, resolve)
  if (args.length !== 2 || column === undefined) return anything
  if (column === 'tags') return callOnTags(name, second)
  const test = TEXT_FUNCTIONS[name]
  const pattern = constantOf(second)
  if (!test || typeof pattern !== 'string') return anything
  return testText(column, (own) => {
    if (own === null) return NULL
    const found = test(own, pattern)
    return found === undefined ? ANY : truth(found)
  })
}

function callOnTags(name: string, argument: Node | undefined): Filter {
  const single = constantOf(argument)
  if (TAG_FUNCTIONS.has(name)) return typeof single === 'string' ? tagged([single], true) : anything
  if (!SOME_TAG.has(name) && !EVERY_TAG.has(name)) return anything
  const list = textAt(argument ?? {}, 'function_name') === 'list_value' || argument?.type === 'ARRAY_CONSTRUCTOR'
  const values = list ? nodesAt(argument ?? {}, 'children').map(constantOf) : []
  const texts = values.filter((value) => typeof value === 'string')
  if (texts.length === 0 || texts.length !== values.length) return anything
  return tagged(texts, EVERY_TAG.has(name))
}

/** LIKE without an escape character: % is any text, _ any one character. Undefined for a pattern that is too long. */
function like(own: string, pattern: string): boolean | undefined {
  if (pattern.length > 256 || pattern.includes('\\')) return undefined
  const wild = pattern.split('%').map((part) => [...part])
  const text = [...own]
  const fits = (part: string[], at: number) => part.every((char, i) => char === '_' || char === text[at + i])
  let at = 0
  for (const [i, part] of wild.entries()) {
    const last = i === wild.length - 1
    if (i === 0) {
      if (text.length < part.length || !fits(part, 0)) return false
      if (last) return text.length === part.length
      at = part.length
    } else if (last) {
      const end = text.length - part.length
      return end >= at && fits(part, end)
    } else {
      while (at + part.length <= text.length && !fits(part, at)) at++
      if (at + part.length > text.length) return false
      at += part.length
    }
  }
  return true
}
