import { VdataError } from '../lib/errors.js'
import { callControl, controlPath } from '../lib/network/control.js'
import { SeedMemory, type Allowance } from '../seeders/memory.js'
import { seedFolder } from '../seeders/parts.js'
import type { Context } from './context.js'
import type { SeedOptions } from './seed-options.js'

/** The options with the limits of earlier times, where this command line says nothing else. */
export async function recallLimits(context: Context, options: SeedOptions, now: Allowance): Promise<SeedOptions> {
  const memory = new SeedMemory(seedFolder(context.home))
  if (options.defaults) await memory.forgetLimits()
  const { limits } = await memory.recall()
  const kept = Object.keys(limits).filter((name) => !(name in now))
  if (kept.length > 0) {
    const flags = kept.map((name) => '--' + name.replace(/[A-Z]/g, (letter) => '-' + letter.toLowerCase()))
    context.say(`As before: ${flags.join(', ')} (\`--defaults\` forgets them).`)
  }
  return { ...options, ...limits, ...now, allowed: now }
}

/** `vdata seed forget` */
export async function forgetDataset(context: Context, link: string): Promise<void> {
  const { home } = context
  if ((await callControl(controlPath(home, 'seed'), 'status')) !== undefined) {
    throw new VdataError('error', 'SEEDING', 'The seeder of this home is running.', 'Stop it, and say this again.')
  }
  await new SeedMemory(seedFolder(home)).forget(link)
  context.result({ forgotten: link }, 'Forgotten. The next `vdata seed` clears what is here of it.')
}
