// One seeder under load, as a process of its own: many small volumes, and many pullers at once.
//
//   node dist/test/bench/seed-load.js [volumes] [pullers]
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import test from 'brittle'
import { parseKey } from '../../lib/dataset/link.js'
import { Cli, type Running } from '../helpers/cli.js'
import { World, until, type Puller } from '../seeders/helpers/world.js'

const [volumes = 10_000, pullers = 50] = process.argv.slice(2).map(Number)

async function resident(running: Running, field = 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${running.pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024
}

test('load', { timeout: 30 * 60_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(volumes, 2, 2_000)
  const large = await world.volumes(4, 40, 250_000)
  t.comment(`made ${ids.length} volumes`)
  const cli = await Cli.create(t)
  const { host, port } = (world.network.bootstrap as { host: string; port: number }[])[0]!
  const start = () =>
    cli.start(['seed', world.link, '--keep-free', '0', '--json'], { env: { VDATA_BOOTSTRAP: `${host}:${port}` } })

  const first = start()
  let at = performance.now()
  await first.event('synced', ({ complete }) => complete === volumes + large.length)
  t.comment(`fetched all in ${seconds(at)} s, at most ${await resident(first)} bytes resident`)
  await first.stop()
  const second = start()
  at = performance.now()
  await second.event('ready')
  t.comment(`ready after ${seconds(at)} s`)
  await second.event('synced', ({ complete }) => complete === volumes + large.length)
  t.comment(`knows all that it has after ${seconds(at)} s, at most ${await resident(second)} bytes resident`)
  await world.source.close()

  const all: Puller[] = []
  for (let i = 0; i < pullers; i++) all.push(await world.puller())
  await until(() => all.every(({ node }) => node.connections.size > 0), 'all are connected')
  at = performance.now()
  await Promise.all(
    all.flatMap(({ store }) =>
      large.map(async (id) => {
        const core = store.get({ key: parseKey(id) })
        await core.ready()
        await core.download({ start: 0, end: 40 }).done()
      })
    )
  )
  t.comment(`${pullers} pullers had ${large.length * 10} MB each after ${seconds(at)} s`)
  t.comment(`at most ${await resident(second)} bytes resident`)
  t.ok((await resident(second)) < 500e6)
  await second.stop()
})

function seconds(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1)
}
