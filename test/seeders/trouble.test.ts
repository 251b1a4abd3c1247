import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import test from 'brittle'
import Protomux from 'protomux'
import { parseKey } from '../../lib/dataset/link.js'
import { IndexMemory } from '../../lib/dataset/memory.js'
import { boundedBytes } from '../../lib/network/bytes.js'
import type { Connection } from '../../lib/network/node.js'
import { SEEDER_PROTOCOL } from '../../lib/network/seeder/channel.js'
import { closeStore, openStore } from '../../lib/network/store.js'
import { writeJson } from '../../lib/files.js'
import type { HungUp } from '../../seeders/company.js'
import { Cli } from '../helpers/cli.js'
import { QUICK, World, until } from './helpers/world.js'

const run = promisify(execFile)

test('no room for more is said in a sentence, and what is here is served', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const seeder = await world.seed({ keepFree: 1e15 })
  await world.volumes(2)
  await until(
    () =>
      /disk is full/.test(seeder.status().trouble ?? seeder.status().last_error?.message ?? '') ||
      seeder.status().last_error !== null
  )
  t.ok(
    /full|room/.test(`${seeder.status().trouble} ${seeder.status().last_error?.message}`),
    seeder.status().last_error?.message
  )
  t.is(seeder.limits.halt, null)
})

test(
  'a disk that is really full: what is here stays, and it goes on when there is room',
  { timeout: 600_000 },
  async (t) => {
    const home = join(await t.tmp(), 'disk')
    await mkdir(home)
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', home])
    } catch {
      return t.comment('skipped: no file system can be mounted here')
    }
    t.teardown(() => run('umount', ['-l', home]), { order: 200, force: true })
    const world = await World.create(t)
    const ids = await world.volumes(20, 8, 250_000)
    const seeder = await world.seed({ home, quota: 1e9, keepFree: 4e6 })
    await until(() => seeder.status().trouble !== null, 'it says so')
    t.ok(/disk is full/.test(seeder.status().trouble!), seeder.status().trouble!)
    const held = ids.filter((id) => seeder.keeper.isHeld(id))
    t.ok(held.length > 0 && held.length < ids.length, `${held.length} fit`)
    const heir = await world.seed({ quota: 1e9 })
    await until(() => held.every((id) => heir.keeper.isHeld(id)), 'what is here is served')
    await run('mount', ['-o', 'remount,size=120m', home])
    await until(() => ids.every((id) => seeder.keeper.isHeld(id)), 'it goes on')
    await until(() => seeder.status().trouble === null)
  }
)

test('a store that another process holds: it says who, and waits', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const folder = join(cli.home, 'seed', 'store')
  const store = await openStore(folder, { purpose: 'something else' })
  const seeder = cli.start(['seed', `vdata://${'y'.repeat(52)}`, '--json'])
  const { holder } = (await seeder.event('waiting')) as { holder?: { purpose: string } } & { event: string }
  t.is(holder?.purpose, 'something else')
  await closeStore(store, folder)
  await seeder.event('ready')
  t.is((await seeder.stop()).code, 130)
})

test(
  'an index that was rolled back is refused in a sentence, and what was kept stays',
  { timeout: 600_000 },
  async (t) => {
    const world = await World.create(t)
    const ids = await world.volumes(2)
    const home = await t.tmp()
    const first = await world.seed({ home })
    await until(() => first.synced && ids.every((id) => first.keeper.isHeld(id)))
    await world.stop(first)
    // This computer has seen more of it than there is now.
    const path = join(home, 'indexes', `${world.link.slice('vdata://'.length)}.json`)
    await writeJson(path, { length: 1000, hash: '0'.repeat(64), at: new Date().toISOString() })
    t.is((await new IndexMemory(home).recall(world.index.core.key))?.length, 1000)
    const second = await world.seed({ home })
    await until(() => second.status().datasets[0]!.fault !== null)
    t.ok(/ends at entry/.test(second.status().datasets[0]!.fault!), second.status().datasets[0]!.fault!)
    t.ok(
      ids.every((id) => second.keeper.isHeld(id)),
      'nothing was cleared'
    )
    await world.source.close()
    const puller = await world.puller()
    const core = puller.store.get({ key: parseKey(ids[0]!) })
    await core.ready()
    await until(() => core.peers.length > 0)
    t.ok(await core.get(1, { timeout: 10_000 }), 'and is served')
  }
)

test(
  'peers that send garbage, and peers that never read, change nothing for the others',
  { timeout: 600_000 },
  async (t) => {
    const world = await World.create(t)
    const ids = await world.volumes(2, 16, 250_000)
    const seeder = await world.seed({ up: 4e6, timing: { ...QUICK, deaf: 3_000, report: 100 } })
    await until(() => ids.every((id) => seeder.keeper.isHeld(id)))
    await world.source.close()

    const hungUp: HungUp[] = []
    seeder.on('hungup', (said: HungUp) => hungUp.push(said))
    const vandal = await world.puller()
    const closed: boolean[] = []
    vandal.node.on('connection', (connection: Connection) => {
      connection.on('close', () => closed.push(true))
      const channel = Protomux.from(connection).createChannel({ protocol: SEEDER_PROTOCOL })!
      const message = channel.addMessage({ encoding: boundedBytes(1e6) })
      channel.open()
      for (let i = 0; i < 200; i++) message.send(randomBytes(i * 7))
    })
    await until(() => closed.length > 0, 'the vandal is hung up')
    await until(() => hungUp.length > 0, 'and that is said')
    t.alike(hungUp[0], { why: 'garbage', count: 1, address: '127.0.0.1' })
    t.is(seeder.status().hung_up, 1)
    await vandal.close()

    // What arrives is acknowledged by the transport, whether anybody reads it or not: but for a process that is stopped.
    const sleeper = (await Cli.create(t)).start(['seed', world.link, '--json'], { env: world.env })
    const before = seeder.serving.bytes
    await until(() => seeder.serving.bytes > before + 1_000_000, 'it is being served')
    sleeper.kill('SIGSTOP')

    const honest = await world.puller()
    for (const id of ids) {
      const core = honest.store.get({ key: parseKey(id) })
      await core.ready()
      await until(() => core.peers.length > 0)
      await core.update({ wait: true })
      await core.download({ start: 0, end: core.length }).done()
      t.is(core.contiguousLength, 16)
    }
    await until(() => hungUp.some(({ why }) => why === 'deaf'), 'who never reads is hung up on')
    t.ok(process.memoryUsage().rss < 500e6)
  }
)

test('the network goes away and comes back: it goes on by itself', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  await world.volumes(1)
  const seeder = await world.seed({ timing: { ...QUICK, alone: 500 } })
  await until(() => seeder.synced)
  await world.source.suspend()
  await until(() => /Nobody is connected/.test(seeder.status().trouble ?? ''), 'it says so')
  const [later] = await world.volumes(1)
  await world.source.resume()
  await until(() => seeder.keeper.isHeld(later!), 'what came meanwhile is here')
  t.is(seeder.status().trouble, null)
})

/** Moves the clock of a process by 40 days at the first SIGUSR2, and back at the next. */
const JUMPING = `data:text/javascript,${encodeURIComponent(`
  const Real = Date
  let offset = 0
  globalThis.Date = class extends Real {
    constructor(...args) { if (args.length > 0) super(...args); else super(Real.now() + offset) }
    static now() { return Real.now() + offset }
  }
  process.on('SIGUSR2', () => { offset = offset ? 0 : 40 * 86_400_000 })
`)}`

test('the clock is set forward and back: it says so, and goes on', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  await world.volumes(1)
  const cli = await Cli.create(t)
  const env = { ...world.env, NODE_OPTIONS: `--import=${JUMPING}` }
  const seeder = cli.start(['seed', world.link, '--month', '1GB', '--keep-free', '0', '--json'], { env })
  await seeder.event('synced', ({ complete }) => complete === 1)
  for (const [count, way] of [
    [2, 'forward'],
    [3, 'back']
  ] as const) {
    seeder.kill('SIGUSR2')
    const said = await seeder.event('warning', ({ message }) => String(message).includes(`set ${way}`))
    t.is(said.message, `This computer's clock was set ${way} by 40 d; seeding goes on.`)
    await world.volumes(1)
    await seeder.event('synced', ({ complete }) => complete === count)
  }
  t.is((await seeder.stop()).code, 130)
})
