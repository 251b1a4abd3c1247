import { Command, type HelpContext } from 'commander'
import type { Context } from './context.js'
import { examples, pathOf } from './help.js'
import { REGISTRY, type Entry } from './registry.js'
import { sentence } from './text.js'
import { usageError } from './usage.js'

/** The options that every command understands, before or after its name. */
export interface GlobalOptions {
  json?: boolean
  quiet?: boolean
  yes?: boolean
  input: boolean
  color: boolean
  home?: string
}

/** A command whose usage errors are thrown, as one sentence that names its help, instead of being printed. */
class VdataCommand extends Command {
  override createCommand(name?: string): Command {
    return new VdataCommand(name)
  }

  override error(message: string, options?: { code?: string }): never {
    throw usageError(message, options?.code ?? '', pathOf(this))
  }

  override help(context?: HelpContext | ((text: string) => string)): never {
    // Commander shows the whole help to who left out a sub-command.
    const missing = typeof context === 'object' && context.error === true && this.parent !== null
    if (missing) this.error('error: missing command', { code: 'commander.missingCommand' })
    return super.help()
  }
}

export interface ProgramOptions {
  registry: readonly Entry[]
  version: string
  /** Called once the command line was understood, before the command's action; `path` is the command's whole name. */
  onAction: (options: GlobalOptions, path: string) => Promise<void>
  /** The context of the action that runs. */
  context: () => Context
  hasColors: () => boolean
}

/** The command tree, in which each command of the registry has a name only, until it is called. */
export function createProgram(options: ProgramOptions): Command {
  const program = new VdataCommand('vdata')
    .exitOverride()
    .configureOutput({ getOutHasColors: options.hasColors })
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => command.name(),
      commandDescription: (command) => command.description() || sentence(command.summary()),
      styleTitle: bold
    })
    .description('A peer-to-peer network for open, low-bias synthetic training data.')
    .helpCommand(false)
    .version(options.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .option('--json', 'print JSON on stdout, for programs; nobody is asked anything')
    .option('-q, --quiet', 'say only what matters')
    .option('-y, --yes', 'answer every question with yes')
    .option('--no-input', 'ask nothing')
    .option('--no-color', 'no colours (also $NO_COLOR)')
    .option('--home <folder>', 'where vdata keeps its data (also $VDATA_HOME)')
  examples(program, [
    ['vdata pull law.jsonl --from vdata://… --where topic=law', 'get the part of a dataset that you need'],
    ['vdata gen out.jsonl recipe.json', 'generate records'],
    ['vdata share out.jsonl --to vdata://…', 'give them to a dataset']
  ])

  for (const { name, summary, group } of options.registry) {
    program.command(name).summary(summary).helpGroup(`${group}:`)
  }
  program.hook('preSubcommand', (_program, command) => load(command, options))
  program.hook('preAction', (_program, command) => options.onAction(program.opts<GlobalOptions>(), pathOf(command)))
  return program
}

/** The command tree with every command's module loaded, to be looked at but not called. */
export async function wholeProgram(): Promise<Command> {
  const options = { registry: REGISTRY, version: '', onAction: async () => {}, context: noContext }
  const program = createProgram({ ...options, hasColors: () => false })
  for (const command of program.commands) await load(command, options)
  return program
}

/** Lets a command's module define its arguments, options, sub-commands and action. */
async function load(command: Command, { registry, context }: Pick<ProgramOptions, 'registry' | 'context'>) {
  const entry = registry.find(({ name }) => name === command.name())
  const module = await entry?.load()
  module?.define(command, context)
}

function noContext(): never {
  throw new Error('this command tree is only to be looked at')
}

// Commander takes it out again where the output has no colours.
function bold(title: string): string {
  return `\u001b[1m${title}\u001b[22m`
}
