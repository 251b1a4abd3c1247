import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseKey } from '../lib/dataset/link.js'
import { formatKey } from '../lib/dataset/link.js'
import { parseWhere } from '../lib/record/where.js'
import type { Cost } from '../lib/network/seeder/statement.js'
import { ALLOWANCES, type Allowance } from '../seeders/memory.js'
import { INBOX_QUOTA, KEEP_FREE, SEED_QUOTA, type SeederOptions } from '../seeders/options.js'
import { TARGET_COPIES } from '../seeders/policy.js'
import { parseHours } from '../seeders/schedule.js'
import { bytes } from './format.js'
import { networkOptions, type NetworkOptions } from './network-options.js'
import { byteSize, collect, wholeNumber } from './values.js'

/** What `vdata seed` may be told. */
export interface SeedOptions extends NetworkOptions {
  quota: number
  keepFree: number
  where?: string[]
  contributor?: string[]
  copies: number
  up?: number
  down?: number
  fullSpeed?: string
  month?: number
  cost?: Cost
  inboxQuota: number
  maxOut: number
  maxIn: number
  port?: number
  metrics?: number
  log?: boolean
  defaults?: boolean
  untilSync?: boolean
  install?: boolean
  dryRun?: boolean
  /** Those of the limits that this command line says: to be remembered. */
  allowed?: Allowance
}

export function seedOptions(command: Command): Command {
  const size = (flags: string, what: string, fallback: number) =>
    new Option(flags, what).argParser(byteSize).default(fallback, bytes(fallback))
  command
    .addOption(size('--quota <size>', 'disk space that it may take, a hard limit', SEED_QUOTA))
    .addOption(size('--keep-free <size>', 'disk space that stays free for others', KEEP_FREE))
    .addOption(new Option('--where <field=value>', 'only volumes with such records').argParser(collect))
    .addOption(new Option('--contributor <key>', 'only volumes of this contributor').argParser(contributor))
    .addOption(
      new Option('--copies <count>', 'copies of each volume that the network should have')
        .argParser(wholeNumber(1, 100))
        .default(TARGET_COPIES)
    )
    .addOption(new Option('--up <size>', 'bytes a second that it may send: 1MB').argParser(byteRate))
    .addOption(new Option('--down <size>', 'bytes a second that it may receive').argParser(byteRate))
    .option('--full-speed <hours>', 'hours without these limits: 1:00-6:00')
    .addOption(new Option('--month <size>', 'bytes that it may send and receive in a month').argParser(byteSize))
    .addOption(size('--inbox-quota <size>', 'of the quota, room for volumes that wait for a moderator', INBOX_QUOTA))
    .addOption(new Option('--cost <amount>', 'what it costs you a month, told to everyone: 5.50EUR').argParser(cost))
    .addOption(new Option('--max-out <count>', 'calls that it makes').argParser(wholeNumber(1, 1024)).default(48))
    .addOption(new Option('--max-in <count>', 'calls that it takes').argParser(wholeNumber(0, 4096)).default(128))
    .addOption(new Option('-p, --port <number>', 'the UDP port').argParser(wholeNumber(0, 65_535)))
    .addOption(
      new Option('--metrics <port>', 'serve /health and /metrics on 127.0.0.1').argParser(wholeNumber(0, 65_535))
    )
    .option('--log', 'one line of JSON for each thing that happens, on stderr')
    .option('--defaults', 'forget the limits of earlier times')
    .option('--until-sync', 'end once everything is here')
    .option('--install', 'start it with this computer: writes a systemd user unit')
    .option('--dry-run', 'with --install: print the unit, write nothing')
  return networkOptions(command)
}

/** What the owner allows by the options of this command line, the defaults aside. */
export function allowedBy(command: Command): Allowance {
  const given = ALLOWANCES.filter((name) => command.getOptionValueSource(name) === 'cli')
  const options: SeedOptions = command.opts()
  return Object.fromEntries(given.map((name) => [name, options[name]]))
}

/** What the seeder itself needs of the options. */
export function toSeederOptions(options: SeedOptions): Omit<SeederOptions, 'home' | 'identity' | 'links' | 'network'> {
  return {
    quota: options.quota,
    keepFree: options.keepFree,
    choice: { where: (options.where ?? []).map(parseWhere), contributors: options.contributor ?? [] },
    target: options.copies,
    up: options.up,
    down: options.down,
    fullSpeed: options.fullSpeed === undefined ? [] : parseHours(options.fullSpeed),
    monthly: options.month,
    cost: options.cost ?? null,
    inboxQuota: options.inboxQuota
  }
}

function contributor(text: string, before: string[] = []): string[] {
  return [...before, formatKey(parseKey(text, "contributor's key"))]
}

function byteRate(text: string): number {
  const rate = byteSize(text.replace(/\/s$/, ''))
  if (rate >= 1000) return rate
  throw new InvalidArgumentError('It must be 1kB or more; to stop for a while there is `vdata seed pause`.')
}

function cost(text: string): Cost {
  const match = /^(\d{1,9}(?:\.\d{1,2})?)\s*([A-Za-z]{3})$/.exec(text.trim())
  if (!match) throw new InvalidArgumentError('It must be an amount and a currency: 5.50EUR.')
  return { cents: Math.round(Number(match[1]) * 100), currency: match[2]!.toUpperCase() }
}
