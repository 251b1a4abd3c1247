// What a person at a terminal sees, on a real one.
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'brittle'
import { Cli, HAS_TERMINAL, type Running } from '../helpers/cli.js'

const entry = fileURLToPath(new URL('fixtures/probe.js', import.meta.url))
const options = { skip: !HAS_TERMINAL }

const ENTER = '\r'
const UP = '\u001b[A'
const CTRL_C = '\u0003'

test('a person is asked', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const running = cli.start(['questions'], { terminal: true })
  await answer(running, /Really\?/, 'y')
  await answer(running, /Which\?/, UP + ENTER)
  await answer(running, /Who\?/, 'Ann' + ENTER)
  const { code, stdout } = await running.exited
  t.is(code, 0)
  t.ok(/^true all Ann\r$/m.test(stripVTControlCharacters(stdout)))
})

test('Enter takes the fallback', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const running = cli.start(['questions'], { terminal: true })
  for (const question of [/Really\?/, /Which\?/, /Who\?/]) await answer(running, question, ENTER)
  t.ok(/^false none nobody\r$/m.test(stripVTControlCharacters((await running.exited).stdout)))
})

test('Ctrl-C in a question is Ctrl-C', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const running = cli.start(['questions'], { terminal: true })
  await answer(running, /Really\?/, CTRL_C)
  t.is((await running.exited).code, 130)
})

test('a signal ends a question in an orderly manner', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const { code, stdout } = await cli.start(['signalled'], { terminal: true }).exited
  t.is(code, 130)
  t.ok(stdout.includes('goodbye'))
})

test('nobody is asked with --no-input', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const { stdout } = await cli.start(['questions', '--no-input'], { terminal: true }).exited
  t.is(stdout, 'false none nobody\r\n')
})

test('Ctrl-C says that the command stops', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const running = cli.start(['serve'], { terminal: true })
  await answer(running, /ready/, CTRL_C)
  const { code, stdout } = await running.exited
  t.is(code, 130)
  t.ok(/Stopping\..*goodbye/s.test(stdout))
})

test('progress is redrawn in place and leaves nothing behind', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const { stdout } = await cli.start(['progress'], { terminal: true }).exited
  const first = 'first ' + 'x'.repeat(72) + '…\r\nsecond\r\n'
  const third = 'third fourth\r\n'
  const after = '\u001b[32mafter\u001b[39m\r\n'
  t.is(stdout, `${first}${erase(2)}between\r\n${first}${erase(2)}later\r\n${third}${erase(1)}${after}`)
})

test('colours are for terminals, and can be switched off', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const say = async (args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
    (await cli.start(['hostile', ...args], { terminal: true, env }).exited).stdout
  t.is(await say([]), 'abcdef \u001b[31mred\u001b[39m\r\n')
  for (const plain of [say(['--no-color']), say([], { NO_COLOR: '1' }), say([], { TERM: 'dumb' })]) {
    t.is(await plain, 'abcdef red\r\n')
  }
})

test('a text is edited in $VISUAL, else $EDITOR, which may have arguments', options, async (t) => {
  const cli = await Cli.create(t, { entry })
  const editing = (env: NodeJS.ProcessEnv): Running =>
    cli.start(['edit', 'SELECT 1'], { terminal: true, env: { EDITOR: 'false', ...env } })
  const { code, stdout } = await editing({ VISUAL: "sed -i 's/1/2/'" }).exited
  t.is(code, 0)
  t.is(stdout, 'SELECT 2\r\n')
  const failed = await editing({}).exited
  t.is(failed.code, 1)
  t.ok(failed.stdout.includes("The editor 'false' did not end well, so nothing was done."))
})

async function answer(running: Running, question: RegExp, keys: string): Promise<void> {
  await running.said(question)
  running.stdin.write(keys)
}

function erase(lines: number): string {
  return `\u001b[${lines}A\r\u001b[J`
}
