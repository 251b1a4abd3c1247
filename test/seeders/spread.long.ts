// Six seeders as they are installed, processes of their own with the intervals that everybody has, two of which are
// killed. test/seeders/convergence.test.ts runs the same scene with seconds for minutes.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'brittle'
import { Cli, type Running } from '../helpers/cli.js'
import { World } from './helpers/world.js'

const VOLUMES = 30
const SIZE = 1_000_000
/** Room for a third: what an empty node takes and keeps for its write buffers, and ten volumes. */
const QUOTA = Math.floor(16e6 + 10.9 * SIZE * 1.03)
const TWO_MINUTES = 120_000

/** The volumes that a seeder says it has. */
function heldBy({ events }: Running): Set<string> {
  const held = new Set<string>()
  for (const event of events) {
    if (event.event === 'volume') held.add(String(event.volume))
    if (event.event === 'cleared') for (const id of event.volumes as string[]) held.delete(id)
  }
  return held
}

test('thirty volumes, six seeders with room for a third, two of whom die', { timeout: 400_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(VOLUMES, 4, SIZE / 4)
  const seeders: Running[] = []
  const copies = () => {
    const held = seeders.map(heldBy)
    const counts = ids.map((id) => held.filter((each) => each.has(id)).length)
    return { least: Math.min(...counts), mean: counts.reduce((sum, each) => sum + each, 0) / ids.length }
  }
  /** Milliseconds until the copies are as they should be, and what they were at last. */
  const reach = async (least: number, mean: number) => {
    const started = performance.now()
    for (;;) {
      const now = copies()
      const ms = performance.now() - started
      if ((now.least >= least && now.mean >= mean) || ms > 2 * TWO_MINUTES) return { ...now, ms }
      await sleep(250)
    }
  }

  const started = performance.now()
  for (let i = 0; i < 6; i++) {
    await sleep(Math.random() * 5_000)
    const args = ['seed', world.link, '--quota', String(QUOTA), '--keep-free', '0', '--json']
    seeders.push((await Cli.create(t)).start(args, { env: world.env }))
  }
  const starting = performance.now() - started
  const spread = await reach(1, 1.8)
  const seconds = (starting + spread.ms) / 1000
  t.comment(`spread after ${seconds.toFixed(0)} s: ${spread.mean.toFixed(2)} copies, ${spread.least} of the rarest`)
  t.ok(spread.least >= 1 && spread.mean >= 1.8, 'every volume has a copy, and they have 1.8 on average')
  t.ok(starting + spread.ms <= TWO_MINUTES, `${seconds} s`)

  for (const dying of seeders.splice(0, 2)) {
    dying.kill('SIGKILL')
    await dying.exited
  }
  const before = copies()
  const closed = await reach(1, 0)
  t.comment(`after two died: ${before.least} of the rarest; closed after ${(closed.ms / 1000).toFixed(0)} s`)
  t.ok(closed.least >= 1, 'again every volume has a copy')
  t.ok(closed.ms <= TWO_MINUTES, `${closed.ms} ms`)
})
