// Runs inside with-wan, where every host is a network namespace: the reader on host 1, which a cut parts from the rest, the
// DHT on host 2, seeders on hosts 3 and 4. What they serve was made before, on the loopback of this machine. Prints what came
// of each pull as one line of JSON.
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDataset } from '../bench/dataset.js'
import { Scope } from '../bench/scope.js'
import { Cli, type Running } from '../helpers/cli.js'
import { Net, Party } from '../helpers/net.js'

const BYTES = 40_000_000
const CUT_MS = 20_000
const PORT = 49_737
const BOOTSTRAP = `10.77.0.2:${PORT}`

interface Outcome {
  trouble: string
  code: number | null
  same: boolean
  records: unknown
  fetched: unknown
  seconds: number
  stderr: string
}

const outcomes = await Scope.use(async (scope): Promise<Outcome[]> => {
  const net = await Net.start(scope)
  const dataset = await makeDataset(net, BYTES)
  const local = await net.party()
  const output = local.path('expected.jsonl')
  await local.result('pull', output, '--from', dataset.link)
  const expected = await readFile(output)
  const homes: string[] = []
  for (let i = 0; i < 2; i++) {
    const seeder = await net.party()
    const seeding = await seeder.serve('seed', dataset.link, '--until-sync')
    await seeding.exited
    homes.push(seeder.home)
  }
  const dht = (await Cli.create(scope)).start(
    ['dht', '--host', '10.77.0.2', '--port', String(PORT), '--json'],
    onHost(2)
  )
  await dht.event('ready')
  const seed = async (which: number): Promise<Running> => {
    const place = { ...onHost(3 + which), host: `10.77.0.${3 + which}` }
    return new Party(await Cli.create(scope, { home: homes[which] }), BOOTSTRAP, place).serve('seed', dataset.link)
  }
  const pullThrough = async (trouble: string, act: () => Promise<unknown>): Promise<Outcome> => {
    const reader = new Party(await Cli.create(scope), BOOTSTRAP, { ...onHost(1), host: '10.77.0.1' })
    const started = performance.now()
    const pulling = reader.start(['pull', reader.path('out.jsonl'), '--from', dataset.link, '--timeout', '60'])
    await pulling.event('progress', ({ received }) => Number(received) > dataset.bytes / 3)
    await act()
    const { code, stderr } = await pulling.exited
    const done = pulling.events.at(-1)
    const same = code === 0 && (await readFile(reader.path('out.jsonl'))).equals(expected)
    const seconds = (performance.now() - started) / 1000
    return { trouble, code, same, records: done?.records, fetched: done?.fetched, seconds, stderr }
  }
  const first = await seed(0)
  const cut = await pullThrough('a cut of 20 s', async () => {
    process.kill(Number(process.env.WAN_PID), 'SIGUSR1')
    await sleep(CUT_MS)
    process.kill(Number(process.env.WAN_PID), 'SIGUSR1')
  })
  const killed = await pullThrough('the only seeder is killed, and another one comes', async () => {
    first.kill('SIGKILL')
    await first.exited
    await seed(1)
  })
  return [cut, killed]
})
process.stdout.write(JSON.stringify(outcomes) + '\n')
process.exit(0)

/** How a party's processes run on one of the hosts. */
function onHost(number: number) {
  return { under: ['ip', 'netns', 'exec', `${process.env.WAN}-${number}`] }
}
