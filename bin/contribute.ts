import { Command } from 'commander'
import type { Context } from './context.js'
import { REGISTRY } from './registry.js'
import { readSettings } from './settings.js'

/**
 * Contributes a file to a dataset: what `vdata share <file> --to <link>` does, in this process.
 * @param options.to the dataset's link; without it the one that is set
 * @returns whether there was a dataset to contribute to
 */
export async function contribute(context: Context, file: string, options: { to?: string } = {}): Promise<boolean> {
  const to = options.to ?? readSettings(context.home).dataset
  const share = REGISTRY.find(({ name }) => name === 'share')
  if (share === undefined || to === undefined || to === '') {
    context.say(`Contribute it when you like: vdata share ${file} --to vdata://…`)
    return false
  }
  const command = new Command('share').exitOverride()
  const module = await share.load()
  module.define(command, () => context)
  await command.parseAsync([file, '--to', to], { from: 'user' })
  return true
}
