import {
  contributorEntry,
  datasetEntry,
  dropEntry,
  releaseEntry,
  verdictEntry,
  volumeEntry,
  type Drop,
  type Reason
} from './entries.js'
import type { IndexReader, LogEntry } from './reader.js'
import { splitKey } from './replay.js'

export type Deed =
  | 'described'
  | 'accepted'
  | 'rejected'
  | 'withdrew'
  | 'dropped'
  | 'purged'
  | 'banned'
  | 'unbanned'
  | 'released'
  /** What no vdata does: an entry that is not valid, or was removed. */
  | 'wrote'
  | 'removed'

/** Who decided what, when and why, as the index's own history has it. */
export interface LoggedDecision {
  /** Number of its (first) entry in the index. */
  seq: number
  /** RFC 3339; null where the index does not say. */
  at: string | null
  /** The moderators that the dataset named at that time: all of them write with one key. */
  by: string[]
  deed: Deed
  /** What was decided on: a dataset's or release's name, a volume's or contributor's key, or a key of the index. */
  what: string
  /** Whose volume it is. */
  contributor?: string
  contributor_name?: string
  records?: number
  volumes?: number
  /** Which records, as ordinals in the volume. */
  ranges?: Drop['ranges']
  reasons: Reason[]
  /** A release's notes, or a sentence more on a standing. */
  note?: string
}

/** All decisions that were ever taken, oldest first. */
export async function* decisionsOf(index: IndexReader): AsyncGenerator<LoggedDecision> {
  const reading = new Reading()
  for await (const entry of index.history()) yield* reading.next(entry)
  yield* reading.end()
}

/** One decision is several entries, and several of them change one entry: this keeps what is needed to tell them apart. */
class Reading {
  private by: string[] = []
  private readonly names = new Map<string, string>()
  private readonly banned = new Set<string>()
  private readonly dropped = new Map<string, number>()
  /** A volume was listed; its verdict and its contributor come next. */
  private accepted: LoggedDecision | null = null

  next({ seq, type, key, value }: LogEntry): LoggedDecision[] {
    const [kind, id] = splitKey(key)
    if (type === 'put' && this.belongs(kind, id, value)) return []
    const before = this.end()
    const base = { seq, by: this.by, what: id || key, reasons: [] }
    if (type === 'del') return [...before, { ...base, at: null, deed: 'removed', what: key }]
    if (kind === 'volume') this.list(base, value)
    else before.push(...this.read(kind, base, value))
    return before
  }

  end(): LoggedDecision[] {
    const { accepted } = this
    this.accepted = null
    if (!accepted) return []
    const name = this.names.get(accepted.contributor ?? '')
    return [name ? { ...accepted, contributor_name: name } : accepted]
  }

  /** Whether an entry goes with the acceptance just before it. */
  private belongs(kind: string, id: string, value: unknown): boolean {
    const { accepted } = this
    if (!accepted) return false
    if (kind === 'verdict') return id === accepted.what && verdictEntry.safeParse(value).data?.status === 'accepted'
    if (kind !== 'contributor' || id !== accepted.contributor || this.names.has(id)) return false
    const contributor = contributorEntry.safeParse(value).data
    if (contributor?.standing !== 'good') return false
    this.names.set(id, contributor.name)
    return true
  }

  private list(base: Base, value: unknown): void {
    const entry = volumeEntry.safeParse(value).data
    this.accepted = {
      ...base,
      at: entry?.accepted_at ?? null,
      deed: 'accepted',
      ...(entry && { contributor: entry.contributor, records: entry.records })
    }
  }

  private read(kind: string, base: Base, value: unknown): LoggedDecision[] {
    if (kind === 'drop') return this.drops(base, value)
    return [this.one(kind, base, value) ?? { ...base, at: null, deed: 'wrote' }]
  }

  private one(kind: string, base: Base, value: unknown): LoggedDecision | null {
    if (kind === 'dataset') return this.dataset(base, value)
    if (kind === 'verdict') return verdict(base, value)
    if (kind === 'contributor') return this.standing(base, value)
    return kind === 'release' ? release(base, value) : null
  }

  private dataset(base: Base, value: unknown): LoggedDecision | null {
    const { data: entry } = datasetEntry.safeParse(value)
    if (!entry) return null
    this.by = entry.moderators.map(({ name, key }) => name || key)
    const first = base.by.length === 0
    return { ...base, by: this.by, at: first ? entry.created_at : null, deed: 'described', what: entry.name }
  }

  private standing(base: Base, value: unknown): LoggedDecision | null {
    const { data: entry } = contributorEntry.safeParse(value)
    if (!entry) return null
    const { name, standing, reason, at = null } = entry
    this.names.set(base.what, name)
    const deed: Deed = standing === 'banned' ? 'banned' : this.banned.has(base.what) ? 'unbanned' : 'wrote'
    if (deed === 'banned') this.banned.add(base.what)
    else this.banned.delete(base.what)
    const judged = { ...base, at, deed, contributor_name: name }
    // Of a ban, `code: note`.
    const [, code, note = ''] = /^([a-z0-9_]+)(?:: (.*))?$/s.exec(reason) ?? []
    if (deed === 'banned' && code) return { ...judged, reasons: [{ code, count: 1, note }] }
    return reason ? { ...judged, note: reason } : judged
  }

  private drops(base: Base, value: unknown): LoggedDecision[] {
    const { data: entry } = dropEntry.safeParse(value)
    if (!entry) return [{ ...base, at: null, deed: 'wrote' }]
    const known = this.dropped.get(base.what) ?? 0
    this.dropped.set(base.what, entry.drops.length)
    return entry.drops.slice(known).map(({ at, scope, code, note, records, ranges }) => {
      const deed = scope === 'purge' ? 'purged' : 'dropped'
      return { ...base, at, deed, records, ranges, reasons: [{ code, count: records, note }] }
    })
  }
}

type Base = Pick<LoggedDecision, 'seq' | 'by' | 'what' | 'reasons'>

const DEEDS = { accepted: 'accepted', rejected: 'rejected', withdrawn: 'withdrew' } as const

function verdict(base: Base, value: unknown): LoggedDecision | null {
  const { data: entry } = verdictEntry.safeParse(value)
  return entry ? { ...base, at: entry.at, deed: DEEDS[entry.status], reasons: entry.reasons } : null
}

function release(base: Base, value: unknown): LoggedDecision | null {
  const { data: entry } = releaseEntry.safeParse(value)
  if (!entry) return null
  const { at, records, volumes, notes } = entry
  return { ...base, at, deed: 'released', records, volumes, ...(notes && { note: notes }) }
}
