import test from 'brittle'
import { Cli } from '../helpers/cli.js'
import { World } from './helpers/world.js'

test(
  'a seeder remembers what it was allowed, and forgets what it is told to forget',
  { timeout: 600_000 },
  async (t) => {
    const world = await World.create(t)
    await world.volumes(2)
    const cli = await Cli.create(t)
    const seed = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli.run(['seed', ...args, '--until-sync', '--json'], { env: world.env })
      const events = stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line) as { event: string }] : []))
      const ready = events.find(({ event }) => event === 'ready') as
        { disk: { quota: number }; traffic: { up: number | null } } | undefined
      return { code, stdout, stderr, allowed: ready && [ready.disk.quota, ready.traffic.up] }
    }
    t.is((await seed(world.link, '--quota', '1MB')).code, 2, 'too little to run with')
    t.alike((await seed(world.link, '--quota', '80MB', '--keep-free', '0', '--up', '5MB')).allowed, [80e6, 5e6])
    const again = await seed()
    t.alike(again.allowed, [80e6, 5e6], again.stderr)
    t.alike((await seed('--quota', '90MB')).allowed, [90e6, 5e6], 'a limit takes the place of an earlier one')
    t.alike((await seed('--defaults', '--keep-free', '0')).allowed, [50e9, null])

    t.is((await cli.run(['seed', 'forget', `vdata://${'y'.repeat(52)}`])).code, 2)
    t.is((await cli.run(['seed', 'forget', world.link])).code, 0)
    const nothing = await seed()
    t.is(nothing.code, 3)
    t.ok(nothing.stdout.includes('NOTHING_TO_SEED'), nothing.stdout)
  }
)
