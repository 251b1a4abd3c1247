// Runs inside with-wan: the DHT on host 1, who serves on host 2, the reader on host 3. What is served was made before, on
// the loopback of this machine. Prints its figures as one line of JSON.
//
//   node wan-hosts.js pull | index
import process from 'node:process'
import type { Running } from '../helpers/cli.js'
import { Cli } from '../helpers/cli.js'
import { Net, Party } from '../helpers/net.js'
import { makeDataset } from './dataset.js'
import { MB, median } from './figure.js'
import { makeLargeIndex } from './large-index.js'
import { Scope } from './scope.js'

const BYTES = 300 * MB
const VOLUMES = 10_000
const RUNS = 3
const PORT = 49_737
const BOOTSTRAP = `10.77.0.1:${PORT}`

const figures = await Scope.use(async (scope) => {
  return process.argv[2] === 'index' ? openIndex(scope) : pullDataset(scope)
})
process.stdout.write(JSON.stringify(figures) + '\n')
process.exit(0)

async function pullDataset(scope: Scope) {
  const net = await Net.start(scope)
  const dataset = await makeDataset(net, BYTES)
  const local = await net.party()
  const stop = await dataset.seed(local)
  await stop()
  await startDht(scope)
  const seeder = new Party(await Cli.create(scope, { home: local.home }), BOOTSTRAP, onHost(2))
  await seeder.serve('seed')
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
