import process from 'node:process'
import type { PullOptions } from '../lib/pull/options.js'
import { withPlan } from '../lib/pull/planned.js'
import { STATEMENT_MAX } from '../lib/pull/sql/guard.js'
import { SIDE_TABLES, TABLE_COLUMNS } from '../lib/pull/sql/columns.js'
import { facetValuesOf } from '../lib/pull/output/card.js'
import { VdataError } from '../lib/errors.js'
import { WHERE_FIELDS } from '../lib/record/where.js'
import type { Context } from './context.js'
import { edit } from './editor.js'

const VALUES_SHOWN = 12

/** The statement that was meant: the one that was given, standard input for `-`, or what is written in an editor. */
export async function resolveSql(
  context: Context,
  given: string | true | undefined,
  options: PullOptions
): Promise<string | undefined> {
  if (given === undefined) return undefined
  if (given === '-') return readInput()
  if (given !== true) return given
  // Whoever has no terminal is told so before the network is asked.
  const text = context.interactive ? await template(options) : ''
  const instead = 'Write the statement after --sql, or pipe it in with --sql -.'
  const written = await edit(context, { text, ending: '.sql', instead })
  if (withoutComments(written).trim() !== '') return written
  throw new VdataError('usage', 'EMPTY_SQL', 'The statement is empty, so nothing was done.', instead)
}

async function readInput(): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > STATEMENT_MAX) break
  }
  return Buffer.concat(parts).toString('utf8')
}

/** A statement to begin with, and what can be asked about. */
function template(options: PullOptions): Promise<string> {
  return withPlan({ ...options, sql: undefined, where: [] }, async ({ state, plan }) => {
    const columns = TABLE_COLUMNS.map(({ name, type, about }) => {
      const kind = type.startsWith('STRUCT') ? 'list of {role, content, name}' : type
      return `--   ${name.padEnd(14)} ${kind}${about ? `, ${about}` : ''}`
    })
    const facets = WHERE_FIELDS.flatMap((field) => {
      const values = facetValuesOf(plan, field)
      if (values.length === 0) return []
      const shown = values.slice(0, VALUES_SHOWN).map((value) => `'${value.replaceAll("'", "''")}'`)
      const rest = values.length > VALUES_SHOWN ? `, … (${values.length})` : ''
      return [`--   ${field.padEnd(14)} ${shown.join(', ')}${rest}`.replace(/[\p{Cc}\u2028\u2029]/gu, '?')]
    })
    const sides = Object.entries(SIDE_TABLES).map(([name, types]) => {
      return `--   ${name.padEnd(14)} ${Object.keys(types).join(', ')}`
    })
    return [
      `-- One SELECT about ${state.name}: ${plan.totalRecords} records. Save and quit to run it; an empty file does nothing.`,
      '-- Only the batches that can hold an answer are fetched: conditions on topic, language, tags, model, provider,',
      '-- license, kind, created_at, volume and contributor decide which.',
      '',
      'SELECT * EXCLUDE (id, volume, contributor)',
      'FROM records',
      '-- WHERE topic = … AND language = …',
      'LIMIT 1000',
      '',
      '-- Columns of records:',
      ...columns,
      '-- Values:',
      ...facets,
      '-- Other tables:',
      ...sides,
      ''
    ].join('\n')
  })
}

function withoutComments(text: string): string {
  return text.replace(/^\s*--.*$/gm, '')
}
