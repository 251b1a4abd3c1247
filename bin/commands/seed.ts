import type { Command } from 'commander'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { networkOptions } from '../network-options.js'
import { auditOptions, runAudit } from '../seed-audit.js'
import { installSeeder } from '../seed-install.js'
import { allowedBy, seedOptions, type SeedOptions } from '../seed-options.js'
import { forgetDataset, recallLimits } from '../seed-memory.js'
import { control, runSeeder } from '../seed-run.js'

/** `vdata seed`: a volunteer's node. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Keep datasets, serve them to everyone, and hold offers for moderators who are away. ' +
        'What the network has fewest copies of is kept first. Links and limits that were named once are remembered.'
    )
    .argument('[link...]', 'datasets to keep: vdata://…')
    .action(async (links: string[], options: SeedOptions) => {
      const told = await recallLimits(context(), options, allowedBy(command))
      if (options.install) await installSeeder(context(), links, told)
      else await runSeeder(context(), links, told)
    })
  seedOptions(command)
  examples(command, [
    ['vdata seed vdata://… --quota 20GB --up 1MB', 'keep a dataset and serve it, within limits'],
    ['vdata seed', 'go on with those that were named before'],
    ['vdata seed vdata://… --quota 50GB --install', 'and start it with this computer']
  ])
  defineOthers(command, context)
}

function defineOthers(command: Command, context: () => Context): void {
  const audit = command
    .command('audit')
    .summary('ask the seeders of a dataset for random blocks')
    .description(
      'Ask each seeder of a dataset for random blocks, which prove themselves, and see who answers how fast.'
    )
    .argument('[link]', 'the dataset: vdata://… (default: the setting "dataset")')
    .action((link: string | undefined) => runAudit(context(), link, audit.optsWithGlobals()))
  auditOptions(audit)
  networkOptions(audit)
  examples(audit, [['vdata seed audit vdata://…', 'who really holds what they say']])

  const forget = command
    .command('forget')
    .description('Keep a dataset no longer: the next `vdata seed` clears what it has of it.')
    .argument('<link>', 'the dataset: vdata://…')
    .action((link: string) => forgetDataset(context(), link))
  examples(forget, [['vdata seed forget vdata://…', 'make room for others']])

  const pause = command
    .command('pause')
    .description('Have the seeder that runs leave the network until `vdata seed resume`; it keeps what it has.')
    .action(() => control(context(), 'pause'))
  examples(pause, [['vdata seed pause', 'for a video call']])
  const resume = command
    .command('resume')
    .description('Have the seeder that runs go on after `vdata seed pause`.')
    .action(() => control(context(), 'resume'))
  examples(resume, [['vdata seed resume', 'go on']])
}
