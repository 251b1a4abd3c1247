import { appendFile, writeFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { Ledger } from '../../seeders/ledger.js'
import { Limits } from '../../seeders/limits.js'
import { purgedBlocks } from '../../seeders/purges.js'
import { Room } from '../../seeders/room.js'
import { parseHours, within } from '../../seeders/schedule.js'
import { Usage } from '../../seeders/usage.js'

const ID = (n: number) => String(n).padStart(52, 'y')

test('hours of the day, over midnight too', (t) => {
  const at = (hours: number, minutes = 0) => new Date(2026, 10, 21, hours, minutes)
  const night = parseHours('22:30-6')
  t.ok(within(night, at(23)) && within(night, at(5, 59)))
  t.absent(within(night, at(6)) || within(night, at(22, 29)))
  const two = parseHours('1:00-6:00, 12:00-24:00')
  t.ok(within(two, at(23, 59)) && within(two, at(1)))
  t.absent(within(two, at(0)) || within(two, at(11, 59)))
  for (const text of ['', '1-1', '25:00-3:00', '1:60-2', 'night']) t.exception(() => parseHours(text), /hours/)
})

test('the ledger survives a line that was cut off, and forgets what is gone', async (t) => {
  const path = join(await t.tmp(), 'volumes.jsonl')
  const first = await Ledger.open(path)
  const volume = (n: number, place: 'coming' | 'held') => ({ id: ID(n), length: 3, bytes: 300, place })
  await first.put([volume(1, 'coming'), volume(2, 'coming')])
  await first.put([volume(1, 'held')])
  await first.remove([ID(2)])
  await first.close()
  await appendFile(path, '{"id":"yyyy')
  const second = await Ledger.open(path)
  t.alike(second.list(), [volume(1, 'held')])
  await second.put([volume(3, 'held')])
  await second.close()
  t.is((await readFile(path, 'utf8')).trim().split('\n').length, 2)
})

test('room: what was granted counts until it is measured, and nothing passes the quota', async (t) => {
  const directory = await t.tmp()
  const room = new Room({ directory, quota: 1_000_000, keepFree: 0, margin: 100_000 })
  await room.measure()
  t.ok(await room.take(500_000))
  t.absent(await room.take(450_000))
  t.is(room.shortage, 'quota')
  await writeFile(join(directory, 'file'), Buffer.alloc(500_000, 1))
  room.settle(500_000)
  t.ok(await room.take(300_000), 'it is counted once, as the file that it became')
  t.absent(await room.take(150_000))
  room.giveBack(300_000)
  t.ok(await room.take(350_000))
})

test('room: a disk that is full for others is full for us', async (t) => {
  const room = new Room({ directory: await t.tmp(), quota: 1e15, keepFree: 1e15, margin: 0 })
  t.absent(await room.take(1))
  t.is(room.shortage, 'disk')
})

test('the month counts for itself: a clock that jumps loses nothing and gives nothing', async (t) => {
  const path = join(await t.tmp(), 'usage.json')
  let now = new Date('2026-11-21T10:00:00Z')
  const usage = await Usage.open(path, () => now)
  usage.add('served', 100)
  now = new Date('2031-01-01T00:00:00Z')
  t.is(usage.served, 0)
  usage.add('served', 7)
  now = new Date('2026-11-22T10:00:00Z')
  t.is(usage.served, 100)
  await usage.close()
  const again = await Usage.open(path, () => now)
  t.is(again.served, 100)
  t.is(again.month, 202611)
  await again.close()
})

test('limits: paused, used up, full speed, and a clock that was set', async (t) => {
  let now = new Date(2026, 10, 21, 12).getTime() - performance.now()
  const clock = () => now + performance.now()
  const usage = await Usage.open(join(await t.tmp(), 'usage.json'), () => new Date(clock()))
  const limits = new Limits({ up: 1000, monthly: 500, fullSpeed: parseHours('1-6') }, usage, clock)
  const halts: unknown[] = []
  const jumps: number[] = []
  limits.on('halt', (halt) => halts.push(halt))
  limits.on('clock', (jump: number) => jumps.push(jump))
  t.alike([limits.up.rate, limits.down.rate], [1000, Infinity])
  limits.pause()
  t.is(limits.up.rate, 0)
  limits.resume()
  now += 15 * 3600_000
  limits.tick()
  t.is(limits.up.rate, Infinity, 'three in the morning')
  t.is(Math.round(jumps[0]! / 3600_000), 15)
  usage.add('served', 300)
  usage.add('fetched', 200)
  limits.tick()
  t.is(limits.up.rate, 0)
  now += 31 * 24 * 3600_000
  limits.tick()
  t.is(limits.left, 500, 'a new month')
  t.alike(halts, ['paused', null, 'month', null])
  limits.close()
  await usage.close()
})

test('a purge names every block that holds one of its records', (t) => {
  const blocks = (from: number, to: number) => [...purgedBlocks([{ ranges: [{ from, to }] }], [10, 5, 10])]
  t.alike(blocks(0, 0), [1])
  t.alike(blocks(9, 10), [1, 2])
  t.alike(blocks(15, 24), [3])
  t.alike(blocks(25, 99), [])
  t.alike(blocks(0, 1e9), [1, 2, 3])
})
