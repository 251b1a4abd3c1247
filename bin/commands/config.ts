import { Argument, type Command } from 'commander'
import { VdataError } from '../../lib/errors.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { knownKey, readSettings, SETTINGS, writeSetting, type Settings } from '../settings.js'
import { table } from '../table.js'

const KEYS = Object.keys(SETTINGS).map(knownKey)

/** `vdata config`: settings are kept in config.json in vdata's home. */
export function define(command: Command, context: () => Context): void {
  command.description("Read and change settings. They are kept in config.json in vdata's folder.")
  examples(command, [
    ['vdata config set dataset vdata://…', 'say once which dataset --from and --to mean'],
    ['vdata config list', 'see what is set, and what can be']
  ])

  const get = command
    .command('get')
    .summary('print a setting, or all that are set')
    .addArgument(new Argument('[key]', 'the setting').choices(KEYS))
    .action((key: string | undefined) => print(context(), key))
  examples(get, [['vdata config get dataset', 'print the link of your dataset']])

  const set = command
    .command('set')
    .summary('change a setting')
    .addArgument(new Argument('<key>', 'the setting').choices(KEYS))
    .argument('<value>', 'its new value')
    .action((key: string, value: string) => {
      writeSetting(context().home, key, value)
      context().result({ [key]: value })
    })
  examples(set, [['vdata config set donate_note off', 'never be asked to support the volunteers']])

  const unset = command
    .command('unset')
    .summary('go back to the default')
    .argument('<key>', 'the setting; one that this version does not know, too')
    .action((key: string) => {
      writeSetting(context().home, key, undefined)
      context().result({ [key]: null })
    })
  examples(unset, [['vdata config unset bootstrap', 'use the public network again']])

  const list = command
    .command('list')
    .summary('list all settings and what they are for')
    .action(() => listAll(context()))
  examples(list, [['vdata config list --json', 'as JSON']])
}

function print(context: Context, key: string | undefined): void {
  const settings = readSettings(context.home)
  if (key === undefined) {
    context.result(
      settings,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n')
    )
    return
  }
  const value = settings[knownKey(key)]
  if (value === undefined) {
    throw new VdataError('config', 'SETTING_MISSING', `${key} is not set.`, `Set it with 'vdata config set ${key} …'.`)
  }
  context.result({ [key]: value }, value)
}

function listAll(context: Context): void {
  const settings: Settings = readSettings(context.home)
  context.result(
    Object.fromEntries(KEYS.map((key) => [key, { value: settings[key] ?? null, what: SETTINGS[key] }])),
    table(KEYS.map((key) => [key, settings[key] ?? '-', SETTINGS[key]]))
  )
}
