import { anything, mayHold, type Filter } from '../filter.js'
import { TRUE, FALSE } from '../filter.js'
import { TABLE_COLUMNS } from './columns.js'
import { filterOf, type Resolve } from './predicates.js'
import { constantOf, hasField, nodeAt, nodesAt, textAt, textsAt, walk, type Node } from './tree.js'

/** What a statement needs of a dataset. */
export interface Analysis {
  /** The columns of `records` that it reads. */
  columns: Set<string>
  /** Whether it reads `records` at all. */
  scans: boolean
  /** TRUE is possible for a batch where any part of the statement may read one of its records. */
  filter: Filter
  /** So many rows end it, where they can be found in order, one batch after the other. */
  stopsAt: number | undefined
  /** Whether the rows come in an order that does not depend on how the work was divided. */
  inOrder: boolean
  /** Names of all functions that are called, lower case. */
  functions: Set<string>
}

const NAMES = TABLE_COLUMNS.map(({ name }) => name)

/** Finds out from a statement's tree what is needed for it; see `guardTree` for the tree. */
export function analyse(root: Node): Analysis {
  const parts = [...walk(root)]
  const scans = parts.filter(isScan)
  const filters = scanFilters(parts)
  const functions = new Set(
    parts.filter((node) => node.class === 'FUNCTION').map((node) => textAt(node, 'function_name').toLowerCase())
  )
  // Numbers of rows are those of the rows that were loaded.
  const counted = parts.some((node) => textsAt(node, 'column_names').some((name) => name.toLowerCase() === 'rowid'))
  const each = scans.map((scan) => (counted ? anything : (filters.get(scan) ?? anything)))
  return {
    columns: columnsOf(parts, scans),
    scans: scans.length > 0,
    filter: (batch) => (each.some((filter) => mayHold(filter, batch)) ? TRUE | FALSE : FALSE),
    stopsAt: scans.length === 1 && root.from_table === scans[0] ? limitOf(root, parts) : undefined,
    inOrder: isPlain(root, parts) && scans.length === 1,
    functions
  }
}

function isScan(node: Node): boolean {
  return node.type === 'BASE_TABLE' && textAt(node, 'table_name').toLowerCase() === 'records'
}

/** For every scan whose rows a WHERE clause of its own SELECT judges: that clause. */
function scanFilters(parts: Node[]): Map<Node, Filter> {
  const filters = new Map<Node, Filter>()
  for (const select of parts) {
    if (select.type !== 'SELECT_NODE' || hasField(select, 'sample')) continue
    const scans = filteredScans(nodeAt(select, 'from_table'))
    for (const scan of scans) {
      if (hasField(scan, 'sample') || hasField(scan, 'column_name_alias')) continue
      filters.set(scan, filterOf(nodeAt(select, 'where_clause'), resolver(scan, scans.length === 1)))
    }
  }
  return filters
}

/**
 * The scans of `records` in a FROM clause whose rows can be left out where they fail the WHERE clause. On the side of an
 * outer join that may be filled up with nulls they cannot: leaving out a match makes a new row.
 */
function filteredScans(from: Node | undefined): Node[] {
  if (!from) return []
  if (isScan(from)) return [from]
  if (from.type !== 'JOIN' || !['REGULAR', 'CROSS', 'NATURAL'].includes(textAt(from, 'ref_type'))) return []
  const left = filteredScans(nodeAt(from, 'left'))
  if (from.join_type === 'LEFT') return left
  return from.join_type === 'INNER' ? [...left, ...filteredScans(nodeAt(from, 'right'))] : []
}

function resolver(scan: Node, only: boolean): Resolve {
  const alias = (textAt(scan, 'alias') || textAt(scan, 'table_name')).toLowerCase()
  return (names) => {
    const lower = names.map((name) => name.toLowerCase())
    const column = lower.at(-1)
    const own = lower.length === 1 ? only : lower.length === 2 && lower[0] === alias
    return own && column !== undefined && NAMES.includes(column) ? column : undefined
  }
}

/** Every column that is named anywhere, for whatever table: too many cost time, too few an answer. */
function columnsOf(parts: Node[], scans: Node[]): Set<string> {
  const used = new Set<string>()
  const rows = new Set(['records', ...scans.map((scan) => textAt(scan, 'alias').toLowerCase())])
  const all = () => NAMES.forEach((name) => used.add(name))
  for (const node of parts) {
    if (scans.includes(node) && hasField(node, 'column_name_alias')) all()
    if (node.type === 'STAR') {
      const left = node.columns === true ? [] : excluded(node)
      for (const name of NAMES) if (!left.includes(name)) used.add(name)
    }
    if (node.type === 'JOIN') {
      if (node.ref_type === 'NATURAL') all()
      for (const name of textsAt(node, 'using_columns')) used.add(name.toLowerCase())
    }
    const names = textsAt(node, 'column_names').map((name) => name.toLowerCase())
    // The name of a table alone stands for its whole row.
    if (names.length > 0 && rows.has(names.at(-1)!)) all()
    for (const name of names) used.add(name)
  }
  return new Set(NAMES.filter((name) => used.has(name)))
}

function excluded(star: Node): string[] {
  const list = star.exclude_list
  return Array.isArray(list) ? list.filter((name) => typeof name === 'string').map((name) => name.toLowerCase()) : []
}

const AGGREGATING = ['group_expressions', 'group_sets', 'having', 'qualify', 'sample']

/** Whether it only chooses and changes rows, one by one. */
function isPlain(root: Node, parts: Node[]): boolean {
  if (root.type !== 'SELECT_NODE' || AGGREGATING.some((field) => hasField(root, field))) return false
  if (root.aggregate_handling !== 'STANDARD_HANDLING') return false
  if (nodesAt(root, 'modifiers').some(({ type }) => type !== 'LIMIT_MODIFIER')) return false
  const from = nodeAt(root, 'from_table')
  if (!from || !isScan(from) || hasField(from, 'sample')) return false
  return !parts.some((node) => node.class === 'WINDOW' || node.class === 'SUBQUERY')
}

function limitOf(root: Node, parts: Node[]): number | undefined {
  if (!isPlain(root, parts)) return undefined
  const [modifier] = nodesAt(root, 'modifiers')
  if (!modifier) return undefined
  const limit = constantOf(nodeAt(modifier, 'limit'))
  const offset = hasField(modifier, 'offset') ? constantOf(nodeAt(modifier, 'offset')) : 0
  return typeof limit === 'number' && typeof offset === 'number' && limit >= 0 ? limit : undefined
}
