import { Option, type Command } from 'commander'
import { formatAddress } from '../../lib/network/address.js'
import { BootstrapNode } from '../../lib/network/bootstrap.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { resolveNetwork } from '../network-options.js'
import { whenStopped } from '../wait.js'
import { wholeNumber } from '../values.js'

interface Options {
  host?: string
  port: number
}

/** `vdata dht`: the entrance to a network of one's own. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Run a bootstrap node: the entrance to a private network. Others name it with --bootstrap.')
    .option('--host <address>', 'the address to bind and to be reached at (default: 127.0.0.1)')
    .addOption(new Option('-p, --port <number>', 'the UDP port').argParser(wholeNumber(0, 65_535)).default(49_737))
    .action((options: Options) => run(context(), options))
  examples(command, [
    ['vdata dht --host 127.0.0.1', 'a network on this computer alone'],
    ['vdata dht --host 192.0.2.10 --port 49737', 'a network for those who can reach this address']
  ])
}

async function run(context: Context, options: Options): Promise<void> {
  const host = options.host ?? resolveNetwork(context, { bootstrap: 'public' }).host ?? '127.0.0.1'
  const node = await BootstrapNode.start({ host, port: options.port })
  const bootstrap = formatAddress(node.address)
  context.emit({ event: 'ready', bootstrap })
  context.say(`Ready. Enter this network with --bootstrap ${bootstrap}`)
  await whenStopped(context)
  await node.close()
}
