import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import test, { type Assert } from 'brittle'
import { Cli, HAS_TERMINAL, parseLines } from '../helpers/cli.js'
import { KEY, linesOf, recipeFor } from '../helpers/generate.js'
import { ProviderServer, type ProviderOptions } from '../helpers/provider-server.js'
import type { RecipeInput } from '../../lib/generate/index.js'

const TEMPLATE: RecipeInput = {
  topic: 'employment',
  variables: { job: ['nurse', 'judge'], person: ['he', 'she'] },
  balance: ['person'],
  prompt: 'Describe the {{job}}.',
  response: '{{person | capitalize}} works as {{job | a}}.'
}

async function setUp(t: Assert, recipe: RecipeInput): Promise<{ cli: Cli; recipe: string; output: string }> {
  const cli = await Cli.create(t)
  const file = join(cli.home, 'recipe.json')
  await writeFile(file, JSON.stringify(recipe))
  return { cli, recipe: file, output: join(cli.home, 'out.jsonl') }
}

test('init, check, generate, and nothing with --quiet', async (t) => {
  const cli = await Cli.create(t)
  t.is((await cli.run(['gen', '--init', 'mine.json'])).stdout, 'mine.json\n')
  t.is((await cli.run(['gen', '--init', 'mine.json'])).code, 2, 'never over a file')
  const checked = await cli.run(['gen', '--check', 'mine.json'])
  t.is(checked.code, 0)
  t.ok(checked.stdout.includes('mine.json is valid: 6 records'))
  t.is(checked.stdout.match(/^Prompt \(person=/gm)?.length, 3)
  const schema = (JSON.parse(await readFile(join(cli.home, 'mine.json'), 'utf8')) as { $schema: string }).$schema
  t.ok(existsSync(new URL(schema)), 'the schema that it names is there')

  const quiet = await cli.run(['gen', 'a.jsonl', 'mine.json', '--quiet'])
  t.alike([quiet.code, quiet.stdout, quiet.stderr], [0, '', ''])
  t.is((await linesOf(join(cli.home, 'a.jsonl'))).length, 6)
  const told = await cli.run(['gen', 'b.jsonl', 'mine.json', '-n', '2'])
  t.is(told.stdout, '')
  t.ok(told.stderr.includes('2 records in b.jsonl'))
  t.alike(
    (await readdir(cli.home)).filter((name) => /tmp|lock/.test(name)),
    [],
    'nothing is left behind'
  )
})

test('--json: every line is JSON, the last one is the result', async (t) => {
  const { cli, recipe, output } = await setUp(t, TEMPLATE)
  const { stdout, stderr, code } = await cli.run(['gen', output, recipe, '--json'])
  t.is(code, 0)
  t.is(stderr, '')
  const events = parseLines(stdout)
  t.alike([events[0]!.event, events.at(-1)!.event], ['plan', 'done'])
  t.is(events.at(-1)!['records'], 4)
  t.alike(events.at(-1)!['balance'], { 'person=he': 2, 'person=she': 2 })
})

test('what was generated is checked as a moderator would', async (t) => {
  const response = 'Ask {{person}} to pay with 4111 1111 1111 1111.'
  const { cli, recipe, output } = await setUp(t, { ...TEMPLATE, response })
  const { stdout } = await cli.run(['gen', output, recipe, '--json'])
  const check = parseLines(stdout).at(-1)!['check'] as { passes: boolean; faults: { [code: string]: number } }
  t.alike([check.passes, check.faults['pii_card']], [false, 4])
  const again = await cli.run(['gen', output, recipe])
  t.ok(/^checks {5}pii_card 4.*\(vdata check .*out\.jsonl\)$/m.test(again.stderr), again.stderr)
})

test('exit codes: 2 for the call or the recipe, 3 for the key, 6 for the budget, 7 for what can be resumed', async (t) => {
  const server = await ProviderServer.start(t, {
    fault: ({ prompt }) => (prompt.includes('subject 7.') ? { kind: 'status', status: 500 } : undefined)
  })
  const { cli, recipe, output } = await setUp(t, recipeFor(server, 20, { attempts: 2 }))
  const prices = ['--price-in', '1', '--price-out', '2']
  const code = async (...args: string[]) => (await cli.run(['gen', ...args])).code
  t.is(await code(), 2)
  t.is(await code(output), 2)
  t.is(await code(output, recipe, '--price-in', '1'), 2)
  t.is(await code(output, recipe, '--budget', '0'), 2)
  t.is(await code(output, 'nowhere.json'), 2)
  t.is(await code(output, recipe, '--budget', '1'), 3, 'no price is known')
  await writeFile(join(cli.home, 'own.json'), JSON.stringify({ provider: 'openai', model: 'gpt-4o-mini', prompt: 'x' }))
  const keyless = await cli.run(['gen', output, 'own.json'])
  t.is(keyless.code, 3)
  t.ok(/OPENAI_API_KEY/.test(keyless.stderr))
  t.is(server.requests, 0)
  t.is(await code(output, recipe, '--budget', '0.0014', ...prices), 6)
  t.ok((await linesOf(output)).length > 0)
  t.is(await code(output, recipe, '--budget', '1', ...prices), 7)
  t.is((await linesOf(output)).length, 19)
  server.options.fault = undefined
  t.is(await code(output, recipe, '--budget', '1', ...prices), 0)
  t.is((await linesOf(output)).length, 20)
})

test('above the threshold somebody has to approve', async (t) => {
  const server = await ProviderServer.start(t)
  const { cli, recipe, output } = await setUp(t, recipeFor(server, 20, { prices: { input: 1000, output: 1000 } }))
  const refused = await cli.run(['gen', output, recipe])
  t.is(refused.code, 2)
  t.ok(/may cost up to \$4\.\d\d.*--yes.*--budget/s.test(refused.stderr), refused.stderr)
  const dry = await cli.run(['gen', output, recipe, '--dry-run'])
  t.is(dry.code, 0)
  t.ok(/requests +20\n.*cost +\$\d.* to \$4/s.test(dry.stderr), dry.stderr)
  t.is(server.requests, 0)
  t.is((await cli.run(['gen', output, recipe, '--yes'])).code, 0)
  t.is(server.requests, 20)
})

test('--journal says what it holds', async (t) => {
  const server = await ProviderServer.start(t)
  const { cli, recipe, output } = await setUp(t, recipeFor(server, 5, { prices: { input: 1, output: 1 } }))
  t.is((await cli.run(['gen', output, '--journal'])).code, 1)
  await cli.run(['gen', output, recipe])
  const shown = await cli.run(['gen', output, '--journal', '--json'])
  const facts = JSON.parse(shown.stdout) as { answers: number; spending: { known: number } }
  t.is(facts.answers, 5)
  t.ok(facts.spending.known > 0)
  t.ok(/answers +5\n/.test((await cli.run(['gen', output, '--journal'])).stdout))
})

test('the first Ctrl-C waits for what is in flight, however long; the second does not', async (t) => {
  const server = await ProviderServer.start(t, { latency: 5500 })
  const { cli, recipe, output } = await setUp(t, recipeFor(server, 50, { concurrency: 4 }))
  const patient = cli.start(['gen', output, recipe, '--json'])
  await until(() => server.requests === 4)
  const { code } = await patient.stop('SIGINT')
  t.is(code, 130)
  t.is(server.requests, 4)
  t.is((await linesOf(output)).length, 4)
  t.ok(patient.events.some(({ event, in_flight }) => event === 'stopping' && in_flight === 4))

  const hasty = cli.start(['gen', output, recipe, '--json'])
  await until(() => server.requests === 8)
  hasty.kill('SIGINT')
  await hasty.event('stopping')
  t.is((await hasty.stop('SIGINT')).code, 130)
  t.is(server.inFlight, 4, 'their answers had not come')
})

test('the key is nowhere: not in files, events, errors, records or the list of processes', async (t) => {
  const secret = 'sk-very-secret-key-8731'
  const options: ProviderOptions = {
    latency: 20,
    answer: ({ hash }) => `An answer that repeats ${secret} and ${hash}`,
    fault: (_, number) => {
      if (number === 3) return { kind: 'status', status: 500, message: `failed for ${secret}` }
      return number === 5 ? { kind: 'status', status: 400, message: `bad ${secret}` } : undefined
    }
  }
  for (const provider of ['openai', 'gemini'] as const) {
    const server = await ProviderServer.start(t, options)
    const { cli, recipe, output } = await setUp(t, recipeFor(server, 60, { provider, concurrency: 4 }))
    const running = cli.start(['gen', output, recipe, '--json', '-k', secret], {
      env: { NODE_DEBUG: 'http', VDATA_DEBUG: '1', OPENAI_LOG: 'debug' }
    })
    const requests = server.requests
    await until(() => server.requests > requests + 5)
    if (process.platform === 'linux') {
      t.absent((await readFile(`/proc/${running.pid}/cmdline`, 'utf8')).includes(secret), 'the list of processes')
    }
    const { stdout, stderr, code } = await running.exited
    t.is(code, 0)
    t.ok(stdout.includes('OPENAI_API_KEY, GEMINI_API_KEY or APIKEY'), '-k warns, and names what is better')
    t.absent(stdout.includes(secret), 'events')
    t.absent(stderr.includes(secret), 'stderr')
    t.is((await linesOf(output)).length, 59)
    for (const name of await readdir(cli.home)) {
      t.absent((await readFile(join(cli.home, name), 'utf8')).includes(secret), name)
    }
    t.ok(
      server.asked.every(({ key }) => key.includes(secret)),
      'the provider was given it'
    )
  }
})

test('a refused key is not repeated', async (t) => {
  const secret = 'sk-very-secret-key-8731'
  const server = await ProviderServer.start(t, {
    fault: () => ({ kind: 'status', status: 401, message: `Incorrect API key provided: ${secret}` })
  })
  const { cli, recipe, output } = await setUp(t, recipeFor(server, 5))
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await cli.run(['gen', output, recipe, ...more], {
      env: { OPENAI_API_KEY: secret, VDATA_DEBUG: '1' }
    })
    t.is(code, 3)
    t.ok(/key/.test(stdout + stderr))
    t.absent((stdout + stderr).includes(secret))
  }
  t.is(server.requests, 2)
})

test('the key is taken from the environment of its provider', async (t) => {
  for (const [provider, env] of [
    ['openai', { OPENAI_API_KEY: `${KEY}\n`, GEMINI_API_KEY: 'wrong' }],
    ['gemini', { GEMINI_API_KEY: KEY, OPENAI_API_KEY: 'wrong' }],
    ['openai', { APIKEY: KEY }],
    ['gemini', { APIKEY: KEY }]
  ] as const) {
    const server = await ProviderServer.start(t)
    const { cli, recipe, output } = await setUp(t, recipeFor(server, 1, { provider }))
    t.is((await cli.run(['gen', output, recipe], { env })).code, 0)
    t.ok(server.asked[0]!.key.endsWith(KEY))
  }
})

test('a person sees a panel, and is asked whether to contribute', { skip: !HAS_TERMINAL }, async (t) => {
  const server = await ProviderServer.start(t, { latency: 300 })
  const { cli, recipe, output } = await setUp(
    t,
    recipeFor(server, 20, { topics: ['law', 'medicine'], prompt: '{{n}} {{topic}}', concurrency: 4 })
  )
  const running = cli.start(['gen', output, recipe], { terminal: true, env: { OPENAI_API_KEY: KEY } })
  await running.said(/in flight \(at most 4\)/)
  await running.said(/Contribute it to a dataset\?/)
  running.stdin.write('\u001b[B\u001b[B\r')
  await running.said(/Which\? A number/)
  running.stdin.write('topic=law\r')
  const { code, stdout } = await running.exited
  t.is(code, 0)
  const text = stripVTControlCharacters(stdout)
  t.ok(/40 records in .*out\.jsonl/.test(text))
  t.ok(/20 records in .*out\.part\.jsonl/.test(text), text)
  const part = await linesOf(join(cli.home, 'out.part.jsonl'))
  t.is(part.length, 20)
  t.ok(part.every((line) => line['topic'] === 'law'))

  const quiet = cli.start(['gen', output, recipe, '--no-contribute'], { terminal: true })
  t.is((await quiet.exited).code, 0)
  t.absent(quiet.stdout.includes('Contribute'))
})

test('a mock server of other people’s making works as base_url', async (t) => {
  const port = await freePort()
  const main = join(process.cwd(), 'node_modules', '@dwmkerr', 'mock-llm', 'dist', 'main.js')
  const mock = spawn(process.execPath, [main], {
    cwd: await t.tmp(),
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => mock.kill())
  await new Promise<void>((resolve, reject) => {
    mock.on('exit', () => reject(new Error('mock-llm ended')))
    mock.stdout.on('data', (text: Buffer) => text.includes('running on') && resolve())
  })
  const { cli, recipe, output } = await setUp(t, {
    provider: 'openai',
    model: 'gpt-4',
    base_url: `http://127.0.0.1:${port}/v1`,
    variables: { n: Array.from({ length: 50 }, (_, index) => index) },
    prompt: 'Echo number {{n}}.'
  })
  const { code, stderr } = await cli.run(['gen', output, recipe])
  t.is(code, 0, stderr)
  const lines = await linesOf(output)
  t.is(lines.length, 50)
  t.ok(lines.every(({ prompt, response }) => prompt === response))
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
