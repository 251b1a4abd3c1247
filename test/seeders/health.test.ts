import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'brittle'
import { audit } from '../../seeders/audit.js'
import { HealthServer } from '../../seeders/health.js'
import type { Speed } from '../../seeders/speed.js'
import { Cli } from '../helpers/cli.js'
import { World, until } from './helpers/world.js'

const LINK = `vdata://${'y'.repeat(52)}`

test('health and metrics, for this computer alone', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(2)
  const seeder = await world.seed()
  await until(() => ids.every((id) => seeder.keeper.isHeld(id)))
  const server = await HealthServer.listen(seeder, 0)
  t.teardown(() => server.close())
  const health = await fetch(`${server.url}/health`)
  t.is(health.status, 200)
  const status = (await health.json()) as { ok: boolean; datasets: { complete: number }[] }
  t.ok(status.ok)
  t.is(status.datasets[0]!.complete, 2)

  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  t.ok(metrics.includes(`vdata_dataset_volumes_held{dataset="${world.link}"} 2`))
  for (const name of [
    'vdata_seed_disk_used_bytes',
    'hyperswarm_nr_peers',
    'hypercore_total_cores',
    'process_resident_memory_bytes'
  ]) {
    t.ok(new RegExp(`^${name} \\d`, 'm').test(metrics), name)
  }
  // What the dashboard shows exists.
  const dashboard = await readFile(new URL('../../seeders/service/grafana.json', import.meta.url), 'utf8')
  const shown = new Set(dashboard.match(/\b(?:vdata|hyperswarm|hypercore|process|nodejs)_[a-z_]+/g))
  t.ok(shown.size >= 10)
  for (const name of shown) t.ok(metrics.includes(`\n${name}`), name)

  t.is((await fetch(`${server.url}/etc/passwd`)).status, 404)
  t.is((await fetch(`${server.url}/health`, { method: 'POST' })).status, 405)
  seeder.pause()
  t.is((await fetch(`${server.url}/health`)).status, 200, 'a paused one does what it was told')
  seeder.resume()
  await world.source.close()
  await until(async () => (await fetch(`${server.url}/health`)).status === 503, 'alone, it says so')
})

test('an audit asks for blocks that prove themselves, and keeps receipts', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(3)
  const seeder = await world.seed({ cost: { cents: 500, currency: 'EUR' } })
  await until(() => ids.every((id) => seeder.keeper.isHeld(id)))
  const home = await t.tmp()
  const receipts: unknown[] = []
  const results = await audit({
    home,
    link: world.link,
    network: world.network,
    blocks: 5,
    onReceipt: (receipt) => receipts.push(receipt)
  })
  t.is(results.length, 1, 'the source is no seeder')
  const [result] = results
  t.alike([result!.claims, result!.asked, result!.answered], [3, 5, 5])
  t.is(receipts.length, 5)
  const file = await readFile(join(home, 'audits', `${world.link.slice('vdata://'.length)}.jsonl`), 'utf8')
  t.is(file.trim().split('\n').length, 5)
})

test('info counts copies, adds up costs, and says how fast the seeders are', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  const ids = await world.volumes(2)
  for (const cents of [500, 150]) {
    const seeder = await world.seed({ cost: { cents, currency: 'EUR' } })
    await until(() => ids.every((id) => seeder.keeper.isHeld(id)))
  }
  const cli = await Cli.create(t)
  const { env } = world
  const { code, stdout, stderr } = await cli.run(['info', world.link, '--costs', '--json'], { env })
  t.is(code, 0, stderr)
  const { alive, costs } = JSON.parse(stdout) as {
    alive: { seeders: number; copies: { least: number; of: { [id: string]: number } }; speeds: Speed[] }
    costs: { stated: { [currency: string]: number }; cloud: { as_of: string } }
  }
  t.is(alive.seeders, 2)
  t.alike([alive.copies.least, alive.copies.of[ids[0]!]], [2, 2])
  t.alike(costs.stated, { EUR: 6.5 })
  t.alike(
    alive.speeds.map(({ round_trip: trip, audit }) => [typeof trip, audit]),
    [
      ['number', null],
      ['number', null]
    ]
  )
  t.is((await cli.run(['seed', 'audit', world.link, '--blocks', '4'], { env })).code, 0)
  await appendFile(join(cli.home, 'audits', `${world.link.slice('vdata://'.length)}.jsonl`), '{"at": "2026-')
  const text = await cli.run(['info', world.link, '--costs'], { env })
  t.ok(
    /2 seeders storing/.test(text.stdout) && /6.50 EUR/.test(text.stdout) && /list price of/.test(text.stdout),
    text.stdout
  )
  t.is(text.stdout.match(/answered 4 of 4, .+\/s on 20/g)?.length, 2, text.stdout)
})

test('the unit is one that systemd takes', async (t) => {
  const home = join(await t.tmp(), 'a home with spaces, 100% "mine"')
  await mkdir(home)
  const cli = await Cli.create(t, { home })
  const options = ['--quota', '20GB', '--up', '1MB', '--full-speed', '1:00-6:00', '--where', 'topic=law and order']
  const { code, stdout, stderr } = await cli.run(['seed', LINK, ...options, '--install', '--dry-run'])
  t.is(code, 0, stderr)
  t.ok(stdout.includes('--quota 20000000000'))
  t.ok(stdout.includes('"topic=law and order"'))
  if (!existsSync('/usr/bin/systemd-analyze')) return t.comment('systemd-analyze is not installed')
  const installed = await cli.run(['seed', LINK, ...options, '--install'], {
    env: { XDG_CONFIG_HOME: join(cli.home, 'etc') }
  })
  t.is(installed.code, 0, installed.stderr)
  t.ok(installed.stderr.includes('systemctl --user'))
  const unit = join(cli.home, 'etc', 'systemd', 'user', 'vdata-seed.service')
  const verified = await promisify(execFile)('systemd-analyze', ['--user', 'verify', unit], {
    env: { ...process.env, XDG_RUNTIME_DIR: cli.home }
  }).catch((error: { stderr?: string }) => ({ stdout: 'failed', stderr: error.stderr ?? String(error) }))
  t.absent(/vdata-seed\.service/.test(verified.stderr), verified.stderr)
})

test('pause, resume and a wrong option are said', { timeout: 600_000 }, async (t) => {
  const world = await World.create(t)
  await world.volumes(1)
  const cli = await Cli.create(t)
  const { env } = world
  const alone = await cli.run(['seed', 'pause'])
  t.is(alone.code, 1)
  t.ok(alone.stderr.includes('No seeder runs'))
  for (const wrong of [
    ['--up', '3'],
    ['--quota', '1kB'],
    ['--full-speed', 'night'],
    ['--cost', 'a lot']
  ]) {
    t.is((await cli.run(['seed', world.link, ...wrong], { env })).code, 2, wrong.join(' '))
  }
  const seeder = cli.start(['seed', world.link, '--json', '--log', '--metrics', '0'], { env })
  await seeder.event('synced', ({ complete }) => complete === 1)
  t.is((await cli.run(['seed', 'pause'])).code, 0)
  await seeder.event('halt', ({ why }) => why === 'paused')
  t.is((await cli.run(['seed', 'resume'])).code, 0)
  await seeder.event('halt', ({ why }) => why === null)
  const { stderr } = await seeder.stop()
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  t.ok(lines.length >= 3)
  for (const line of lines) t.ok(typeof (JSON.parse(line) as { at: string }).at === 'string')
})
