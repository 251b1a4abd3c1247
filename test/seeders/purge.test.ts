// What a seeder does about a purge, seen from outside: by a plain peer of it, and on its disk.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import { parseKey } from '../../lib/dataset/link.js'
import { diskUse, hasCore } from '../../lib/network/space.js'
import type { Seeder } from '../../seeders/seeder.js'
import { connect, newStore } from '../helpers/network.js'
import { until, World } from './helpers/world.js'

const LONG = { timeout: 600_000 }
const SIZE = 512 * 1024
/** The records of the third batch: block 3. */
const THIRD = [20, 29] as const

/** A part of a block that occurs nowhere else: volumes are of random bytes here. */
async function markOf(world: World, id: string, block: number): Promise<Buffer> {
  const core = world.store.get({ key: parseKey(id) })
  await core.ready()
  const bytes = await core.get(block)
  await core.close()
  return bytes!.subarray(1000, 1064)
}

/** Whether any file in the folder has these bytes. */
async function onDisk(folder: string, bytes: Buffer): Promise<boolean> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0))
    if (content.includes(bytes)) return true
  }
  return false
}

/** Which blocks of a volume a peer gets that speaks to nobody but the seeder, and knows nothing of vdata. */
async function had(t: Assert, seeder: Seeder, id: string, blocks: number[]): Promise<boolean[]> {
  const store = await newStore(t)
  const part = connect(t, seeder.store, store)
  const core = store.get({ key: parseKey(id) })
  await core.ready()
  await core.update({ wait: true })
  const got: boolean[] = []
  for (const block of blocks) {
    // One that is there comes within milliseconds; for one that is not, hypercore would wait for ever.
    got.push((await core.get(block, { timeout: 1_000 }).catch(() => null)) !== null)
  }
  await core.close()
  part()
  return got
}

test('a purged block can no longer be had from a seeder, and is gone from its disk', LONG, async (t) => {
  const world = await World.create(t)
  // Small ones that are fetched together lie in one file.
  const [id, beside] = await world.volumes(2, 6, SIZE)
  const home = await t.tmp()
  const folder = join(home, 'seed')
  const seeder = await world.seed({ home })
  await until(() => seeder.keeper.isHeld(id!) && seeder.keeper.isHeld(beside!))
  const [mark, kept] = [await markOf(world, id!, 3), await markOf(world, id!, 2)]
  t.alike(await had(t, seeder, id!, [2, 3]), [true, true])
  t.ok(await onDisk(folder, mark), 'it is there first')
  const before = (await diskUse(folder)).bytes

  const cleared = new Promise<number>((resolve) => seeder.once('purged', resolve))
  await world.purge(id!, ...THIRD)
  t.is(await cleared, 1)
  t.alike(await had(t, seeder, id!, [2, 3]), [true, false])
  t.absent(await onDisk(folder, mark))
  t.ok(await onDisk(folder, kept))
  const freed = before - (await diskUse(folder)).bytes
  t.ok(freed > 0.9 * SIZE, `${freed} bytes came back`)
  t.alike(await had(t, seeder, beside!, [1, 2, 3, 4, 5]), [true, true, true, true, true])
  t.is(seeder.status().datasets[0]?.complete, 2)
})

test('a seeder that was killed in the middle of a purge ends it when it starts again', LONG, async (t) => {
  const world = await World.create(t)
  const [id] = await world.volumes(1, 6, SIZE)
  const home = await t.tmp()
  const first = await world.seed({ home })
  await until(() => first.keeper.isHeld(id!))
  const mark = await markOf(world, id!, 3)
  // As far as it had come: the block is forgotten, its bytes are there.
  const core = first.store.get({ key: parseKey(id!) })
  await core.ready()
  await core.clear(3, 4)
  await core.close()
  await world.stop(first)
  t.ok(await onDisk(join(home, 'seed'), mark))

  await world.purge(id!, ...THIRD)
  await world.seed({ home })
  await until(async () => !(await onDisk(join(home, 'seed'), mark)), 'it is gone')
  t.pass()
})

test('what was purged is not fetched, and what comes later is purged too', LONG, async (t) => {
  const world = await World.create(t)
  const [id] = await world.volumes(1, 6, SIZE)
  await world.purge(id!, ...THIRD)
  const [mark, second] = [await markOf(world, id!, 3), await markOf(world, id!, 4)]
  const home = await t.tmp()
  const seeder = await world.seed({ home })
  await until(() => seeder.keeper.isHeld(id!))
  t.alike(await had(t, seeder, id!, [4, 3]), [true, false])
  t.absent(await onDisk(join(home, 'seed'), mark))
  await world.purge(id!, 35)
  await until(async () => !(await onDisk(join(home, 'seed'), second)), 'the next one is gone too')
  t.alike(await had(t, seeder, id!, [5, 3, 4]), [true, false, false])
})

test('a volume of two datasets: what one of them lets go of stays while the other gives it out', LONG, async (t) => {
  const one = await World.create(t, 'one')
  const other = await World.create(t, 'other', one)
  const volume = await one.volume(6, SIZE)
  const id = await one.list(volume)
  await other.list(volume)
  const home = await t.tmp()
  const seeder = await one.seed({ home, links: [one.link, other.link] })
  await until(() => seeder.synced && seeder.keeper.isHeld(id))
  const mark = await markOf(one, id, 3)
  const seen = (world: World) => [...seeder.replicas.values()].find(({ index }) => index.id === world.index.id)!

  await one.purge(id, ...THIRD)
  await until(() => seen(one).purged.size === 1)
  await seeder.keeper.purge()
  t.alike(await had(t, seeder, id, [3]), [true], 'the other dataset has it')
  await other.purge(id, ...THIRD)
  await until(async () => !(await onDisk(join(home, 'seed'), mark)), 'it is gone when both purged it')
  t.alike(await had(t, seeder, id, [2, 3]), [true, false])

  await one.withdraw(id)
  await until(() => seen(one).listed.length === 0)
  t.ok(seeder.keeper.isHeld(id), 'one dataset lists it')
  const kept = await markOf(one, id, 2)
  await other.withdraw(id)
  await until(() => !seeder.keeper.isHeld(id), 'none lists it')
  await until(async () => !(await onDisk(join(home, 'seed'), kept)), 'and it is gone')
  t.absent(await hasCore(seeder.store, parseKey(id)))
})
