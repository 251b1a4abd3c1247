import test from 'brittle'
import { greedy } from './helpers/greedy.js'
import { World, until } from './helpers/world.js'

test(
  'four greedy pullers get one megabyte a second between them, and who asks for little is served at once',
  { timeout: 600_000 },
  async (t) => {
    const world = await World.create(t)
    const ids = await world.volumes(2, 40, 250_000)
    const small = await world.list(await world.volume(2, 500))
    const seeder = await world.seed({ up: 1_000_000 })
    await until(() => seeder.synced && ids.every((id) => seeder.keeper.isHeld(id)), 'the seeder has all')
    await world.source.close()

    const pullers = await Promise.all([1, 2, 3, 4].map(() => world.puller()))
    let bytes = 0
    const each = [0, 0, 0, 0]
    for (const [i, puller] of pullers.entries()) {
      void greedy(puller, ids, (size) => {
        bytes += size
        each[i] = each[i]! + size
      }).catch(() => {})
    }
    await until(() => each.every((received) => received > 0), 'everybody gets something')
    const [from, started] = [bytes, performance.now()]
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    const asked = performance.now()
    const late = await world.puller()
    await until(() => late.node.connections.size > 0, 'the fifth is connected')
    const connected = performance.now()
    await greedy(late, [small], () => {})
    const answered = performance.now() - connected
    const status = performance.now()
    seeder.status()
    t.ok(performance.now() - status < 200, 'the status comes at once')
    await new Promise((resolve) => setTimeout(resolve, 6_000 - (performance.now() - asked)))
    const rate = (bytes - from) / ((performance.now() - started) / 1000)
    t.comment(
      `${Math.round(rate)} bytes a second, shares ${each.join(' ')}, a small volume after ${Math.round(answered)} ms`
    )
    t.ok(rate >= 900_000, `at least 0.90 MB/s: ${rate}`)
    t.ok(rate <= 1_050_000, `at most 1.05 MB/s: ${rate}`)
    t.ok(Math.min(...each) > Math.max(...each) * 0.5, 'evenly')
    t.ok(answered < 1_500, `a reader of little does not stand in line: ${answered}`)
  }
)

test('what comes in keeps to its rate too', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  await world.volumes(1, 48, 100_000)
  const seeder = await world.seed({ down: 1_000_000 })
  await until(() => seeder.usage.fetched > 0)
  const [from, started] = [seeder.usage.fetched, performance.now()]
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  const rate = (seeder.usage.fetched - from) / ((performance.now() - started) / 1000)
  t.ok(rate > 700_000 && rate < 1_300_000, `${rate}`)
})

test('pause leaves the network, resume comes back and goes on', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(3)
  const seeder = await world.seed()
  await until(() => ids.every((id) => seeder.keeper.isHeld(id)))
  seeder.pause()
  await until(() => seeder.node.connections.size === 0, 'nobody is connected')
  t.is(seeder.status().state, 'paused')
  const later = await world.volumes(1)
  seeder.resume()
  await until(() => seeder.keeper.isHeld(later[0]!), 'it fetched what came meanwhile')
  await until(() => seeder.status().state === 'seeding', 'and has nothing more to do')
})

test('calls beyond the limit are not taken', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  await world.volumes(1)
  const seeder = await world.seed({ network: { ...world.network, maxIncoming: 2, maxPeers: 1 } })
  await until(() => seeder.synced)
  for (let i = 0; i < 4; i++) await world.puller()
  let most = 0
  for (let i = 0; i < 40; i++) {
    const incoming = [...seeder.node.connections].filter((connection) => !connection.isInitiator)
    most = Math.max(most, incoming.filter((connection) => seeder.node.inboxes.has(connection)).length)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.ok(most <= 2 && most > 0, `${most} calls`)
})
