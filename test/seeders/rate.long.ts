// `vdata seed --up 1MB` for a minute, asked by four pullers for all that they can get, and by its owner how it is.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'brittle'
import { callControl, controlPath } from '../../lib/network/control.js'
import { Cli } from '../helpers/cli.js'
import { greedy } from './helpers/greedy.js'
import { World, until } from './helpers/world.js'

const MINUTE = 60_000

test('one megabyte a second for a minute, and a status at once', { timeout: 300_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(3, 40, 250_000)
  const cli = await Cli.create(t)
  const seeder = cli.start(['seed', world.link, '--up', '1MB', '--keep-free', '0', '--json'], { env: world.env })
  await seeder.event('synced', ({ complete }) => complete === ids.length)
  await world.source.close()

  const each = [0, 0, 0, 0]
  for (const i of each.keys()) {
    const puller = await world.puller()
    void greedy(puller, ids, (bytes) => (each[i]! += bytes)).catch(() => {})
  }
  const received = () => each.reduce((sum, bytes) => sum + bytes, 0)
  await until(() => each.every((bytes) => bytes > 0), 'everybody gets something')

  const [before, started] = [received(), performance.now()]
  const answers: number[] = []
  while (performance.now() - started < MINUTE) {
    const asked = performance.now()
    await callControl(controlPath(cli.home, 'seed'), 'status')
    answers.push(performance.now() - asked)
    await sleep(250)
  }
  const rate = (received() - before) / (performance.now() - started) / 1000
  const slowest = Math.max(...answers)
  t.comment(
    `${rate.toFixed(3)} MB/s over a minute, shares ${each.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')} MB`
  )
  t.comment(`status: ${answers.length} times, at most ${slowest.toFixed(0)} ms`)
  t.ok(rate >= 0.9 && rate <= 1.05, `${rate} MB/s`)
  t.ok(slowest < 200, `${slowest} ms`)
  t.is((await seeder.stop()).code, 130)
})
