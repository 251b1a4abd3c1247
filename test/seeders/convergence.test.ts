import test from 'brittle'
import type { Seeder } from '../../seeders/seeder.js'
import { World, until } from './helpers/world.js'

const SIZE = 1_000_000
/** What an empty node takes, and keeps for its write buffers. */
const BASE = 16e6

test(
  'six seeders with room for a third spread the volumes, and close the gap when two die',
  { timeout: 600_000 },
  async (t) => {
    const world = await World.create(t)
    const ids = await world.volumes(30, 4, SIZE / 4)
    const seeders: Seeder[] = []
    for (let i = 0; i < 6; i++) seeders.push(await world.seed({ quota: Math.floor(BASE + 10.9 * SIZE * 1.03) }))
    const copies = () => ids.map((id) => seeders.filter(({ keeper }) => keeper.isHeld(id)).length)
    const mean = () => copies().reduce((sum, each) => sum + each, 0) / ids.length

    const started = Date.now()
    await until(() => Math.min(...copies()) >= 1 && mean() >= 1.8, `it spread: ${copies().join(' ')}`)
    t.comment(`spread after ${Date.now() - started} ms: mean ${mean().toFixed(2)}`)
    t.ok(Math.min(...copies()) >= 1, 'no volume without a copy')
    t.ok(mean() >= 1.8, 'two copies of most')
    for (const seeder of seeders) {
      await seeder.room.measure()
      t.ok(seeder.room.used <= seeder.room.quota, 'nobody beyond their quota')
    }

    const alive = seeders.slice(2)
    for (const dying of seeders.splice(0, 2)) await world.stop(dying)
    const again = Date.now()
    const left = () => ids.map((id) => alive.filter(({ keeper }) => keeper.isHeld(id)).length)
    await until(() => Math.min(...left()) >= 1, `the gap closed: ${left().join(' ')}`)
    t.comment(`closed after ${Date.now() - again} ms`)
    t.pass('again no volume without a copy')
  }
)
