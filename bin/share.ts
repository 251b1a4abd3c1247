import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { pipeline } from 'node:stream/promises'
import { contribute, type ContributeEvent } from '../lib/dataset/contribute.js'
import { prepareShare, type PrepareEvent } from '../lib/dataset/prepare.js'
import { appealVolume, isDecided, ShareFiles, type Share, type SharedVolume } from '../lib/dataset/shares.js'
import { VdataError } from '../lib/errors.js'
import { Identity } from '../lib/network/identity.js'
import { parseMapping } from '../lib/record/mapping.js'
import type { Format } from '../lib/record/source.js'
import type { Context } from './context.js'
import { resolveLink } from './dataset-option.js'
import { EXIT_CODES } from './exit-codes.js'
import { bytes, count, duration, percent, plural, rate } from './format.js'
import { resolveNetwork, type NetworkOptions } from './network-options.js'
import { readSettings } from './settings.js'
import { showDonation } from './show-donation.js'
import { table } from './table.js'
import { version } from './version.js'
import { tellHolder } from './wait.js'

export interface ShareOptions extends NetworkOptions {
  to?: string
  detach?: boolean
  resume?: boolean
  status?: boolean
  appeal?: string
  note: string
  format?: Format
  map: string[]
  license?: string
  name?: string
  keepOrder?: boolean
  wait: number
}

/** Lines that were not records are listed up to here; the count says the rest. */
const REFUSALS_SHOWN = 20

/** Makes a share of files, and offers it. */
export async function shareFiles(context: Context, files: string[], options: ShareOptions): Promise<void> {
  const link = resolveLink(context, options.to, '--to')
  const identity = await Identity.load(context.home)
  const input = files.includes('-') ? await keepInput(context) : null
  const panel = new PreparePanel(context)
  try {
    const { share: made, known } = await prepareShare({
      home: context.home,
      identity,
      link,
      files: files.map((file) => (file === '-' ? input! : file)),
      names: files,
      name: options.name ?? readSettings(context.home).name ?? '',
      license: options.license,
      read: { format: options.format, ...(options.map.length > 0 && { mapping: parseMapping(options.map) }) },
      keepOrder: options.keepOrder,
      tool: `vdata/${version()}`,
      signal: context.signal,
      onEvent: (event) => panel.show(event)
    })
    panel.end(made, known)
    await offer(context, identity, [made], options, known)
    if (made.refused > 0 && !known) context.exit(EXIT_CODES.refused)
  } finally {
    if (input) await rm(input, { force: true })
  }
}

/** Goes on with everything that has no verdict yet. */
export async function resume(context: Context, options: ShareOptions): Promise<void> {
  const open = (await new ShareFiles(context.home).list()).filter((each) => !isDecided(each))
  if (open.length === 0) {
    context.result({ event: 'done', shares: [] })
    context.say('Nothing waits: every share has its verdict.')
    return
  }
  await offer(context, await Identity.load(context.home), open, options, true)
}

/** Appeals against a refusal, and offers the volume again. */
export async function appeal(context: Context, volume: string, options: ShareOptions): Promise<void> {
  const share = await appealVolume(new ShareFiles(context.home), volume, options.note)
  await offer(context, await Identity.load(context.home), [share], options, true)
}

/** Lists what was shared from this computer, as it was when the network was last asked. */
export async function showShares(context: Context): Promise<void> {
  const shares = await new ShareFiles(context.home).list()
  const rows = shares.flatMap((each) =>
    each.volumes.map((volume) => [
      each.created_at.slice(0, 10),
      each.sources.join(', '),
      volume.id.slice(0, 8),
      count(volume.records),
      stateOf(volume),
      reasonsOf(volume)
    ])
  )
  const head = ['shared', 'from', 'volume', 'records', 'state', 'reasons']
  context.result(shares, rows.length > 0 ? table(rows, { head, right: [3] }) : 'Nothing was shared from here yet.')
}

async function offer(
  context: Context,
  identity: Identity,
  shares: Share[],
  options: ShareOptions,
  known: boolean
): Promise<void> {
  const done: Share[] = []
  for (const each of shares) {
    if (options.detach || isDecided(each)) done.push(each)
    else done.push(await offerOne(context, identity, each, options))
  }
  for (const each of done) {
    context.result({ event: 'done', known, ...each }, each.volumes.map(({ id }) => id).join('\n'))
    tellOutcome(context, each)
  }
  if (done.some(({ volumes }) => volumes.some(({ verdict }) => verdict?.status === 'rejected'))) {
    context.exit(EXIT_CODES.refused)
  }
}

async function offerOne(context: Context, identity: Identity, share: Share, options: ShareOptions): Promise<Share> {
  const panel = new OfferPanel(context)
  try {
    return await contribute({
      home: context.home,
      identity,
      share,
      network: resolveNetwork(context, options),
      verdictWait: options.wait * 1000,
      signal: context.signal,
      onEvent: (event) => panel.show(event)
    })
  } catch (error) {
    if (!context.signal.aborted) throw error
    throw new VdataError(
      'interrupted',
      'INTERRUPTED',
      'Stopped before anybody held a full copy.',
      'Go on with `vdata share --resume`: nothing has to be read or sealed again.',
      { cause: error }
    )
  } finally {
    panel.end()
  }
}

/** Standard input cannot be read twice, and a share that was interrupted must be: it becomes a file first. */
async function keepInput(context: Context): Promise<string> {
  const folder = join(context.home, 'shares')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `input-${randomBytes(8).toString('hex')}`)
  await pipeline(process.stdin, createWriteStream(path), { signal: context.signal })
  return path
}

function tellOutcome(context: Context, { volumes }: Share): void {
  for (const volume of volumes) {
    const id = `${volume.id.slice(0, 8)}…`
    const why = reasonsOf(volume)
    if (volume.verdict) context.say(`${id} was ${volume.verdict.status}${why ? `: ${why}` : ''}.`)
    else if (volume.held) {
      context.say(`${id} is in safe hands and has no verdict yet: ask again with \`vdata share --resume\`.`)
    } else context.say(`${id} is sealed here and nobody has it yet: go on with \`vdata share --resume\`.`)
  }
}

function stateOf({ verdict, held, appeal }: SharedVolume): string {
  if (appeal !== undefined && !verdict) return 'appealed'
  return verdict?.status ?? (held ? 'waiting for a verdict' : 'only here')
}

function reasonsOf({ verdict }: SharedVolume): string {
  return (verdict?.reasons ?? []).map(({ code, note }) => (note ? `${code} (${note})` : code)).join(', ')
}

class PreparePanel {
  private readonly context: Context
  private readonly progress
  private readonly started = Date.now()
  private refused = 0

  constructor(context: Context) {
    this.context = context
    this.progress = context.progress()
  }

  show(event: PrepareEvent): void {
    if (event.event === 'waiting') return tellHolder(this.context)(event.holder)
    this.context.emit({ ...event })
    if (event.event === 'reading') {
      const speed = rate(event.bytes / Math.max(0.1, (Date.now() - this.started) / 1000))
      this.progress.update(
        `Reading  ${percent(event.bytes, event.total)}  ${plural(event.records, 'record')}  ${speed}`
      )
    } else if (event.event === 'sealing') {
      this.progress.update(`Sealing  ${percent(event.blocks, event.length)}`)
    } else if (++this.refused <= REFUSALS_SHOWN) {
      this.context.say(`${event.file}:${event.line}: ${event.reason}`)
    }
  }

  end({ records, refused, volumes, license }: Share, known: boolean): void {
    this.progress.clear()
    if (known) {
      this.context.say('This was shared from here before: nothing is sealed again.')
      return
    }
    const size = volumes.reduce((sum, volume) => sum + volume.bytes, 0)
    const time = duration(Date.now() - this.started)
    this.context.say(
      `${plural(records, 'record')} sealed into ${plural(volumes.length, 'volume')}, ${bytes(size)}, in ${time}.`
    )
    if (refused > 0) this.context.warn(`${plural(refused, 'line')} refused: not records.`)
    if (license === 'NOASSERTION') this.context.warn('No licence was given; say it with --license, such as CC0-1.0.')
  }
}

class OfferPanel {
  private readonly context: Context
  private readonly progress
  private readonly started = Date.now()
  private readonly told = new Set<string>()
  private dataset: Extract<ContributeEvent, { event: 'dataset' }> | null = null

  constructor(context: Context) {
    this.context = context
    this.progress = context.progress()
  }

  show(event: ContributeEvent): void {
    if (event.event === 'waiting') return tellHolder(this.context)(event.holder)
    if (event.event === 'dataset') {
      this.dataset = event
      return
    }
    if (event.event !== 'progress') this.context.emit({ ...event })
    if (event.event === 'progress') {
      const waited = duration(Date.now() - this.started)
      this.progress.update(
        event.peers === 0
          ? `Looking for the moderator or a seeder for ${waited}; \`vdata share --resume\` can go on later.`
          : `${percent(event.bytes, event.total)} of ${bytes(event.total)} copied, ${plural(event.peers, 'peer')}, ${waited}`
      )
    } else if (event.event === 'held') {
      this.context.say(`The ${event.by} holds a full copy of ${event.volume.slice(0, 8)}….`)
    } else if (event.event === 'answer' && event.status !== 'queued' && event.status !== 'known') {
      const line = `${event.volume.slice(0, 8)}…: ${event.status}${event.code ? ` (${event.code})` : ''}`
      if (!this.told.has(line)) this.context.say(line)
      this.told.add(line)
    }
  }

  end(): void {
    this.progress.clear()
    if (this.dataset) showDonation(this.context, 'contribution', this.dataset.name, this.dataset.donation)
  }
}
