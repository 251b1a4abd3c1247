import { join } from 'node:path'
import test from 'brittle'
import { diskUse } from '../../lib/network/space.js'
import { parseKey } from '../../lib/dataset/link.js'
import { QUICK, World, until } from './helpers/world.js'

const SIZE = 2_000_000
const MORE = 60

test(
  'twice as much as fits, in two datasets, and volumes that come and go: du never passes the quota',
  { timeout: 600_000 },
  async (t) => {
    const one = await World.create(t, 'one')
    const other = await World.create(t, 'other', one)
    const quota = 40e6
    const home = await t.tmp()
    const ids = await one.volumes(12, 8, SIZE / 8)
    await other.volumes(12, 8, SIZE / 8)
    const seeder = await one.seed({ home, quota, links: [one.link, other.link] })
    let most = 0
    const folder = join(home, 'seed')
    const watch = setInterval(() => {
      void diskUse(folder).then(({ bytes }) => (most = Math.max(most, bytes)))
    }, 10)
    await until(() => seeder.keeper.trouble === 'no room' || seeder.keeper.settled, 'it is full')
    for (let i = 0; i < 6; i++) {
      await one.withdraw(ids.shift()!)
      ids.push(...(await one.volumes(2, 8, SIZE / 8)))
      await until(() => [...seeder.replicas.values()][0]!.listed.length === 13 + i, 'the index came')
      // A purge writes what is left of a volume anew: that has to fit too.
      const held = ids.filter((id) => seeder.keeper.isHeld(id))
      if (held.length > 0) await one.purge(held[i % held.length]!, 10 * i)
    }
    await until(() => seeder.keeper.settled, 'it settled')
    clearInterval(watch)
    t.comment(`at most ${most} bytes of ${quota}`)
    t.ok(most <= quota * 1.02, `${most}`)
    t.ok(most >= quota * 0.75, 'it uses what it may')
  }
)

test('space of what is cleared comes back, and what is withdrawn goes at once', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(10, 8, SIZE / 8)
  const home = await t.tmp()
  const seeder = await world.seed({ home, quota: 200e6 })
  await until(() => ids.every((id) => seeder.keeper.isHeld(id)))
  const before = (await diskUse(join(home, 'seed'))).bytes
  let cleared = 0
  seeder.on('cleared', (gone: string[]) => (cleared += gone.length))
  for (let i = 0; i < ids.length; i += 2) await world.withdraw(ids[i]!)
  await until(() => cleared === 5, 'half went')
  const freed = before - (await diskUse(join(home, 'seed'))).bytes
  t.ok(freed > 5 * SIZE * 0.97, `${freed} bytes came back`)

  // The same volume may come again.
  await world.list(await copyOf(world, ids[0]!))
  await until(() => seeder.keeper.isHeld(ids[0]!), 'it is here again')
})

test(
  'a seeder that is full still learns what the index says, and makes room for it',
  { timeout: 600_000 },
  async (t) => {
    const world = await World.create(t)
    const ids = await world.volumes(40, 2, SIZE / 4)
    const home = await t.tmp()
    const seeder = await world.seed({ home, quota: 30e6 })
    // Before it knows of any volume, it has all it wants.
    const began = () => ids.some((id) => seeder.keeper.isHeld(id))
    await until(() => began() && (seeder.status().trouble !== null || seeder.keeper.settled), 'it is full')
    const [held] = ids.filter((id) => seeder.keeper.isHeld(id))
    t.ok(held, 'it holds what fits')
    // More than a volume that did not fit leaves free.
    const values = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}`.padEnd(900, 'x'), 1]))
    for (let i = 0; i < MORE; i++) {
      await world.list(await world.volume(2, 100), { facets: { topic: { values, other: 0, missing: 0 } } })
    }
    await world.withdraw(held!)
    const replica = seeder.replicas.get(world.index.id)!
    await until(() => replica.listed.length === ids.length + MORE - 1, 'it knows all of it')
    await until(() => !seeder.keeper.isHeld(held!), 'what was withdrawn is gone')
    t.ok((await diskUse(join(home, 'seed'))).bytes <= 30e6 * 1.02)
    await until(() => seeder.status().datasets[0]!.fault === null)
  }
)

test('a purged record is gone from the disk, with its block, and stays gone', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const [id] = await world.volumes(1, 4, 100_000)
  const home = await t.tmp()
  const seeder = await world.seed({ home })
  await until(() => seeder.keeper.isHeld(id!))
  await world.purge(id!, 10)
  const has = async () => {
    const core = seeder.store.get({ key: parseKey(id!) })
    await core.ready()
    const here = await Promise.all([0, 1, 2, 3].map((block) => core.has(block)))
    await core.close()
    return here
  }
  await until(async () => !(await has())[2], 'the second batch is gone')
  t.alike(await has(), [true, true, false, true])
  await world.stop(seeder)
  const again = await world.seed({ home })
  await until(() => again.synced)
  const core = again.store.get({ key: parseKey(id!) })
  await core.ready()
  t.absent(await core.has(2))
  await core.close()
})

test('only what the owner chose', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const law = { values: { law: 5 }, other: 0, missing: 0 }
  const chosen = await world.list(await world.volume(), { facets: { topic: law } })
  const other = await world.list(await world.volume())
  const seeder = await world.seed({ choice: { where: [{ field: 'topic', values: ['law'] }] }, timing: QUICK })
  await until(() => seeder.synced && seeder.keeper.isHeld(chosen))
  t.absent(seeder.keeper.isHeld(other))
  const status = seeder.status().datasets[0]!
  t.alike([status.volumes, status.complete, status.listed], [1, 1, 2])
})

async function copyOf(world: World, id: string) {
  const core = world.store.get({ key: parseKey(id) })
  await core.ready()
  return core
}
