import { Buffer } from 'node:buffer'
import { analyse, type Analysis } from './analyse.js'
import { guardTree, readTree, refused, STATEMENT_MAX, syntaxError } from './guard.js'
import type { RemoteEngine } from './remote.js'

/** A statement that was read and may be asked. */
export interface Statement {
  sql: string
  analysis: Analysis
}

/**
 * Reads a statement and refuses it unless it is one SELECT about the dataset's tables.
 *
 * @throws VdataError usage, with the place where there is one.
 */
export async function readStatement(engine: RemoteEngine, sql: string): Promise<Statement> {
  if (Buffer.byteLength(sql) > STATEMENT_MAX) throw refused('LONG_SQL', 'The statement is longer than 64 KiB.')
  if (!sql.isWellFormed() || sql.includes('\0')) {
    throw refused('BAD_SQL', 'The statement has characters that no statement can have.')
  }
  engine.about(sql)
  const tree = readTree(await engine.call('tree', sql))
  const error = syntaxError(tree, sql)
  if (error) throw error
  const node = guardTree(tree, sql)
  const analysis = analyse(node)
  const aggregates = await engine.call('aggregates', [...analysis.functions])
  // An aggregate without GROUP BY makes one row of all.
  if (aggregates.length > 0) {
    analysis.stopsAt = undefined
    analysis.inOrder = false
  }
  return { sql, analysis }
}
