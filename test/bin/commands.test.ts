// Every command of the registry, and each of its sub-commands: those that are added later are covered too.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import type { Command } from 'commander'
import { pathOf } from '../../bin/help.js'
import { wholeProgram } from '../../bin/program.js'
import { REGISTRY } from '../../bin/registry.js'
import { Cli, parseLines } from '../helpers/cli.js'

const program = await wholeProgram()
const commands = tree(program)

test('every command has help, with an example', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  await eachTwoAtOnce(commands, async (command) => {
    const path = pathOf(command)
    const { code, stdout, stderr } = await cli.run([...wordsOf(command), '--help'])
    t.is(code, 0, `${path} --help`)
    t.is(stderr, '')
    t.ok(stdout.startsWith(`Usage: ${path} `))
    t.ok(new RegExp(`^Examples?:\n(.*\n)*  \\$ (.* \\| |source <\\()?${path}\\b`, 'm').test(stdout), 'with an example')
    t.ok(stdout.includes('--json'), 'the global options are in it')
  })
})

test('wrong usage of any command ends with 2 and one sentence that names its help', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  await eachTwoAtOnce(commands, async (command) => {
    const path = pathOf(command)
    const args = [...wordsOf(command), '--no-such-option']
    const { code, stdout, stderr } = await cli.run(args)
    t.is(code, 2, args.join(' '))
    t.is(stdout, '')
    t.is(stderr, `error: Unknown option '--no-such-option': see '${path} --help'.\n`)
  })
})

test('under --json, wrong usage is an event on stdout', async (t) => {
  const cli = await Cli.create(t)
  await eachTwoAtOnce(program.commands, async (command) => {
    const { code, stdout, stderr } = await cli.run([command.name(), '--no-such-option', '--json'])
    t.is(code, 2, command.name())
    t.is(stderr, '')
    const message = "Unknown option '--no-such-option'."
    const advice = `See '${pathOf(command)} --help'.`
    t.alike(parseLines(stdout), [{ event: 'error', code: 'UNKNOWN_OPTION', message, advice }])
  })
})

test('no command takes an option away from the global ones', (t) => {
  const taken = new Set(flagsOf(program))
  for (const command of commands.slice(1)) {
    t.alike(
      flagsOf(command).filter((flag) => taken.has(flag)),
      [],
      pathOf(command)
    )
  }
})

test('every command says in a line what it does', (t) => {
  for (const command of commands.slice(1)) {
    const line = command.summary() || command.description()
    t.ok(line.length > 0 && line.length <= 100 && !line.includes('\n'), pathOf(command))
  }
})

test('the top-level help and the version load no command', async (t) => {
  const cli = await Cli.create(t)
  for (const args of [['--help'], ['--version'], [], ['help']]) {
    const coverage = await t.tmp()
    const { code } = await cli.run(args, { env: { NODE_V8_COVERAGE: coverage } })
    t.is(code, 0)
    const loaded = loadedFiles(coverage)
    t.ok(loaded.includes('dist/bin/run.js'))
    t.alike(
      loaded.filter((file) => !/^(dist\/bin\/[^/]*|dist\/lib\/errors\.js|node_modules\/commander\/.*)$/.test(file)),
      [],
      args.join(' ')
    )
  }
})

test('the help lists every command', async (t) => {
  const cli = await Cli.create(t)
  const { stdout } = await cli.run([])
  for (const { name, summary } of REGISTRY) t.ok(stdout.replace(/\s+/g, ' ').includes(`${name} ${summary}`), name)
  t.is((await cli.run(['help'])).stdout, stdout)
  t.is((await cli.run(['help', 'config', 'get'])).stdout, (await cli.run(['config', 'get', '--help'])).stdout)
})

test('a mistyped command is guessed', async (t) => {
  const cli = await Cli.create(t)
  const { code, stderr } = await cli.run(['confg'])
  t.is(code, 2)
  t.is(stderr, "error: Unknown command 'confg': did you mean config (see 'vdata --help')?\n")
  const sub = await cli.run(['config'])
  t.is(sub.code, 2)
  t.is(sub.stderr, "error: Missing command: see 'vdata config --help'.\n")
})

test('the version is the package’s', async (t) => {
  const cli = await Cli.create(t)
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  const { version } = manifest as { version: string }
  for (const flag of ['--version', '-V']) t.is((await cli.run([flag])).stdout, version + '\n')
})

function tree(command: Command): Command[] {
  return [command, ...command.commands.flatMap(tree)]
}

function wordsOf(command: Command): string[] {
  return pathOf(command).split(' ').slice(1)
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ long, short }) => [long, short]).filter((flag) => typeof flag === 'string')
}

/** The files that a process ran, by its own account, from the project's folder. */
function loadedFiles(coverage: string): string[] {
  const root = new URL('../../../', import.meta.url).href
  return readdirSync(coverage)
    .flatMap((file) => {
      const report: unknown = JSON.parse(readFileSync(join(coverage, file), 'utf8'))
      return (report as { result: { url: string }[] }).result.map(({ url }) => url)
    })
    .filter((url) => url.startsWith(root))
    .map((url) => url.slice(root.length))
}

async function eachTwoAtOnce<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await each(item)
  }
  await Promise.all([worker(), worker()])
}
