import { Command, type HelpContext } from 'commander'
import type { Context } from './context.js'
import { examples, pathOf } from './help.js'
import { REGISTRY } from './registry.js'
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
  version: string
  /** Called once the command line was understood, before the command's action; `path` is the command's whole name. */
  onAction: (options: GlobalOptions, path: string) => Promise<void>
  /** The context of the action that runs. */
  context: () => Context
  hasColors: () => boolean
}

/** The command tree, with a stub for each command of the registry that is filled when the command is called. */
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

  for (const entry of REGISTRY) {
    program.command(entry.name).summary(entry.summary).helpGroup(`${entry.group}:`)
  }
  program.hook('preSubcommand', (_program, command) => fill(command, options.context))
  program.hook('preAction', (_program, command) => options.onAction(program.opts<GlobalOptions>(), pathOf(command)))
  return program
}

/** Loads a command's module and lets it define its arguments, options and sub-commands. */
async function fill(command: Command, context: () => Context): Promise<void> {
  const entry = REGISTRY.find(({ name }) => name === command.name())
  const module = await entry?.load()
  module?.define(command, context)
}

/** The command tree with every command's module loaded, to be looked at but not called. */
export async function wholeProgram(): Promise<Command> {
  const program = createProgram({ version: '', hasColors: () => false, onAction: async () => {}, context: noContext })
  for (const command of program.commands) await fill(command, noContext)
  return program
}

function noContext(): never {
  throw new Error('this command tree is only to be looked at')
}

// Commander takes it out again where the output has no colours.
function bold(title: string): string {
  return `\u001b[1m${title}\u001b[22m`
}
