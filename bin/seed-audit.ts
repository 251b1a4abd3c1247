import { Option, type Command } from 'commander'
import { audit } from '../seeders/audit.js'
import type { Context } from './context.js'
import { resolveLink } from './dataset-option.js'
import { count, duration, plural } from './format.js'
import { resolveNetwork, type NetworkOptions } from './network-options.js'
import { table } from './table.js'
import { wholeNumber } from './values.js'

interface AuditCommandOptions extends NetworkOptions {
  blocks: number
  timeout: number
}

export function auditOptions(command: Command): void {
  command
    .addOption(
      new Option('--blocks <count>', 'blocks to ask each seeder for').argParser(wholeNumber(1, 1000)).default(8)
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
}

/** `vdata seed audit`: who really holds what they say, and how fast it comes. */
export async function runAudit(
  context: Context,
  link: string | undefined,
  options: AuditCommandOptions
): Promise<void> {
  const results = await audit({
    home: context.home,
    link: resolveLink(context, link, '<link>'),
    network: resolveNetwork(context, options),
    blocks: options.blocks,
    timeout: options.timeout * 1000,
    signal: context.signal,
    onReceipt: (receipt) => context.emit({ event: 'receipt', ...receipt })
  })
  const rows = results.map(({ seeder, claims, asked, answered, median }) => [
    seeder.slice(0, 8) + '…',
    plural(claims, 'volume'),
    `${count(answered)} of ${count(asked)} answered`,
    median === null ? '-' : `${duration(median)} a block`
  ])
  context.result({ seeders: results }, rows.length > 0 ? table(rows) : 'No seeder is connected.')
}
