import { decisionsOf, type Deed, type LoggedDecision } from '../lib/dataset/history.js'
import { LOG_PAGE } from '../lib/dataset/desk.js'
import type { IndexReader } from '../lib/dataset/reader.js'
import { replayIndex } from '../lib/dataset/replay.js'
import type { Context } from './context.js'
import { openDataset } from './dataset-session.js'
import { EXIT_CODES } from './exit-codes.js'
import { plural } from './format.js'
import { openDesk, type DeskOptions } from './index-desk.js'
import type { NetworkOptions } from './network-options.js'
import { table } from './table.js'

export interface HistoryOptions extends DeskOptions, NetworkOptions {}

/** Who decided what, when and why: of a dataset of one's own, or of any by its link. */
export async function log(context: Context, link: string | undefined, options: HistoryOptions): Promise<void> {
  const decisions: LoggedDecision[] = []
  if (link !== undefined) {
    await withIndex(context, link, options, async (index) => {
      for await (const decision of decisionsOf(index)) decisions.push(decision)
    })
  } else {
    await openDesk(context, options, async (desk) => {
      let page: LoggedDecision[]
      do decisions.push(...(page = await desk.log(decisions.length)))
      while (page.length === LOG_PAGE)
    })
  }
  context.result(decisions, table(decisions.map(rowOf)))
}

/** Replays the index; ends with 5 where it breaks its own rules. */
export async function verify(context: Context, link: string | undefined, options: HistoryOptions): Promise<void> {
  const replay =
    link === undefined
      ? await openDesk(context, options, (desk) => desk.verify())
      : await withIndex(context, link, options, replayIndex)
  const { entries, volumes, drops, releases, faults } = replay
  const read = `${plural(entries, 'entry', 'entries')} replayed: ${plural(volumes, 'volume')}, ${plural(drops, 'drop')}`
  const text = `${read}, ${plural(releases, 'release')}, ${plural(faults.length, 'fault')}`
  context.result(replay, [...faults, text].join('\n'))
  if (faults.length > 0) context.exit(EXIT_CODES.verification)
}

async function withIndex<T>(
  context: Context,
  link: string,
  options: HistoryOptions,
  use: (index: IndexReader) => Promise<T>
): Promise<T> {
  const session = await openDataset(context, link, 'index', options)
  try {
    return await use(session.index)
  } finally {
    await session.close()
  }
}

function rowOf(decision: LoggedDecision): string[] {
  const { seq, at, by } = decision
  const time = at === null ? '' : at.slice(0, 16).replace('T', ' ')
  return [String(seq), time, `${by.join(', ') || 'the moderator'} ${words(decision)}`]
}

const WORDS: { readonly [deed in Deed]: (decision: LoggedDecision) => string } = {
  described: ({ what }) => `described the dataset ${what}`,
  accepted: (decision) =>
    `accepted ${short(decision.what)}: ${plural(decision.records ?? 0, 'record')} by ${giver(decision)}`,
  rejected: ({ what, reasons }) => `rejected ${short(what)}${why(reasons)}`,
  withdrew: ({ what, reasons }) => `withdrew ${short(what)}${why(reasons)}`,
  dropped: (decision) => taken('dropped', decision),
  purged: (decision) => taken('purged', decision),
  banned: ({ what, contributor_name: name, reasons }) => `banned ${person(name, what)}${why(reasons)}`,
  unbanned: ({ what, contributor_name: name, note }) =>
    `lifted the ban of ${person(name, what)}${note ? `: ${note}` : ''}`,
  released: ({ what, records = 0, volumes = 0, note }) =>
    `released ${what}: ${plural(records, 'record')} in ${plural(volumes, 'volume')}${note ? ` (${note})` : ''}`,
  wrote: ({ what }) => `wrote ${what}`,
  removed: ({ what }) => `removed ${what}, which no vdata does`
}

function words(decision: LoggedDecision): string {
  return WORDS[decision.deed](decision)
}

function taken(verb: string, { what, ranges = [], records = 0, reasons }: LoggedDecision): string {
  const named = ranges.slice(0, 10).map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`))
  const which = `${named.join(',')}${ranges.length > 10 ? ',…' : ''}`
  return `${verb} ${plural(records, 'record')} of ${short(what)} (${which})${why(reasons)}`
}

function why(reasons: LoggedDecision['reasons']): string {
  const each = reasons.map(({ code, note }) => (note ? `${code} (${note})` : code))
  return each.length > 0 ? `: ${each.join(', ')}` : ''
}

function giver({ contributor = '', contributor_name: name }: LoggedDecision): string {
  return person(name, contributor)
}

function person(name: string | undefined, key: string): string {
  return name ? `${name} (${short(key)})` : short(key)
}

function short(key: string): string {
  return key.length === 52 ? `${key.slice(0, 8)}…` : key
}
