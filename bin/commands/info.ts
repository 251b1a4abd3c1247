import { Option, type Command } from 'commander'
import { factsOf, type Facts } from '../../lib/dataset/facts.js'
import { DatasetSession } from '../../lib/dataset/session.js'
import type { Context } from '../context.js'
import { resolveLink } from '../dataset-option.js'
import { bytes, count, plural } from '../format.js'
import { examples } from '../help.js'
import { networkOptions, resolveNetwork, type NetworkOptions } from '../network-options.js'
import { table } from '../table.js'
import { wholeNumber } from '../values.js'
import { tellHolder } from '../wait.js'

interface Options extends NetworkOptions {
  timeout: number
}

/** Values of a facet that are listed for people; --json has all that the index has. */
const VALUES = 8

/** `vdata info`: what a dataset holds and how alive it is. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Show what a dataset holds and how many peers have it. Only its index is fetched.')
    .argument('[link]', 'the dataset: vdata://… (default: the setting "dataset")')
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
    .action((link: string | undefined, options: Options) => run(context(), link, options))
  networkOptions(command)
  examples(command, [['vdata info vdata://…', 'look before you pull']])
}

async function run(context: Context, link: string | undefined, options: Options): Promise<void> {
  const session = await DatasetSession.open({
    home: context.home,
    link: resolveLink(context, link, '<link>'),
    network: resolveNetwork(context, options),
    purpose: 'info',
    timeout: options.timeout * 1000,
    signal: context.signal,
    onEvent: (event) => {
      if (event.event === 'waiting') tellHolder(context)(event.holder)
    }
  })
  try {
    const facts = await factsOf(session.index)
    const { peers } = session.index.core
    const full = peers.filter((peer) => peer.remoteContiguousLength === session.index.core.length).length
    const alive = { peers: peers.length, full_index: full, fresh: session.synced.fresh }
    context.result({ ...facts, alive }, describe(facts, alive))
  } finally {
    await session.close()
  }
}

function describe(facts: Facts, alive: { peers: number; fresh: boolean }): string {
  const { dataset } = facts
  const rows = [
    ['dataset', dataset.title ? `${dataset.name}: ${dataset.title}` : dataset.name],
    ['link', facts.link],
    ['records', count(facts.records)],
    ['size', `${bytes(facts.raw_bytes)} of text, ${bytes(facts.bytes)} on the wire`],
    ['volumes', `${count(facts.volumes)} by ${plural(facts.contributors, 'contributor')}`],
    ['verdicts', `${facts.verdicts.accepted} accepted, ${facts.verdicts.rejected} rejected`],
    ['licences', listed(facts.licenses)],
    ...Object.entries(facts.facets)
      .filter(([, { values }]) => Object.keys(values).length > 0)
      .map(([facet, { values, other }]) => [facet, listed(values, other)]),
    ['moderators', dataset.moderators.map(({ name }) => name || 'unnamed').join(', ')],
    ['peers', alive.fresh ? `${alive.peers} connected now` : 'nobody now: this is the copy on this computer']
  ]
  return (dataset.description ? `${dataset.description}\n\n` : '') + table(rows)
}

function listed(values: { [value: string]: number }, other = 0): string {
  const all = Object.entries(values).sort(([, a], [, b]) => b - a)
  const rest = all.slice(VALUES).reduce((sum, [, records]) => sum + records, other)
  const shown = all.slice(0, VALUES).map(([value, records]) => `${value} (${count(records)})`)
  return [...shown, ...(rest > 0 ? [`others (${count(rest)})`] : [])].join(', ') || '-'
}
