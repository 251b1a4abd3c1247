// One seeder under load, as a process of its own: many small volumes, and many pullers at once.
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'brittle'
import { parseKey } from '../../lib/dataset/link.js'
import { callControl, controlPath } from '../../lib/network/control.js'
import type { SeederStatus } from '../../seeders/seeder.js'
import { Cli, type Running } from '../helpers/cli.js'
import { World, until, type Puller } from './helpers/world.js'

const VOLUMES = 10_000
const PULLERS = 50
const LARGE = { volumes: 4, blocks: 40, size: 250_000 }
const MEMORY_MAX = 500e6
const START_MAX = 20

/** The most memory that a process ever had, in bytes. */
async function peakOf(running: Running): Promise<number> {
  const status = await readFile(`/proc/${running.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

const skip = process.platform !== 'linux'

test('10,000 volumes, and 50 pullers at once', { timeout: 30 * 60_000, skip }, async (t) => {
  const world = await World.create(t)
  await world.volumes(VOLUMES, 2, 2_000)
  const large = await world.volumes(LARGE.volumes, LARGE.blocks, LARGE.size)
  const cli = await Cli.create(t)
  const start = () => cli.start(['seed', world.link, '--keep-free', '0', '--quiet'], { env: world.env })
  const status = () => callControl<SeederStatus>(controlPath(cli.home, 'seed'), 'status')
  const whole = () => reached(async () => (await status())?.datasets[0]?.complete === VOLUMES + LARGE.volumes)
  const within = async (what: string, running: Running) => {
    const peak = await peakOf(running)
    t.comment(`${what}: at most ${mega(peak)} MB resident`)
    t.ok(peak < MEMORY_MAX, `${what}: ${mega(peak)} MB`)
  }

  const first = start()
  let at = performance.now()
  await whole()
  t.comment(`all fetched: after ${seconds(at).toFixed(1)} s`)
  await within('fetching', first)
  await first.stop()

  at = performance.now()
  const second = start()
  await reached(async () => (await status()) !== undefined)
  const ready = seconds(at)
  await whole()
  const known = seconds(at)
  t.comment(`started again: ready after ${ready.toFixed(1)} s, knows all that it has after ${known.toFixed(1)} s`)
  t.ok(known < START_MAX, `${known} s`)
  await within('started again', second)
  await world.source.close()

  const pullers: Puller[] = []
  for (let i = 0; i < PULLERS; i++) pullers.push(await world.puller())
  await until(() => pullers.every(({ node }) => node.connections.size > 0), 'all are connected')
  at = performance.now()
  const complete = await Promise.all(
    pullers.flatMap(({ store }) =>
      large.map(async (id) => {
        const core = store.get({ key: parseKey(id) })
        await core.ready()
        await core.download({ start: 0, end: LARGE.blocks }).done()
        return core.contiguousLength === LARGE.blocks
      })
    )
  )
  t.comment(`${PULLERS} pullers: 40 MB each after ${seconds(at).toFixed(1)} s`)
  t.ok(complete.every(Boolean), 'all complete')
  await within('serving all of them', second)
  t.is((await second.stop()).code, 130)
})

/** Waits as long as it takes. */
async function reached(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(200)
}

function seconds(from: number): number {
  return (performance.now() - from) / 1000
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
