import { Option, type Command } from 'commander'
import { factsOf } from '../../lib/dataset/facts.js'
import { DatasetSession } from '../../lib/dataset/session.js'
import { costsOf } from '../../seeders/costs.js'
import { Survey } from '../../seeders/survey.js'
import type { Context } from '../context.js'
import { resolveLink } from '../dataset-option.js'
import { describeFacts } from '../facts.js'
import { examples } from '../help.js'
import { describeCosts, describeLiveness } from '../liveness.js'
import { networkOptions, resolveNetwork, type NetworkOptions } from '../network-options.js'
import { wholeNumber } from '../values.js'
import { tellHolder } from '../wait.js'

interface Options extends NetworkOptions {
  timeout: number
  costs?: boolean
}

/** Milliseconds to listen to seeders. */
const LISTEN = 3_000

/** `vdata info`: what a dataset holds and how alive it is. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Show what a dataset holds and how many peers have it. Only its index is fetched.')
    .argument('[link]', 'the dataset: vdata://… (default: the setting "dataset")')
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
    .option('--costs', 'what the network stores and serves, what that costs, and what it would cost elsewhere')
    .action((link: string | undefined, options: Options) => run(context(), link, options))
  networkOptions(command)
  examples(command, [
    ['vdata info vdata://…', 'look before you pull'],
    ['vdata info vdata://… --costs', 'and what its network costs']
  ])
}

async function run(context: Context, link: string | undefined, options: Options): Promise<void> {
  const survey = new Survey()
  const session = await DatasetSession.open({
    home: context.home,
    link: resolveLink(context, link, '<link>'),
    network: resolveNetwork(context, options),
    purpose: 'info',
    timeout: options.timeout * 1000,
    signal: context.signal,
    onNode: (node) => survey.attach(node),
    onEvent: (event) => {
      if (event.event === 'waiting') tellHolder(context)(event.holder)
    }
  })
  try {
    const facts = await factsOf(session.index)
    const { peers } = session.index.core
    const full = peers.filter((peer) => peer.remoteContiguousLength === session.index.core.length).length
    const alive = { peers: peers.length, full_index: full, fresh: session.synced.fresh }
    survey.follow(session.index.core.key)
    if (alive.fresh) await survey.listen(LISTEN, context.signal)
    const liveness = survey.liveness(session.index.core.key, await session.index.volumes())
    const costs = options.costs ? costsOf(liveness, facts.bytes) : undefined
    const text = [describeFacts(facts, alive), describeLiveness(liveness), ...(costs ? [describeCosts(costs)] : [])]
    context.result({ ...facts, alive: { ...alive, ...liveness }, ...(costs && { costs }) }, text.join('\n\n'))
  } finally {
    await session.close()
  }
}
