import { atDesk, moderatedDatasets, type Desk } from '../lib/dataset/desk.js'
import type { Decision } from '../lib/dataset/decisions.js'
import { countRefused } from '../lib/dataset/refusal-log.js'
import { isReasonCode, REASON_CODES, type ReasonCode } from '../lib/check/reasons.js'
import { VdataError } from '../lib/errors.js'
import { Identity } from '../lib/network/identity.js'
import type { Kind } from '../lib/record/types.js'
import { biasOf, biasOfVolumes } from './dataset-bias.js'
import type { Context } from './context.js'
import { bytes, count, plural } from './format.js'
import { parseRecords } from './index-curate.js'
import { reasonFor } from './index-reasons.js'
import { describe, writeReport } from './index-show.js'
import type { NetworkOptions } from './network-options.js'
import { table } from './table.js'
import { tellHolder } from './wait.js'

export interface CreateOptions {
  title?: string
  description?: string
  license?: string[]
  kind?: Kind[]
  moderator?: string
  rules?: string
  donateUrl?: string
  donateText?: string
}

export interface DeskOptions {
  dataset?: string
}

export interface ServeOptions extends DeskOptions, NetworkOptions {
  auto: 'accept' | 'review'
  trust: number
  benchmarks?: string[]
  quota: number
  perDay: number
  perContributor: number
}

export interface ShowOptions extends DeskOptions {
  sample: number
  report?: string
}

export interface AcceptOptions extends DeskOptions {
  dryRun?: boolean
}

export interface RejectOptions extends AcceptOptions {
  reason?: string
  note: string
  records?: string
}

export async function queue(context: Context, options: DeskOptions): Promise<void> {
  const { queued, turnedAway } = await openDesk(context, options, async (desk) => ({
    queued: await desk.queue(),
    turnedAway: countRefused(await desk.refused())
  }))
  const head = ['volume', 'state', 'records', 'bytes', 'contributor', 'received', 'to look at']
  const rows = queued.map((each) => [
    each.volume,
    each.state,
    count(each.records),
    bytes(each.bytes),
    each.contributor_name || each.contributor.slice(0, 8),
    each.received_at,
    [
      ...(each.appeal === null ? [] : ['appeal']),
      ...[...each.problems, ...each.objections].map(({ code }) => code)
    ].join(', ')
  ])
  context.result(queued, queued.length > 0 ? table(rows, { head, right: [2, 3] }) : 'Nothing waits for a decision.')
  if (Object.keys(turnedAway).length > 0) {
    context.say(`Turned away at the door: ${sayCounts(turnedAway)}; see \`vdata index refused\`.`)
  }
}

/** `vdata index refused`: what never came into the queue. */
export async function refused(context: Context, options: DeskOptions): Promise<void> {
  const turnedAway = await openDesk(context, options, (desk) => desk.refused())
  const head = ['at', 'reason', 'offers', 'address', 'contributor']
  const rows = turnedAway.map(({ at, code, offers, address, contributor }) => [
    at,
    code,
    count(offers),
    address || 'several',
    contributor.slice(0, 8)
  ])
  context.result(turnedAway, rows.length > 0 ? table(rows, { head, right: [2] }) : 'Nothing was turned away.')
}

/** `busy 3, banned 1`. */
export function sayCounts(counts: { [code: string]: number }): string {
  return Object.entries(counts)
    .map(([code, offers]) => `${code} ${count(offers)}`)
    .join(', ')
}

export async function show(context: Context, volume: string, options: ShowOptions): Promise<void> {
  const shown = await openDesk(context, options, async (desk) =>
    desk.show(await find(desk, volume, true), options.sample)
  )
  if (options.report !== undefined) await writeReport(options.report, shown)
  const bias = biasOfVolumes([{ id: shown.volume, entry: shown }])
  context.result({ ...shown, bias }, describe(shown, bias))
}

export async function accept(context: Context, volume: string, options: AcceptOptions): Promise<void> {
  const { dryRun } = options
  const decision = await openDesk(context, options, async (desk) => desk.accept(await find(desk, volume), dryRun))
  tell(context, decision, dryRun)
}

export async function reject(context: Context, volume: string, options: RejectOptions): Promise<void> {
  const { dryRun, note } = options
  const code = reasonOf(options.reason)
  const named = options.records === undefined ? undefined : parseRecords(options.records)
  const decision = await openDesk(context, options, async (desk) => {
    const id = await find(desk, volume)
    return desk.reject(id, [reasonFor(code, note, await desk.show(id, 0), named)], dryRun)
  })
  tell(context, decision, dryRun)
}

/** One of the fixed reason codes. @throws VdataError BAD_REASON */
export function reasonOf(code = ''): ReasonCode {
  if (isReasonCode(code)) return code
  throw new VdataError(
    'usage',
    'BAD_REASON',
    code === '' ? 'A decision against something needs a reason.' : `"${code.slice(0, 100)}" is not a reason code.`,
    `Give one with --reason: ${REASON_CODES.join(', ')}.`
  )
}

/** The dataset that is meant: the named one, or the only one. */
export async function chooseDataset(context: Context, name: string | undefined): Promise<string> {
  const names = await moderatedDatasets(context.home)
  if (name !== undefined && names.includes(name)) return name
  if (name === undefined && names.length === 1) return names[0]!
  if (names.length === 0) {
    throw new VdataError(
      'config',
      'NO_DATASETS',
      'You moderate no dataset here.',
      'Make one: `vdata index create <name>`.'
    )
  }
  throw new VdataError(
    'usage',
    'WHICH_DATASET',
    name === undefined ? 'You moderate several datasets here.' : `You moderate no dataset "${name}" here.`,
    `Say which one with --dataset: ${names.join(', ')}.`
  )
}

export async function openDesk<T>(context: Context, options: DeskOptions, act: (desk: Desk) => Promise<T>): Promise<T> {
  const { home, signal } = context
  const name = await chooseDataset(context, options.dataset)
  const identity = await Identity.load(home)
  return atDesk({ home, name, identity, purpose: 'index', signal, biasOf, onWait: tellHolder(context) }, act)
}

/** The waiting volume, or with `listed` also the accepted one, whose key begins with what was given. */
export async function find(desk: Desk, start: string, listed = false): Promise<string> {
  const candidates = [...(await desk.queue()), ...(listed ? await desk.volumes() : [])]
  const found = [...new Set(candidates.map(({ volume }) => volume))].filter((volume) => volume.startsWith(start))
  if (found.length === 1) return found[0]!
  throw new VdataError(
    'error',
    found.length === 0 ? 'NOT_QUEUED' : 'AMBIGUOUS',
    found.length === 0
      ? `No volume that begins with ${start} waits for a decision${listed ? ', or is in the dataset' : ''}.`
      : `${plural(found.length, 'volume')} begin with ${start}.`,
    `\`vdata index queue\` lists those that wait${listed ? ', `vdata index volumes` those that are in the dataset' : ''}.`
  )
}

function tell(context: Context, decision: Decision, dryRun = false): void {
  context.result({ event: 'decided', dryRun, ...decision }, `${decision.volume} ${decision.status}`)
  if (dryRun) context.say('Nothing was written: --dry-run.')
}
