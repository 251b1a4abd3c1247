import { Option, type Command } from 'commander'
import { changedRecords, CHANGES, diffStates, type ChangedCount, type Difference } from '../../lib/dataset/diff.js'
import { formatLink, parseLink, RELEASE_NAME } from '../../lib/dataset/link.js'
import { VdataError } from '../../lib/errors.js'
import type { Comparison } from '../../lib/bias/compare.js'
import { driftLines } from '../bias-drift.js'
import type { Context } from '../context.js'
import { driftOfStates } from '../dataset-bias.js'
import { resolveLink } from '../dataset-option.js'
import { openDataset } from '../dataset-session.js'
import { bytes, count } from '../format.js'
import { examples } from '../help.js'
import { networkOptions, type NetworkOptions } from '../network-options.js'
import { table } from '../table.js'
import { wholeNumber } from '../values.js'

interface Options extends NetworkOptions {
  records?: boolean
  timeout: number
}

/** Facets by which changes are counted, in this order, and values of each that are listed for people; --json has all. */
const FACETS = ['topic', 'language', 'kind', 'model']
const VALUES = 10

/** `vdata diff`: what changed between two releases. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Show what was added, dropped and withdrawn between two releases of a dataset.')
    .argument('<states...>', 'two of: a release, its link, or the link of the dataset for its newest state')
    .option('--records', 'print the records that changed as JSON Lines; only their blocks are fetched')
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
    .action((states: string[], options: Options) => run(context(), states, options))
  networkOptions(command)
  examples(command, [
    ['vdata diff vdata://… v1 v2', 'by topic, language, licence, kind, model and contributor'],
    ['vdata diff vdata://…/v1 vdata://… --records > changes.jsonl', 'what changed since v1, record by record']
  ])
}

async function run(context: Context, states: string[], options: Options): Promise<void> {
  const { link, from, to } = resolveStates(context, states)
  const session = await openDataset(context, link, 'diff', options)
  try {
    const difference = await diffStates(session.index, from, to)
    const { parts, ...summary } = difference
    const bias = await driftOfStates(session.index, from, to)
    if (!options.records) return context.result({ ...summary, bias }, describe(difference, bias))
    let purged = 0
    for await (const { line, ...where } of changedRecords(session.store, parts, {
      timeout: options.timeout * 1000,
      signal: context.signal
    })) {
      if (line === null) purged++
      const changed = { ...where, data: line === null ? null : (JSON.parse(line) as unknown) }
      if (context.json) context.emit({ event: 'record', ...changed })
      else context.data(JSON.stringify(changed))
    }
    context.emit({ event: 'difference', ...summary })
    if (purged > 0) context.warn(`${count(purged)} of these records were purged: nobody can have them any more.`)
  } finally {
    await session.close()
  }
}

/** `v1 v2`, `vdata://… v1 v2`, or two links, each with or without a release. */
function resolveStates(context: Context, states: string[]): { link: string; from: string | null; to: string | null } {
  const [first = '', ...rest] = states
  const shared = states.length === 3 ? first : undefined
  const named = (shared === undefined ? states : rest).map((text) => {
    if (RELEASE_NAME.test(text) && text.length < 52) return { key: null, release: text }
    const { key, release = null } = parseLink(text)
    return { key, release }
  })
  const [from, to] = named
  if (!from || !to || named.length !== 2) throw notTwo()
  const keys = named.flatMap(({ key }) => (key ? [key] : []))
  const key = keys[0] ?? parseLink(resolveLink(context, shared, 'its link')).key
  if (keys.some((other) => !other.equals(key)) || (shared && !parseLink(shared).key.equals(key))) throw notOne()
  return { link: formatLink(key), from: from.release, to: to.release }
}

function describe({ from, to, changes }: Difference, bias: Comparison | null): string {
  const name = ({ release, length, records }: Difference['from']) =>
    `${release ?? `the newest state (${count(length)} entries)`}: ${count(records)} records`
  const head = [`${name(from)}`, `${name(to)}`].join('\n')
  const changed = CHANGES.filter((change) => changes[change].records > 0)
  if (changed.length === 0) return `${head}\n\nNothing changed.`
  const rows = changed.flatMap((change) => rowsOf(change, changes[change]))
  const drift = bias === null ? '' : `\n\n${driftLines(bias, 'Bias').join('\n')}`
  return `${head}\n\n${table(rows, { head: ['', '', '', 'records'], right: [3] })}${drift}`
}

function rowsOf(change: string, { records, raw_bytes, facets, licenses, contributors }: ChangedCount): string[][] {
  const groups: [string, { [value: string]: number }][] = [
    ...FACETS.map((facet): [string, { [value: string]: number }] => {
      const { values = {}, other = 0, missing = 0 } = facets[facet] ?? {}
      if (Object.keys(values).length === 0) return [facet, {}]
      return [facet, { ...values, ...(other > 0 && { others: other }), ...(missing > 0 && { '-': missing }) }]
    }),
    ['licence', licenses],
    ['contributor', contributors]
  ]
  const rows = [[change, '', bytes(raw_bytes), count(records)]]
  for (const [facet, values] of groups) {
    const all = Object.entries(values).sort(([, a], [, b]) => b - a)
    for (const [i, [value, number]] of all.slice(0, VALUES).entries()) {
      rows.push(['', i === 0 ? facet : '', value, count(number)])
    }
    if (all.length > VALUES) rows.push(['', '', `and ${all.length - VALUES} more`, ''])
  }
  return rows
}

function notTwo(): VdataError {
  return new VdataError(
    'usage',
    'NOT_TWO_STATES',
    'Two states are compared, and others were named.',
    "For example 'vdata diff vdata://… v1 v2'; see 'vdata diff --help'."
  )
}

function notOne(): VdataError {
  return new VdataError(
    'usage',
    'TWO_DATASETS',
    'These are states of different datasets.',
    'Only two states of one dataset can be compared.'
  )
}
