// Runs inside with-wan: the DHT on host 1, who serves on host 2, the reader on host 3. What is served was made before, on
// the loopback of this machine. Prints its figures as one line of JSON.
//
//   node wan-hosts.js pull | index | first
import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Running } from '../helpers/cli.js'
import { Cli } from '../helpers/cli.js'
import { Net, Party } from '../helpers/net.js'
import { makeDataset, type Dataset } from './dataset.js'
import { MB, median } from './figure.js'
import { makeLargeIndex } from './large-index.js'
import { Scope } from './scope.js'

const BYTES = 300 * MB
const FEW_BYTES = 30 * MB
const VOLUMES = 10_000
const RUNS = 3
const FIRST_RECORD = fileURLToPath(new URL('first-record.js', import.meta.url))
const PORT = 49_737
const BOOTSTRAP = `10.77.0.1:${PORT}`

const figures = await Scope.use(async (scope) => {
  switch (process.argv[2]) {
    case 'index':
      return openIndex(scope)
    case 'first':
      return firstRecord(scope)
    default:
      return pullDataset(scope)
  }
})
process.stdout.write(JSON.stringify(figures) + '\n')
process.exit(0)

async function serveDataset(scope: Scope, bytes: number): Promise<Dataset> {
  const net = await Net.start(scope)
  const dataset = await makeDataset(net, bytes)
  const local = await net.party()
  const stop = await dataset.seed(local)
  await stop()
  await startDht(scope)
  const seeder = new Party(await Cli.create(scope, { home: local.home }), BOOTSTRAP, onHost(2))
  await seeder.serve('seed')
  return dataset
}

async function firstRecord(scope: Scope) {
  const { link } = await serveDataset(scope, FEW_BYTES)
  const { under, host } = onHost(3)
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const home = await scope.tmp()
    const [command = '', ...args] = [...under, process.execPath, FIRST_RECORD, link, BOOTSTRAP, host, home]
    const { stdout } = await promisify(execFile)(command, args)
    times.push((JSON.parse(stdout) as { seconds: number }).seconds)
  }
  return { seconds: median(times) }
}

async function pullDataset(scope: Scope) {
  const dataset = await serveDataset(scope, BYTES)
  const rates: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const reader = new Party(await Cli.create(scope), BOOTSTRAP, onHost(3))
    const pulling = reader.start(['pull', 'out.jsonl', '--from', dataset.link])
    await pulling.event('plan')
    const started = performance.now()
    await pulling.event('done')
    rates.push(dataset.bytes / MB / ((performance.now() - started) / 1000))
    await pulling.exited
  }
  return { rate: median(rates) }
}

async function openIndex(scope: Scope) {
  const home = await scope.tmp()
  const { link, bytes } = await makeLargeIndex(home, VOLUMES)
  await startDht(scope)
  const moderator = new Party(await Cli.create(scope, { home }), BOOTSTRAP, onHost(2))
  await moderator.serve('index', 'serve')
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const reader = new Party(await Cli.create(scope), BOOTSTRAP, onHost(3))
    const pulling = reader.start(['pull', 'out.jsonl', '--from', link, '--limit', '1'])
    await pulling.event('connecting')
    const started = performance.now()
    await pulling.event('index')
    times.push((performance.now() - started) / 1000)
    pulling.kill('SIGKILL')
    await pulling.exited
  }
  return { seconds: median(times), bytes }
}

/** How a party's processes run on one of the hosts. */
function onHost(number: number) {
  return { under: ['ip', 'netns', 'exec', `${process.env.WAN}-${number}`], host: `10.77.0.${number}` }
}

async function startDht(scope: Scope): Promise<Running> {
  const { under, host } = onHost(1)
  const dht = (await Cli.create(scope)).start(['dht', '--host', host, '--port', String(PORT), '--json'], { under })
  await dht.event('ready')
  return dht
}
