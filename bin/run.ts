import process from 'node:process'
import { format } from 'node:util'
import { CommanderError } from 'commander'
import { codeOf, VdataError } from '../lib/errors.js'
import { wantsColor } from './color.js'
import type { ProcessContext } from './create-context.js'
import { EXIT_CODES } from './exit-codes.js'
import { createProgram, type GlobalOptions } from './program.js'
import type { Entry } from './registry.js'
import { listenForSignals, type Stop } from './signals.js'
import { cleanLines } from './text.js'
import { version } from './version.js'

/**
 * Runs one command line.
 * @param registry the commands that there are
 * @returns the code to end with, once everything that was written has left the process
 */
export async function run(argv: readonly string[], registry: readonly Entry[]): Promise<number> {
  let context: ProcessContext | undefined
  let path = 'vdata'
  const stop = listenForSignals(() => {
    if (context?.live) context.say('Stopping. Press Ctrl-C again to end at once.')
  })
  const program = createProgram({
    registry,
    version: version(),
    hasColors: () => wantsColor(process.stdout, program.opts<GlobalOptions>().color),
    onAction: async (options, name) => {
      const { ProcessContext } = await import('./create-context.js')
      context = new ProcessContext(options, stop)
      path = name
    },
    context: () => {
      if (!context) throw new Error('a command asked for its context before its action')
      return context
    }
  })
  const broken = whenBroken(stop)
  redirectConsole()

  let code = 0
  try {
    await Promise.race([program.parseAsync(helpAsOption(argv), { from: 'user' }), broken])
    code = context?.exitCode ?? (stop.interrupted ? EXIT_CODES.interrupted : 0)
    await Promise.race([flush(process.stdout), broken])
  } catch (error) {
    context?.end()
    code = error instanceof CommanderError ? error.exitCode : await report(error, path, program.opts(), stop)
    await flush(process.stdout)
  }
  context?.end()
  await flush(process.stderr)
  return code
}

/** Tells what went wrong. Loaded only then. */
async function report(error: unknown, path: string, options: GlobalOptions, stop: Stop): Promise<number> {
  const { jsonReport, textReport, toVdataError } = await import('./report.js')
  // A stopped command that throws just that has nothing more to say.
  const stopped =
    stop.signal.aborted && (error === stop.signal.reason || (error as Error | null)?.name === 'AbortError')
  const known = stopped ? (stop.signal.reason as VdataError) : toVdataError(error, path)
  if (process.env.VDATA_DEBUG) {
    const { inspect } = await import('node:util')
    process.stderr.write(cleanLines(inspect(error)) + '\n')
  }
  if (options.json) process.stdout.write(jsonReport(known) + '\n')
  else if (!stopped) {
    const { default: colors } = await import('picocolors')
    const { red } = colors.createColors(wantsColor(process.stderr, options.color))
    process.stderr.write(textReport(known, red) + '\n')
  }
  return stop.interrupted ? EXIT_CODES.interrupted : EXIT_CODES[known.failure]
}

/** `vdata help gen` is `vdata gen --help`, as in git and npm. */
function helpAsOption(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv]
}

/** Rejects when something failed that no command can catch. */
function whenBroken(stop: Stop): Promise<never> {
  return new Promise((_resolve, reject) => {
    // Unhandled rejections arrive here as well.
    process.on('uncaughtException', reject)
    process.once('beforeExit', () => reject(new Error('the command waits for something that cannot happen any more')))
    process.stdout.on('error', (error) => {
      // `vdata … | head`: whoever read has enough. What a command has not yet done, it need not do.
      if (codeOf(error) === 'EPIPE')
        stop.abort(new VdataError('interrupted', 'INTERRUPTED', 'Nobody reads the output.'))
      else reject(error)
    })
    // The terminal is gone: there is nobody left to be told anything.
    process.stderr.on('error', () => {})
  })
}

/** Some of the libraries below print; stdout belongs to the data. */
function redirectConsole(): void {
  Object.assign(globalThis.console, { log: talk, info: talk, debug: talk, warn: talk, error: talk, dir: talk })
}

function talk(...values: unknown[]): void {
  process.stderr.write(cleanLines(format(...values)) + '\n')
}

/** Resolves once everything that was written has left the process, or cannot leave it any more. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // A failed write is only told in a later turn of the event loop.
    stream.write('', () => setImmediate(resolve))
  })
}
