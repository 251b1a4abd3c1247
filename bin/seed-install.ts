import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { VdataError } from '../lib/errors.js'
import { writeWhole } from '../lib/files.js'
import { seedFolder } from '../seeders/parts.js'
import { SeedMemory } from '../seeders/memory.js'
import { systemdUnit } from '../seeders/service.js'
import type { Context } from './context.js'
import { toSeederOptions, type SeedOptions } from './seed-options.js'

const UNIT = 'vdata-seed.service'

/** `vdata seed --install`: a unit that starts the seeder with this user's session, and what to type next. */
export async function installSeeder(context: Context, links: string[], options: SeedOptions): Promise<void> {
  // Wrong options are said now, not by a service that does not start.
  toSeederOptions(options)
  const { home, env } = context
  const vdata = fileURLToPath(new URL('vdata.js', import.meta.url))
  const unit = systemdUnit({ node: process.execPath, vdata, home, args: argumentsOf(options) })
  if (options.dryRun) return context.result({ unit }, unit)
  if (process.platform !== 'linux') {
    throw new VdataError(
      'config',
      'NO_SYSTEMD',
      'Only systemd units can be installed, and this is not Linux.',
      'seeders/README.md says how it goes with launchd and with the Windows Task Scheduler.'
    )
  }
  await new SeedMemory(seedFolder(home)).remember(links, options.allowed)
  const folder = join(
    env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME ?? homedir(), '.config')
  )
  const path = join(folder, 'systemd', 'user', UNIT)
  await writeWhole(path, unit)
  context.result({ path, next: NEXT })
  context.say(`Wrote ${path}. Next:`)
  for (const line of NEXT) context.say(`  ${line}`)
}

const NEXT = [
  `systemctl --user daemon-reload`,
  `systemctl --user enable --now ${UNIT}`,
  `loginctl enable-linger   # so that it runs while you are not logged in`
]

/** The options as they were given, without those that install. */
function argumentsOf(options: SeedOptions): string[] {
  const args: string[] = []
  const add = (flag: string, value: string | number | undefined) => {
    if (value !== undefined) args.push(flag, String(value))
  }
  add('--quota', options.quota)
  add('--keep-free', options.keepFree)
  for (const where of options.where ?? []) add('--where', where)
  for (const contributor of options.contributor ?? []) add('--contributor', contributor)
  add('--copies', options.copies)
  add('--up', options.up)
  add('--down', options.down)
  add('--full-speed', options.fullSpeed)
  add('--month', options.month)
  add('--inbox-quota', options.inboxQuota)
  if (options.cost) add('--cost', `${(options.cost.cents / 100).toFixed(2)}${options.cost.currency}`)
  add('--max-out', options.maxOut)
  add('--max-in', options.maxIn)
  add('--port', options.port)
  add('--metrics', options.metrics)
  add('--bootstrap', options.bootstrap)
  add('--host', options.host)
  return args
}
