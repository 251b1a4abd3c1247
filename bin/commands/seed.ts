import { Option, type Command } from 'commander'
import { controlPath, ControlServer } from '../../lib/network/control.js'
import { Identity } from '../../lib/network/identity.js'
import type { Replica } from '../../seeders/replica.js'
import { INBOX_QUOTA, Seeder, type SeederStatus } from '../../seeders/seeder.js'
import type { Context } from '../context.js'
import { bytes, plural } from '../format.js'
import { examples } from '../help.js'
import { networkOptions, resolveNetwork, type NetworkOptions } from '../network-options.js'
import { byteSize } from '../values.js'
import { tellHolder, whenStopped } from '../wait.js'

interface Options extends NetworkOptions {
  inboxQuota: number
  untilSync?: boolean
}

/** `vdata seed`: a volunteer's node. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Keep datasets, serve them to everyone, and hold offers for moderators who are away. ' +
        'Links that were named once are remembered.'
    )
    .argument('[link...]', 'datasets to keep: vdata://…')
    .addOption(
      new Option('--inbox-quota <size>', 'room for volumes that wait for a moderator')
        .argParser(byteSize)
        .default(INBOX_QUOTA, bytes(INBOX_QUOTA))
    )
    .option('--until-sync', 'end once everything is here')
    .action((links: string[], options: Options) => run(context(), links, options))
  networkOptions(command)
  examples(command, [
    ['vdata seed vdata://…', 'keep a dataset and serve it'],
    ['vdata seed', 'go on with those that were named before']
  ])
}

async function run(context: Context, links: string[], options: Options): Promise<void> {
  const { home, signal } = context
  const seeder = await Seeder.open({
    home,
    identity: await Identity.load(home),
    links,
    network: resolveNetwork(context, options),
    inboxQuota: options.inboxQuota,
    signal,
    onWait: tellHolder(context)
  })
  try {
    const synced = follow(context, seeder)
    const control = await ControlServer.listen(controlPath(home, 'seed'), { status: () => seeder.status() })
    try {
      context.emit({ event: 'ready', ...seeder.status() })
      context.say('Ready. Press Ctrl-C to stop; everything stays for the next time.')
      await Promise.race([whenStopped(context), ...(options.untilSync ? [synced] : [])])
    } finally {
      await control.close()
    }
  } finally {
    await seeder.close()
  }
}

/** Tells what happens; resolves once every dataset is here whole. */
function follow(context: Context, seeder: Seeder): Promise<void> {
  const progress = context.progress()
  const draw = () => progress.update(statusLines(seeder.status()))
  const timer = setInterval(draw, 1000).unref()
  context.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  seeder.on('volume', (replica: Replica, volume: string) => {
    context.emit({ event: 'volume', dataset: replica.index.id, volume })
  })
  seeder.on('held', () => context.emit({ event: 'held', ...seeder.status().inbox }))
  seeder.on('fault', (replica: Replica, error: Error) => context.warn(`${replica.index.id}: ${error.message}`))
  return new Promise((resolve) => {
    seeder.on('synced', (replica: Replica) => {
      const status = replica.status()
      context.emit({ event: 'synced', ...status })
      context.say(`${status.name}: all ${plural(status.volumes, 'volume')} here, ${bytes(status.bytes)}.`)
      if (seeder.synced) resolve()
    })
    if (seeder.synced) resolve()
  })
}

/** A line for each dataset, and one for the node. */
export function statusLines({ datasets, inbox, connections }: SeederStatus): string[] {
  const lines = datasets.map(
    (each) =>
      `${each.name || each.link}: ${each.complete} of ${plural(each.volumes, 'volume')}, ` +
      `${bytes(each.bytes_complete)} of ${bytes(each.bytes)}` +
      (each.fault ? ` (${each.fault})` : '')
  )
  const held = inbox.offers > 0 ? `, holding ${plural(inbox.offers, 'offer')} (${bytes(inbox.bytes)})` : ''
  return [...lines, `connected to ${plural(connections, 'peer')}${held}`]
}
