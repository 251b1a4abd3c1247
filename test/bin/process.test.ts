// How the process talks and ends, with commands that do what the real ones rarely do.
import { openSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { EXIT_CODES } from '../../bin/exit-codes.js'
import { Cli, parseLines } from '../helpers/cli.js'

const entry = fileURLToPath(new URL('fixtures/probe.js', import.meta.url))

test('data goes to stdout, talk to stderr', async (t) => {
  const cli = await Cli.create(t, { entry })
  const { code, stdout, stderr } = await cli.run(['talk'])
  t.is(code, 0)
  t.is(stdout, 'data\nresult\n')
  t.is(stderr, 'said\nwarning: warned\n')
})

test('--quiet leaves data and warnings', async (t) => {
  const cli = await Cli.create(t, { entry })
  for (const args of [
    ['talk', '--quiet'],
    ['-q', 'talk']
  ]) {
    const { stdout, stderr } = await cli.run(args)
    t.is(stdout, 'data\nresult\n')
    t.is(stderr, 'warning: warned\n')
  }
})

test('--json has nothing but JSON on stdout, and nothing on stderr', async (t) => {
  const cli = await Cli.create(t, { entry })
  for (const args of [
    ['talk', '--json'],
    ['--json', 'talk']
  ]) {
    const { stdout, stderr } = await cli.run(args)
    const hostile = '\u001b]0;title\u0007\u009b31m\u202e'
    t.alike(parseLines(stdout), [
      { event: 'warning', message: 'warned' },
      { event: 'emitted', text: hostile },
      { result: 1 }
    ])
    t.absent(/[\u001b\u0007\u009b\u202e]/.test(stdout), 'no character that a terminal acts on')
    t.is(stderr, '')
  }
})

test('what libraries print never reaches stdout', async (t) => {
  const cli = await Cli.create(t, { entry })
  const { stdout, stderr } = await cli.run(['noise', '--json'])
  t.is(stdout, '{"ok":1}\n')
  t.ok(stderr.startsWith('[hypercore] conflict detected'))
  t.absent(stderr.includes('\u001b'))
})

test('outside text cannot act on the terminal', async (t) => {
  const cli = await Cli.create(t, { entry })
  const plain = await cli.run(['hostile'])
  t.is(plain.stderr, 'abcdef red\n')
  const colored = await cli.run(['hostile'], { env: { FORCE_COLOR: '1' } })
  t.is(colored.stderr, 'abcdef \u001b[31mred\u001b[39m\n')
  t.is((await cli.run(['hostile', '--no-color'], { env: { FORCE_COLOR: '1' } })).stderr, 'abcdef red\n')
})

test('every failure has its exit code, one sentence of what and one of what to do', async (t) => {
  const cli = await Cli.create(t, { entry })
  for (const [failure, expected] of Object.entries(EXIT_CODES)) {
    const { code, stdout, stderr } = await cli.run(['fail', failure])
    t.is(code, expected, failure)
    t.is(stdout, '')
    if (failure === 'usage') t.is(stderr, "error: It did not work: do something else (see 'vdata fail --help').\n")
    else t.is(stderr, 'error: It did not work.\n  Do something else.\n')
  }
  const json = await cli.run(['fail', 'refused', '--json'])
  t.is(json.code, 8)
  t.alike(parseLines(json.stdout), [
    { event: 'error', code: 'A_CODE', message: 'It did\nnot\u001b[2J work.', advice: 'Do something else.' }
  ])
  t.is(json.stderr, '')
})

test('a defect is one line; its stack is shown on request', async (t) => {
  const cli = await Cli.create(t, { entry })
  for (const [name, message] of [
    ['crash', 'x is not a function'],
    ['uncaught', 'from a callback'],
    ['unhandled', 'from a promise'],
    ['stuck', 'the command waits for something that cannot happen any more']
  ] as const) {
    const { code, stderr } = await cli.run([name])
    t.is(code, 1, name)
    t.is(stderr, `error: Something went wrong: ${message}.\n  Set VDATA_DEBUG=1 to see where.\n`)
  }
  const { stderr } = await cli.run(['crash'], { env: { VDATA_DEBUG: '1' } })
  t.ok(/at .*probe\.js/.test(stderr))
})

test('what the system says is put into words', async (t) => {
  const cli = await Cli.create(t, { entry })
  const { code, stderr } = await cli.run(['missing'])
  t.is(code, 1)
  t.is(stderr, 'error: There is no file nowhere.json.\n  Check the spelling of its name.\n')
})

test('nothing that was written is lost, and nothing that was left open keeps the process alive', async (t) => {
  const cli = await Cli.create(t, { entry })
  const { code, stdout } = await cli.run(['flood', '5000'])
  t.is(code, 0)
  t.is(stdout.length, 5_000_000)
  const leak = await cli.run(['leak'])
  t.is(leak.code, 0)
  t.is(leak.stdout, 'done\n')
})

test('a reader that goes away ends the command in silence', async (t) => {
  const cli = await Cli.create(t, { entry })
  const drip = cli.start(['drip'])
  await drip.said(/^3$/m)
  drip.output.destroy()
  const { code, signal, stderr } = await drip.exited
  t.is(code, 130)
  t.is(signal, null)
  t.is(stderr, '')
  const flood = cli.start(['flood', '1000'])
  flood.output.destroy()
  const done = await flood.exited
  t.is(done.code, 0, 'a command that had done all it had to do is done')
  t.is(done.stderr, '')
})

test('output that cannot be written is an error', { skip: process.platform !== 'linux' }, async (t) => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [entry, 'talk'], { stdio: ['ignore', full, 'pipe'] })
  t.is(status, 1)
  t.ok(stderr.toString().endsWith('error: The disk that holds the output is full.\n  Make room and run it again.\n'))
})

test('the first signal lets a command end in an orderly manner', async (t) => {
  const cli = await Cli.create(t, { entry })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const serve = cli.start(['serve'])
    await serve.said(/ready/)
    const { code, signal: killedBy, stderr } = await serve.stop(signal)
    t.is(code, 130, signal)
    t.is(killedBy, null)
    t.is(stderr, 'ready\ngoodbye\n')
  }
})

test('a command may say that being stopped is its normal end', async (t) => {
  const cli = await Cli.create(t, { entry })
  const quit = cli.start(['quit', '--json'])
  await quit.event('ready')
  t.is((await quit.stop()).code, 0)
})

test('a command that the signal interrupts ends with 130, under --json with the reason', async (t) => {
  const cli = await Cli.create(t, { entry })
  const people = cli.start(['wait'])
  await people.said(/ready/)
  const { code, stderr } = await people.stop()
  t.is(code, 130)
  t.is(stderr, 'ready\n')
  const programs = cli.start(['wait', '--json'])
  await programs.event('ready')
  const { stdout } = await programs.stop()
  t.alike(parseLines(stdout).at(-1), { event: 'error', code: 'INTERRUPTED', message: 'Interrupted.', advice: '' })
})

test('a stopped command can say how to go on', async (t) => {
  const cli = await Cli.create(t, { entry })
  const running = cli.start(['resumable', '--quiet', '--json'])
  await running.event('ready')
  const { code, stdout } = await running.stop('SIGTERM')
  t.is(code, 130)
  t.is(parseLines(stdout).at(-1)?.code, 'HALF_DONE')
})

test('the second signal ends the process at once', async (t) => {
  const cli = await Cli.create(t, { entry })
  const hang = cli.start(['hang', '--json'])
  await hang.event('ready')
  hang.kill('SIGINT')
  hang.kill('SIGTERM')
  t.is((await hang.exited).code, 130)
})

test('a command that does not heed the signal is ended all the same', async (t) => {
  const cli = await Cli.create(t, { entry })
  const hang = cli.start(['hang', '--json'])
  await hang.event('ready')
  t.is((await hang.stop()).code, 130)
})

test('nobody is asked where nobody can answer', async (t) => {
  const cli = await Cli.create(t, { entry })
  t.is((await cli.run(['questions'])).stdout, 'false none nobody\n')
  t.is((await cli.run(['questions', '--yes'])).stdout, 'true none nobody\n')
  t.alike(parseLines((await cli.run(['questions', '--json'])).stdout), [{ yes: false, one: 'none', name: 'nobody' }])
})

test('progress is for terminals only', async (t) => {
  const cli = await Cli.create(t, { entry })
  t.is((await cli.run(['progress'])).stderr, 'between\nlater\nafter\n')
})

test('an editor needs a terminal', async (t) => {
  const cli = await Cli.create(t, { entry })
  const { code, stderr } = await cli.run(['edit'], { env: { EDITOR: 'true' } })
  t.is(code, 2)
  t.ok(stderr.startsWith('error: There is no terminal to open an editor in: say it on the command line'))
})
