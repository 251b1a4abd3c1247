import process from 'node:process'
import { VdataError } from '../lib/errors.js'
import { callControl, controlPath, ControlServer } from '../lib/network/control.js'
import { Identity } from '../lib/network/identity.js'
import { HealthServer } from '../seeders/health.js'
import type { HungUp } from '../seeders/company.js'
import { SeedMemory } from '../seeders/memory.js'
import { seedFolder } from '../seeders/parts.js'
import type { Replica } from '../seeders/replica.js'
import { Seeder } from '../seeders/seeder.js'
import { ALONE, type ReplicaStatus, type SeederStatus } from '../seeders/status.js'
import type { Context } from './context.js'
import { bytes, duration, plural, rate } from './format.js'
import { resolveNetwork } from './network-options.js'
import { toSeederOptions, type SeedOptions } from './seed-options.js'
import { jsonLine } from './text.js'
import { tellHolder, whenStopped } from './wait.js'

/** Runs a seeder until it is told to stop, or, with --until-sync, until everything is here. */
export async function runSeeder(context: Context, links: string[], options: SeedOptions): Promise<void> {
  const { home, signal } = context
  const { maxOut, maxIn, port } = options
  const seeder = await Seeder.open({
    home,
    identity: await Identity.load(home),
    links,
    network: {
      ...resolveNetwork(context, options),
      port,
      maxPeers: maxOut,
      maxIncoming: maxIn,
      maxConnections: maxOut + maxIn
    },
    ...toSeederOptions(options),
    signal,
    onWait: tellHolder(context)
  })
  const closing: { close(): Promise<void> }[] = []
  try {
    // Only now: with limits that it cannot run with, it would not start the next time either.
    await new SeedMemory(seedFolder(home)).remember([], options.allowed)
    const synced = follow(context, seeder, options.log ?? false)
    closing.push(
      await ControlServer.listen(controlPath(home, 'seed'), {
        status: () => seeder.status(),
        pause: () => (seeder.pause(), seeder.status()),
        resume: () => (seeder.resume(), seeder.status())
      })
    )
    let metrics: string | undefined
    if (options.metrics !== undefined) {
      const health = await HealthServer.listen(seeder, options.metrics)
      closing.push(health)
      metrics = health.url
      context.say(`Health and metrics: ${health.url}/health and ${health.url}/metrics`)
    }
    context.emit({ event: 'ready', ...seeder.status(), ...(metrics && { metrics_url: metrics }) })
    context.say('Ready. Press Ctrl-C to stop; everything stays for the next time.')
    await Promise.race([whenStopped(context), ...(options.untilSync ? [synced] : [])])
  } finally {
    for (const each of closing) await each.close()
    await seeder.close()
  }
}

/** Tells a running seeder something. */
export async function control(context: Context, method: 'pause' | 'resume'): Promise<void> {
  const status = await callControl<SeederStatus>(controlPath(context.home, 'seed'), method)
  if (!status) {
    throw new VdataError('error', 'NOT_SEEDING', 'No seeder runs in this home.', 'Start one: `vdata seed vdata://…`.')
  }
  context.result(status)
  context.say(method === 'pause' ? 'Paused: it has left the network. `vdata seed resume` goes on.' : 'It goes on.')
}

/** Tells what happens; resolves once every dataset is here as far as it is to be. */
function follow(context: Context, seeder: Seeder, log: boolean): Promise<void> {
  const progress = context.progress()
  const redraw = () => {
    if (context.live) progress.update(statusLines(seeder.status()))
  }
  const timer = setInterval(redraw, 1000).unref()
  context.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  const tell = (event: { event: string } & { [key: string]: unknown }) => {
    context.emit(event)
    // For a service: what journald or Docker keeps. Nothing else is said on stderr then.
    if (log) process.stderr.write(jsonLine({ at: new Date().toISOString(), ...event }) + '\n')
  }
  seeder.on('volume', (replica: Replica, volume: string) =>
    tell({ event: 'volume', dataset: replica.index.id, volume })
  )
  seeder.on('cleared', (volumes: string[]) => tell({ event: 'cleared', volumes }))
  seeder.on('purged', (blocks: number) => tell({ event: 'purged', blocks }))
  seeder.on('held', () => tell({ event: 'held', ...seeder.status().inbox }))
  seeder.on('halt', (halt: string | null) => {
    tell({ event: 'halt', why: halt })
    if (halt === 'month') context.warn("The month's bytes are used up; it goes on next month.")
  })
  seeder.on('clock', (jump: number) => {
    tell({ event: 'clock', milliseconds: Math.round(jump) })
    const way = jump > 0 ? 'forward' : 'back'
    context.warn(`This computer's clock was set ${way} by ${duration(Math.abs(jump))}; seeding goes on.`)
  })
  seeder.on('alone', (alone: boolean) => {
    tell({ event: 'alone', alone })
    if (alone) context.warn(ALONE)
    else context.say('Somebody is connected again.')
  })
  seeder.on('hungup', (hungUp: HungUp) => {
    tell({ event: 'hungup', ...hungUp })
    context.warn(describeHungUp(hungUp))
  })
  seeder.on('fault', (error: Error, replica?: Replica) => {
    tell({ event: 'fault', dataset: replica?.index.id ?? null, message: error.message })
    context.warn(replica ? `${replica.index.id}: ${error.message}` : error.message)
  })
  return new Promise((resolve) => {
    seeder.on('synced', (_replica: Replica, status: ReplicaStatus) => {
      tell({ event: 'synced', ...status })
      const all = status.complete === status.volumes ? 'all ' : `${status.complete} of `
      context.say(`${status.name}: ${all}${plural(status.volumes, 'volume')} here, ${bytes(status.bytes_complete)}.`)
      if (seeder.synced) resolve()
    })
    if (seeder.synced) resolve()
  })
}

function describeHungUp({ why, count, address }: HungUp): string {
  const who = count === 1 ? `A peer at ${address}` : `${count} times a peer, last one at ${address},`
  const what = why === 'garbage' ? 'sent what cannot be read' : 'took nothing of what it asked for'
  return `${who} ${what}: it was hung up on. Nobody else is affected.`
}

/** A line for each dataset, and what concerns the node. */
export function statusLines(status: SeederStatus): string[] {
  const { datasets, inbox, connections, traffic, disk, trouble, state, last_error } = status
  const lines = datasets.map((each) => {
    const { volumes, complete, bytes_complete, copies, fault } = each
    const rarest = volumes > 0 ? `, rarest has ${plural(copies.least, 'copy', 'copies')}` : ''
    const parts = `${complete} of ${plural(volumes, 'volume')}, ${bytes(bytes_complete)} of ${bytes(each.bytes)}`
    return `${each.name || each.link}: ${parts}${rarest}${fault ? ` (${fault})` : ''}`
  })
  const held = inbox.offers > 0 ? `, holding ${plural(inbox.offers, 'offer')} (${bytes(inbox.bytes)})` : ''
  const limits = traffic.up === null ? '' : `, at most ${rate(traffic.up)}`
  lines.push(
    `${state}, connected to ${plural(connections, 'peer')}${held}`,
    `disk ${bytes(disk.used)} of ${bytes(disk.quota)}, served ${bytes(traffic.served)} this month${limits}`
  )
  if (trouble) lines.push(trouble)
  if (last_error) lines.push(`last error: ${last_error.message}`)
  return lines
}
