import type { Desk } from '../lib/dataset/desk.js'
import type { RecordRange } from '../lib/dataset/entries.js'
import { VdataError } from '../lib/errors.js'
import type { Context } from './context.js'
import { bytes, count, plural } from './format.js'
import { openDesk, reasonOf, type DeskOptions } from './index-desk.js'
import { table } from './table.js'

export interface DecideOptions extends DeskOptions {
  dryRun?: boolean
}

export interface DropOptions extends DecideOptions {
  records?: string
  reason?: string
  note: string
  scope: 'hide' | 'purge'
}

export interface BanOptions extends DecideOptions {
  reason?: string
  note: string
}

export interface ReleaseOptions extends DecideOptions {
  notes: string
  card?: string
  croissant?: string
}

export async function drop(context: Context, volume: string, options: DropOptions): Promise<void> {
  const { dryRun = false, scope, note } = options
  const ranges = parseRecords(options.records ?? '')
  const code = reasonOf(options.reason)
  const prepared = await openDesk(context, options, async (desk) =>
    desk.drop({ volume: await findListed(desk, volume), ranges, code, scope, note }, dryRun)
  )
  const { asked, neighbours } = prepared
  const others = neighbours > 0 ? `, and ${plural(neighbours, 'record')} in the same blocks` : ''
  context.result({ event: 'dropped', dryRun, ...prepared }, `${prepared.volume} ${plural(asked, 'record')}${others}`)
  if (neighbours > 0) context.warn('A purge takes out whole blocks: what is good in them has to be shared again.')
  if (scope === 'purge') context.warn('Seeders clear what was purged once they see it; copies may exist elsewhere.')
  tellDry(context, dryRun)
}

export async function ban(context: Context, contributor: string, options: BanOptions): Promise<void> {
  await judge(context, contributor, 'banned', { ...options, reason: reasonOf(options.reason) })
}

export async function unban(context: Context, contributor: string, options: BanOptions): Promise<void> {
  await judge(context, contributor, 'good', { ...options, reason: '' })
}

export async function volumes(context: Context, options: DeskOptions): Promise<void> {
  const listed = await openDesk(context, options, (desk) => desk.volumes())
  const rows = listed.map((each) => [
    each.volume,
    count(each.records - each.dropped),
    count(each.dropped),
    bytes(each.bytes),
    each.license,
    each.contributor.slice(0, 8),
    each.accepted_at
  ])
  const head = ['volume', 'records', 'dropped', 'bytes', 'licence', 'contributor', 'accepted']
  context.result(listed, rows.length > 0 ? table(rows, { head, right: [1, 2, 3] }) : 'The dataset has no volumes yet.')
}

export async function contributors(context: Context, options: DeskOptions): Promise<void> {
  const known = await openDesk(context, options, (desk) => desk.contributors())
  const rows = known.map((each) => [
    each.contributor,
    each.name,
    each.standing,
    count(each.accepted),
    count(each.waiting),
    each.reason
  ])
  const head = ['contributor', 'name', 'standing', 'accepted', 'waiting', 'reason']
  context.result(known, rows.length > 0 ? table(rows, { head, right: [3, 4] }) : 'Nobody has offered anything yet.')
}

/** `3,7-9` as ranges. @throws VdataError BAD_RECORDS */
export function parseRecords(text = ''): RecordRange[] {
  const ranges = text.split(',').map((part) => {
    const [, from = '', to = from] = /^\s*(\d{1,15})(?:\s*-\s*(\d{1,15}))?\s*$/.exec(part) ?? []
    return { from: Number(from), to: Number(to), valid: from !== '' && Number(from) <= Number(to) }
  })
  if (ranges.every(({ valid }) => valid)) return ranges.map(({ from, to }) => ({ from, to }))
  throw new VdataError(
    'usage',
    'BAD_RECORDS',
    `"${text.slice(0, 100)}" does not say which records.`,
    'Number them from 0, as in 3,7-9.'
  )
}

export function tellDry(context: Context, dryRun: boolean | undefined): void {
  if (dryRun) context.say('Nothing was written: --dry-run.')
}

async function judge(
  context: Context,
  start: string,
  standing: 'good' | 'banned',
  options: BanOptions & { reason: string }
): Promise<void> {
  const { dryRun = false, reason: code, note } = options
  const judged = await openDesk(context, options, async (desk) =>
    desk.judge({ contributor: await findContributor(desk, start), standing, code, note }, dryRun)
  )
  const also = judged.rejected.length > 0 ? `, ${plural(judged.rejected.length, 'waiting volume')} rejected` : ''
  context.result({ event: 'judged', dryRun, ...judged }, `${judged.contributor} ${standing}${also}`)
  tellDry(context, dryRun)
}

async function findListed(desk: Desk, start: string): Promise<string> {
  const listed = await desk.volumes()
  return theOne(
    listed.map(({ volume }) => volume),
    start,
    ['volume of the dataset', '`vdata index volumes` lists them.']
  )
}

async function findContributor(desk: Desk, start: string): Promise<string> {
  // One who has not come yet can be banned as well.
  if (start.length === 52) return start
  const known = await desk.contributors()
  return theOne(
    known.map(({ contributor }) => contributor),
    start,
    ['contributor', '`vdata index contributors` lists them.']
  )
}

function theOne(ids: string[], start: string, [what, advice]: [string, string]): string {
  const found = ids.filter((id) => id.startsWith(start))
  if (found.length === 1) return found[0]!
  const message =
    found.length === 0 ? `No ${what} begins with ${start}.` : `More than one ${what} begins with ${start}.`
  throw new VdataError('error', found.length === 0 ? 'NOT_FOUND' : 'AMBIGUOUS', message, advice)
}
