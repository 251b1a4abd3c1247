// A seeder that is killed again and again while volumes come and go, and whose disk is watched all the time.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Assert } from 'brittle'
import { diskUse } from '../../../lib/network/space.js'
import { Cli } from '../../helpers/cli.js'
import { World, until } from './world.js'

export interface Killed {
  kills: number
  /** Most bytes that the seeder's folder ever took. */
  most: number
  quota: number
  /** Bytes that the source served, and those of all volumes that were ever listed. */
  served: number
  listed: number
  /** Volumes that are listed in the end, and those that the seeder then has. */
  volumes: number
  complete: number
}

const SIZE = 2_000_000

/** @param quota bytes; with less than 50 MB not all fits that is listed at a time */
export async function killAgainAndAgain(t: Assert, kills: number, quota = 60e6): Promise<Killed> {
  const world = await World.create(t)
  const cli = await Cli.create(t)
  const start = () =>
    cli.start(['seed', world.link, '--quota', String(quota), '--keep-free', '0', '--json'], {
      env: world.env
    })
  let most = 0
  let watching = true
  const watch = (async () => {
    while (watching) {
      most = Math.max(most, (await diskUse(join(cli.home, 'seed'))).bytes)
      await sleep(20)
    }
  })()
  let listed = 0
  const ids: string[] = []
  const more = async (count: number) => {
    ids.push(...(await world.volumes(count, 8, SIZE / 8)))
    listed += count * SIZE
  }
  await more(8)
  for (let i = 0; i < kills; i++) {
    const seeder = start()
    await seeder.event('ready')
    if (i % 3 === 1) await more(3)
    if (i % 3 === 2) for (const id of ids.splice(0, 3)) await world.withdraw(id)
    if (i % 3 === 0) await world.purge(ids.at(-1)!, 10 * (i % 7))
    await sleep(Math.random() * 1_500)
    seeder.kill('SIGKILL')
    await seeder.exited
  }
  const seeder = start()
  const synced = await seeder.event('synced', ({ volumes }) => volumes === ids.length)
  const complete = Number(synced.complete)
  const served = world.served.bytes

  // It serves: with the source gone, somebody else gets everything from it.
  await world.source.close()
  const heir = await world.seed()
  await until(() => ids.filter((id) => heir.keeper.isHeld(id)).length >= complete, 'the heir has all')
  await seeder.stop()
  watching = false
  await watch
  return { kills, most, quota, served, listed, volumes: ids.length, complete }
}

/** Asserts what has to hold however often it was killed. */
export function tellKilled(t: Assert, { kills, most, quota, served, listed, volumes, complete }: Killed): void {
  t.comment(`at most ${most} of ${quota} bytes on disk; ${served} bytes served for ${listed} listed`)
  t.comment(`it has ${complete} of ${volumes}`)
  t.ok(most <= quota * 1.02, 'never beyond the quota')
  if (quota < 50e6) {
    t.ok(most > quota * 0.75 && complete > 0, 'it uses what it may')
    return
  }
  t.is(complete, volumes, 'it has all')
  // What was on its way at each kill may come again, and the index and its tree are served too.
  t.ok(served <= listed * 1.05 + kills * SIZE, 'what was here did not come again')
}
