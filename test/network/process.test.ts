// Long-running commands as real processes: where their sockets are, how they end, and what a kill leaves.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type Assert } from 'brittle'
import { formatKey, parseLink } from '../../lib/dataset/link.js'
import { deskPath, type Shown } from '../../lib/dataset/desk.js'
import type { LoggedDecision } from '../../lib/dataset/history.js'
import { formatAddress } from '../../lib/network/address.js'
import { callControl, controlPath } from '../../lib/network/control.js'
import type { NodeOptions } from '../../lib/network/node.js'
import { Cli, parseLines, type Finished, type Running } from '../helpers/cli.js'
import { makeVolume, Offerer, offerOf, privateNetwork, textLines, until } from '../helpers/network.js'
import Hypercore from 'hypercore'

const onLinux = { skip: process.platform !== 'linux', timeout: 600_000 }

/** A home whose commands know this network. */
async function homeIn(
  t: Assert,
  network: NodeOptions
): Promise<{ cli: Cli; start(...args: string[]): Running; run(...args: string[]): Promise<Finished> }> {
  const cli = await Cli.create(t)
  const env = { VDATA_BOOTSTRAP: network.bootstrap!.map(formatAddress).join(',') }
  return {
    cli,
    start: (...args) => cli.start([...args, '--json'], { env }),
    run: (...args) => cli.run([...args, '--json'], { env })
  }
}

async function createDataset(home: Awaited<ReturnType<typeof homeIn>>): Promise<string> {
  const { stdout, stderr, code } = await home.run('index', 'create', 'test')
  if (code !== 0) throw new Error(stderr + stdout)
  return parseLines(stdout).find((line) => 'link' in line)!.link as string
}

/** Local and remote addresses of every Internet socket that a process has, from the kernel's tables. */
function socketsOf(pid: number): string[] {
  const own = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      if (inode) own.add(inode)
    } catch {
      // Closed in the meantime.
    }
  }
  const found: string[] = []
  for (const table of ['udp', 'udp6', 'tcp', 'tcp6', 'raw', 'raw6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (own.has(fields[9] ?? '')) found.push(`${table} ${fields[1]} ${fields[2]}`)
    }
  }
  return found
}

// 127.x.y.z as the kernel writes it, and no remote end at all.
const LOOPBACK = /^\w+ [0-9A-F]{6}7F:[0-9A-F]{4} (?:[0-9A-F]{6}7F:[0-9A-F]{4}|00000000:0000)$/

test('every socket of every command stays on loopback', onLinux, async (t) => {
  const seen = new Map<string, Set<string>>()
  const watched = new Map<string, Running>()
  const look = () => {
    for (const [name, { pid }] of watched) {
      try {
        const sockets = seen.get(name) ?? new Set()
        for (const socket of socketsOf(pid)) sockets.add(socket)
        seen.set(name, sockets)
      } catch {
        // It has ended.
      }
    }
  }
  const timer = setInterval(look, 20)
  t.teardown(() => clearInterval(timer), { force: true })
  const watch = (name: string, running: Running): Running => {
    watched.set(name, running)
    return running
  }

  const gate = await Cli.create(t)
  const dht = watch('dht', gate.start(['dht', '--host', '127.0.0.1', '--port', '0', '--json']))
  const [host, port] = String((await dht.event('ready')).bootstrap).split(':')
  const network = { bootstrap: [{ host: host!, port: Number(port) }] }
  const moderator = await homeIn(t, network)
  const link = await createDataset(moderator)
  const serve = watch('index serve', moderator.start('index', 'serve'))
  const volunteer = await homeIn(t, network)
  const seed = watch('seed', volunteer.start('seed', link))
  await Promise.all([serve.event('ready'), seed.event('ready')])

  const contributor = await homeIn(t, network)
  const file = join(contributor.cli.home, 'records.jsonl')
  await writeFile(file, textLines(50).join('\n') + '\n')
  const share = watch('share', contributor.start('share', file, '--to', link))
  t.is((await share.exited).code, 0, 'shared')
  await seed.event('synced', ({ volumes }) => volumes === 1)
  const reader = await homeIn(t, network)
  const pulled = join(reader.cli.home, 'out.jsonl')
  const pull = watch('pull', reader.start('pull', pulled, '--from', link))
  t.is((await pull.exited).code, 0, 'pulled')
  t.is(readFileSync(pulled, 'utf8').trim().split('\n').length, 50)

  for (const name of ['dht', 'index serve', 'seed', 'share', 'pull']) {
    const sockets = [...(seen.get(name) ?? [])]
    t.ok(sockets.length > 0, `${name}: ${sockets.length} sockets were seen`)
    t.alike(
      sockets.filter((socket) => !LOOPBACK.test(socket)),
      [],
      `${name}: none of them elsewhere`
    )
  }
  for (const [name, running] of [
    ['seed', seed],
    ['index serve', serve],
    ['dht', dht]
  ] as const) {
    const ended = Promise.race([running.stop(), sleep(5_000)])
    t.is((await ended)?.code, 130, `${name} ends within five seconds of Ctrl-C`)
  }
  for (const { cli } of [moderator, volunteer, contributor, reader]) t.alike(leftOvers(cli.home), [])
})

/** Files that say that somebody is at work. */
function leftOvers(home: string): string[] {
  return readdirSync(home, { recursive: true })
    .map(String)
    .filter((name) => /\.sock$|\.holder$|\.tmp$/.test(name))
}

test('the proof can tell: a socket on all addresses is seen', onLinux, async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  t.teardown(() => server.close(), { force: true })
  t.is(socketsOf(process.pid).filter((socket) => !LOOPBACK.test(socket)).length, 1)
})

test('Ctrl-C ends commands whose network answers nothing', onLinux, async (t) => {
  const network = await privateNetwork(t)
  const home = await homeIn(t, network)
  const link = await createDataset(home)
  const deaf = await homeIn(t, { bootstrap: [{ host: '127.0.0.1', port: 1 }] })
  const deafModerator = await homeIn(t, { bootstrap: [{ host: '127.0.0.1', port: 1 }] })
  await createDataset(deafModerator)
  const running = [deaf.start('seed', link), deafModerator.start('index', 'serve')]
  // One before it is ready, the other after.
  await running[1]!.event('ready')
  for (const each of running) {
    const ended = Promise.race([each.stop(), sleep(5_000)])
    t.is((await ended)?.code, 130)
  }
})

test('a killed process leaves a socket file that is in nobody’s way', onLinux, async (t) => {
  const network = await privateNetwork(t)
  const home = await homeIn(t, network)
  const link = await createDataset(home)
  const path = deskPath(home.cli.home, 'test')
  const first = home.start('index', 'serve')
  await first.event('ready')
  t.is((await callControl<{ link: string }>(path, 'status'))?.link, link)
  await first.stop('SIGKILL')
  t.ok(existsSync(path), 'the file is still there')
  t.is(await callControl(path, 'status'), undefined, 'and nobody behind it')
  t.is((await home.run('index', 'queue')).code, 0, 'a command opens the dataset itself')
  const second = home.start('index', 'serve')
  await second.event('ready')
  t.is((await callControl<{ link: string }>(path, 'status'))?.link, link)

  const third = home.start('index', 'serve')
  const waiting = await third.event('waiting')
  t.alike(waiting.holder, { pid: second.pid, purpose: 'index serve' }, 'a second one says for whom it waits')
  await second.stop()
  await third.event('ready')
  t.is((await third.stop()).code, 130)
})

test('a moderator that is killed again and again lists each volume once, each with its verdict', onLinux, async (t) => {
  const network = await privateNetwork(t)
  const home = await homeIn(t, network)
  const link = await createDataset(home)
  const { key } = parseLink(link)
  const offerer = await Offerer.create(t)
  const ids: string[] = []
  for (let i = 0; i < 12; i++) {
    const batches = [textLines(3, `${i}`)]
    const volume = await makeVolume(offerer.store, { contributor: offerer.contributor, batches })
    ids.push(formatKey(volume.key))
    offerer.offer(offerOf(volume, key, offerer.contributor))
  }
  offerer.online(t, Hypercore.discoveryKey(key), network)
  let decided = 0
  for (let round = 0; round < 8; round++) {
    const serve = home.start('index', 'serve')
    // At every moment of the work that follows an offer: copying, listing, cleaning up.
    await Promise.race([serve.event('decided'), serve.event('ready').then(() => sleep(2_000))])
    await sleep(randomInt(40))
    await serve.stop('SIGKILL')
    decided += serve.events.filter(({ event }) => event === 'decided').length
  }
  t.ok(decided > 0, `${decided} decisions were told before the kills`)
  const serve = home.start('index', 'serve')
  await serve.event('ready')
  const path = deskPath(home.cli.home, 'test')
  await until(async () => (await callControl<{ volumes: number; queued: number }>(path, 'status'))?.volumes === 12)
  await until(async () => (await callControl<{ queued: number }>(path, 'status'))?.queued === 0)
  const log = (await callControl<LoggedDecision[]>(path, 'log', { skip: 0 }))!
  const accepted = log.filter(({ deed }) => deed === 'accepted').map(({ what }) => what)
  t.alike(accepted.sort(), ids.toSorted(), 'each was accepted once')
  t.is(log.length, ids.length + 1, 'nothing else was written but the dataset itself')
  for (const id of ids) {
    t.is((await callControl<Shown>(path, 'show', { volume: id, sample: 0 }))?.state, 'accepted', 'with its verdict')
  }
  const reader = await Offerer.create(t)
  await offerer.node.close()
  reader.online(t, Hypercore.discoveryKey(key), network)
  for (const id of ids) {
    const core = reader.store.get({ key: parseLink(id).key })
    await core.ready()
    await core.download({ start: 0, end: 2 }).done()
    await core.close()
  }
  t.pass('whatever is listed can be had')
  await serve.stop()
})

test('the control socket bears whoever talks to it', { timeout: 600_000 }, async (t) => {
  const network = await privateNetwork(t)
  const home = await homeIn(t, network)
  await createDataset(home)
  const serve = home.start('index', 'serve')
  await serve.event('ready')
  const path = deskPath(home.cli.home, 'test')
  const all = await Promise.all(Array.from({ length: 50 }, () => callControl<{ role: string }>(path, 'status')))
  t.ok(
    all.every((status) => status?.role === 'index'),
    '50 at once'
  )
  await t.exception(callControl(path, 'explode'), { code: 'NO_METHOD' })
  await t.exception(callControl(path, '__proto__'), { code: 'NO_METHOD' })
  await t.exception(callControl(path, 'show', { volume: 7 }), { code: 'BAD_REQUEST' })
  await t.exception(callControl(path, 'accept', { volume: 'x' }), { code: 'NOT_QUEUED' })
  for (const garbage of [
    '\n\n\n',
    'null\n',
    '[]\n',
    '{"id":1}\n',
    '\u0000\u0001\n',
    `${'x'.repeat(100_000)}\n`,
    'half a line'
  ]) {
    const socket = createConnection(path)
    socket.on('error', () => {})
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    socket.end(garbage)
    await new Promise<void>((resolve) => socket.resume().once('close', () => resolve()))
  }
  const endless = createConnection(path)
  endless.on('error', () => {})
  const closed = new Promise<void>((resolve) => endless.once('close', () => resolve()))
  const pour = () => {
    while (!endless.destroyed && endless.write('x'.repeat(1_000_000)));
  }
  endless.on('drain', pour).once('connect', pour)
  await closed
  t.is((await callControl<{ role: string }>(path, 'status'))?.role, 'index', 'and goes on')
  await serve.stop()
})

test('a home whose path is too long for a socket has one elsewhere', (t) => {
  const long = join('/', 'x'.repeat(200))
  t.ok(Buffer.byteLength(controlPath(long, 'seed')) <= 100)
  t.not(controlPath(long, 'seed'), controlPath(long + 'y', 'seed'))
  t.not(controlPath(long, 'seed'), controlPath(long, 'index-a'))
})
