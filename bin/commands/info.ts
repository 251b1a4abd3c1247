import { Option, type Command } from 'commander'
import { cardText } from '../../lib/dataset/card.js'
import { croissantOf, croissantText } from '../../lib/dataset/croissant.js'
import { biasFigures, describeState } from '../../lib/dataset/describe.js'
import { factsOf } from '../../lib/dataset/facts.js'
import { costsOf } from '../../seeders/costs.js'
import { Receipts } from '../../seeders/receipts.js'
import { speedsOf } from '../../seeders/speed.js'
import { Survey } from '../../seeders/survey.js'
import type { Context } from '../context.js'
import { biasOfVolumes } from '../dataset-bias.js'
import { resolveLink } from '../dataset-option.js'
import { openDataset } from '../dataset-session.js'
import { describeFacts } from '../facts.js'
import { examples } from '../help.js'
import { describeCosts, describeLiveness } from '../liveness.js'
import { networkOptions, type NetworkOptions } from '../network-options.js'
import { wholeNumber } from '../values.js'

interface Options extends NetworkOptions {
  timeout: number
  costs?: boolean
  card?: boolean
  croissant?: boolean
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
    .addOption(new Option('--card', 'print its card, as it goes on Hugging Face').conflicts('croissant'))
    .option('--croissant', 'print its metadata in Croissant')
    .action((link: string | undefined, options: Options) => run(context(), link, options))
  networkOptions(command)
  examples(command, [
    ['vdata info vdata://…', 'look before you pull'],
    ['vdata info vdata://… --costs', 'and what its network costs'],
    ['vdata info vdata://…/v1 --card > README.md', "a release's card"]
  ])
}

async function run(context: Context, named: string | undefined, options: Options): Promise<void> {
  const link = resolveLink(context, named, '<link>')
  if (options.card || options.croissant) return papers(context, link, options)
  const survey = new Survey()
  const session = await openDataset(context, link, 'info', options, {
    onNode: (node) => survey.attach(node)
  })
  try {
    const { index, state, synced } = session
    const facts = await factsOf(state, index)
    const releases = await index.releases()
    const release = releases.find(({ name }) => name === session.release)
    const { peers } = index.core
    const full = peers.filter((peer) => peer.remoteContiguousLength === index.core.length).length
    const alive = { peers: peers.length, full_index: full, fresh: synced.fresh }
    survey.follow(index.core.key)
    if (alive.fresh) await survey.listen(LISTEN, context.signal)
    const volumes = await state.volumes()
    const liveness = survey.liveness(index.core.key, volumes)
    const receipts = await new Receipts(context.home, index.id).latest()
    const speeds = speedsOf(survey.neighbours.connected(index.core.key), receipts)
    const costs = options.costs ? costsOf(liveness, facts.bytes) : undefined
    const bias = biasOfVolumes(volumes)
    const about = { ...facts, bias, release: release ?? null, releases: releases.map(({ name }) => name) }
    const text = [
      describeFacts(about, alive),
      describeLiveness(liveness, speeds),
      ...(costs ? [describeCosts(costs)] : [])
    ]
    context.result({ ...about, alive: { ...alive, ...liveness, speeds }, ...(costs && { costs }) }, text.join('\n\n'))
  } finally {
    await session.close()
  }
}

/** The card or the metadata of a state, instead of a table. */
async function papers(context: Context, link: string, options: Options): Promise<void> {
  const session = await openDataset(context, link, 'info', options)
  try {
    const state = await describeState(session.index, session.release)
    // A release says it itself.
    if (!state.release) state.bias = biasFigures(biasOfVolumes(await session.index.volumes()))
    if (options.card) context.result({ card: cardText(state) }, cardText(state).trimEnd())
    else context.result(croissantOf(state), croissantText(state).trimEnd())
  } finally {
    await session.close()
  }
}
