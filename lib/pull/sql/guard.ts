import { VdataError } from '../../errors.js'
import { TABLES } from './columns.js'
import { hasField, isNode, nodeAt, nodesAt, placeOf, textAt, walk, type Node } from './tree.js'

/** What a statement may be at most: longer ones are no question that a person asks. */
export const STATEMENT_MAX = 64 * 1024

/** Functions that make a table of their arguments, and of nothing else. */
const TABLE_FUNCTIONS = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree'])

/** Functions that tell of this computer or reach out of the statement. The sandbox holds without this list. */
const FORBIDDEN =
  /^(read_|write_|sniff_|glob$|query$|query_table$|getenv$|getvariable$|current_setting$|duckdb_|pragma_|parquet_|load_|nextval$|currval$|test_|sql_auto_complete$|which_secret$|json_execute_)/

/**
 * Refuses what is not a question about the dataset's tables: other tables, table functions, files.
 *
 * @param tree what `json_serialize_sql` made of the statement
 * @returns the one statement's node
 * @throws VdataError usage
 */
export function guardTree(tree: Node, sql: string): Node {
  const statements = nodesAt(tree, 'statements')
  const [statement] = statements
  const node = statement && nodeAt(statement, 'node')
  if (statements.length !== 1 || !node) {
    throw refused('ONE_SELECT', `There must be exactly one SELECT, and here are ${statements.length} statements.`)
  }
  if (hasField(statement, 'named_param_map')) {
    throw refused('NO_PARAMETERS', 'The statement has parameters, and there is nothing to put in their place.')
  }
  const names = commonTables(node)
  for (const part of walk(node)) guardNode(part, names, sql)
  return node
}

function guardNode(node: Node, names: ReadonlySet<string>, sql: string): void {
  const at = () => describePlace(sql, placeOf(node))
  if (node.type === 'BASE_TABLE') {
    const name = textAt(node, 'table_name')
    const qualified = textAt(node, 'schema_name') !== '' || textAt(node, 'catalog_name') !== ''
    if (!qualified && (TABLES.includes(name.toLowerCase()) || names.has(name.toLowerCase()))) return
    throw refused(
      'NO_TABLE',
      `There is no table "${name.slice(0, 60)}"${at()}.`,
      `The tables are ${TABLES.join(', ')}.`
    )
  }
  if (node.type === 'TABLE_FUNCTION') {
    const name = textAt(nodeAt(node, 'function') ?? {}, 'function_name').toLowerCase()
    if (!TABLE_FUNCTIONS.has(name)) throw forbidden(name, at())
  }
  if (node.type === 'SHOW_REF') throw refused('ONE_SELECT', `Only a SELECT can be asked${at()}.`)
  if (node.class === 'FUNCTION' || node.type === 'FUNCTION') {
    const name = textAt(node, 'function_name').toLowerCase()
    if (FORBIDDEN.test(name)) throw forbidden(name, at())
  }
}

/** The names that the statement gives to its own common table expressions. */
function commonTables(node: Node): ReadonlySet<string> {
  const names = new Set<string>()
  for (const part of walk(node)) {
    for (const { key } of nodesAt(nodeAt(part, 'cte_map') ?? {}, 'map')) {
      if (typeof key !== 'string') continue
      if (TABLES.includes(key.toLowerCase())) {
        throw refused(
          'TABLE_TWICE',
          `The statement calls a table of its own "${key}", as one of the dataset's is called.`
        )
      }
      names.add(key.toLowerCase())
    }
    if (typeof part.cte_name === 'string') names.add(part.cte_name.toLowerCase())
  }
  return names
}

/** What DuckDB could not read, said with the place. */
export function syntaxError(tree: Node, sql: string): VdataError | undefined {
  if (tree.error !== true) return undefined
  const message = textAt(tree, 'error_message')
  // DuckDB's own name for a statement of another kind than SELECT.
  if (tree.error_type === 'not implemented') return refused('ONE_SELECT', 'Only a SELECT can be asked.')
  const position = Number(tree.position)
  return sqlError(message, sql, Number.isSafeInteger(position) ? position : undefined)
}

/** An error of DuckDB's about a statement. `position` counts bytes of UTF-8. */
export function sqlError(message: string, sql: string, position: number | undefined): VdataError {
  const first = message.split('\n')[0]?.trim().replace(/[.!]$/, '') || 'it cannot be run'
  const what = `The statement does not work${describePlace(sql, position)}: ${first}.`
  return new VdataError('usage', 'BAD_SQL', what, hintOf(message))
}

function hintOf(message: string): string {
  const candidates = /(?:Candidate bindings|Did you mean)[^\n]*/.exec(message)
  return candidates ? `${candidates[0].trim().replace(/\.?$/, '')}.` : 'Mend it and run it again.'
}

/** ` at line 2, column 5, before "WHERE topic"`, or nothing where the place is not known. */
export function describePlace(sql: string, position: number | undefined): string {
  if (position === undefined) return ''
  const bytes = Buffer.from(sql)
  if (position > bytes.length) return ''
  const before = bytes.subarray(0, position).toString('utf8')
  const line = before.split('\n').length
  const column = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1
  const rest =
    bytes
      .subarray(position, position + 96)
      .toString('utf8')
      .split('\n')[0] ?? ''
  const next = Array.from(rest.trim()).slice(0, 24).join('')
  return ` at line ${line}, column ${column}${next ? `, before "${next}"` : ''}`
}

export function refused(code: string, what: string, advice = 'Ask for what you need with one SELECT.'): VdataError {
  return new VdataError('usage', code, what, advice)
}

function forbidden(name: string, place: string): VdataError {
  return refused(
    'FORBIDDEN_FUNCTION',
    `"${name.slice(0, 60)}" cannot be used here${place}: a statement sees the dataset's tables and nothing else.`
  )
}

/** Reads DuckDB's JSON text; it stands here so that every tree that is used was guarded. */
export function readTree(json: string): Node {
  const tree: unknown = JSON.parse(json)
  if (!isNode(tree)) throw new Error('DuckDB described the statement in a way that is not known.')
  return tree
}
