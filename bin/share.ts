import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { pipeline } from 'node:stream/promises'
import { contribute } from '../lib/dataset/contribute.js'
import { prepareShare } from '../lib/dataset/prepare.js'
import { appealVolume, isDecided, ShareFiles, type Share } from '../lib/dataset/shares.js'
import { VdataError } from '../lib/errors.js'
import { Identity } from '../lib/network/identity.js'
import { parseMapping } from '../lib/record/mapping.js'
import type { Format } from '../lib/record/source.js'
import type { Context } from './context.js'
import { resolveLink } from './dataset-option.js'
import { EXIT_CODES } from './exit-codes.js'
import { resolveNetwork, type NetworkOptions } from './network-options.js'
import { readSettings } from './settings.js'
import { CheckedOnly, ShareChecks } from './share-check.js'
import { OfferPanel, PreparePanel } from './share-panels.js'
import { explain, sayReason } from './share-reasons.js'
import { version } from './version.js'

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
  check: boolean
  checkOnly?: boolean
  report?: string
  strict?: boolean
  leaveOut?: boolean
}

/** Makes a share of files, and offers it. */
export async function shareFiles(context: Context, files: string[], options: ShareOptions): Promise<void> {
  const link = resolveLink(context, options.to, '--to')
  const identity = await Identity.load(context.home)
  const input = files.includes('-') ? await keepInput(context) : null
  const panel = new PreparePanel(context)
  const checks = options.check ? new ShareChecks(context, options, files, () => panel.clear()) : undefined
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
      checks,
      leaveOut: options.leaveOut,
      tool: `vdata/${version()}`,
      signal: context.signal,
      onEvent: (event) => panel.show(event)
    })
    panel.end(made, known)
    await offer(context, identity, [made], options, known)
    if (made.refused > 0 && !known) context.exit(EXIT_CODES.refused)
  } catch (error) {
    if (!(error instanceof CheckedOnly)) throw error
    if (!error.passes) context.exit(EXIT_CODES.refused)
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
    await tellOutcome(context, each)
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

async function tellOutcome(context: Context, share: Share): Promise<void> {
  for (const volume of share.volumes) {
    const id = `${volume.id.slice(0, 8)}…`
    const why = (await explain(context.home, share, volume)).map(sayReason).join('; ')
    if (volume.verdict) context.say(`${id} was ${volume.verdict.status}${why ? `: ${why}` : ''}.`)
    else if (volume.held) {
      context.say(`${id} is in safe hands and has no verdict yet: ask again with \`vdata share --resume\`.`)
    } else context.say(`${id} is sealed here and nobody has it yet: go on with \`vdata share --resume\`.`)
  }
}
