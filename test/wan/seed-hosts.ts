// Runs inside with-wan (see hosts.ts): a seeder on host 1, which a cut parts from the rest for a minute, the DHT on host 2, the
// moderator on host 3, and a contributor on host 4 who shares something before, and something during the cut.
import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Scope } from '../bench/scope.js'
import { Cli } from '../helpers/cli.js'
import { Party } from '../helpers/net.js'

const CUT_MS = 60_000
const PORT = 49_737

export interface Cut {
  /** What the seeder said when it was cut off, and after how many seconds. */
  said: string
  saidAfter: number
  /** Seconds from the end of the cut until it had what was shared meanwhile. */
  seconds: number
  complete: number
}

const outcome = await Scope.use(async (scope): Promise<Cut> => {
  const on = (number: number) => ({ under: ['ip', 'netns', 'exec', `${process.env.WAN}-${number}`] })
  const party = async (number: number) =>
    new Party(await Cli.create(scope), `10.77.0.2:${PORT}`, { ...on(number), host: `10.77.0.${number}` })
  const dht = (await Cli.create(scope)).start(['dht', '--host', '10.77.0.2', '--port', String(PORT), '--json'], on(2))
  await dht.event('ready')
  const [cutOff, moderator, contributor] = [await party(1), await party(3), await party(4)]
  const link = String((await moderator.result('index', 'create', 'cut')).link)
  await moderator.serve('index', 'serve')
  const share = async (text: string) => {
    const file = contributor.path(`${text}.jsonl`)
    await writeFile(file, JSON.stringify({ kind: 'text', text: `A note on ${text}.`, license: 'CC0-1.0' }) + '\n')
    await contributor.result('share', file, '--to', link, '--wait', '120')
  }
  await share('rivers')
  const seeder = await cutOff.serve('seed', link)
  await seeder.event('synced', ({ complete }) => complete === 1)

  const cut = performance.now()
  process.kill(Number(process.env.WAN_PID), 'SIGUSR1')
  const alone = seeder.event('warning', ({ message }) => String(message).startsWith('Nobody is connected'))
  await share('mountains')
  const said = String((await alone).message)
  const saidAfter = since(cut)
  await sleep(CUT_MS - (performance.now() - cut))
  process.kill(Number(process.env.WAN_PID), 'SIGUSR1')
  const healed = performance.now()
  const { complete } = await seeder.event('synced', ({ volumes, complete: all }) => volumes === 2 && all === 2)
  return { said, saidAfter, seconds: since(healed), complete: Number(complete) }
})
process.stdout.write(JSON.stringify(outcome) + '\n')
process.exit(0)

function since(start: number): number {
  return (performance.now() - start) / 1000
}
