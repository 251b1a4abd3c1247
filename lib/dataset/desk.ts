import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, VdataError } from '../errors.js'
import { callControl, controlPath } from '../network/control.js'
import type { PreparedDrop } from './curate.js'
import type { Judged, NamedRelease } from './curation.js'
import type { Decision, Queued } from './decisions.js'
import type { ContributorEntry, DatasetEntry, Reason, VolumeEntry } from './entries.js'
import type { LoggedDecision } from './history.js'
import { LocalDesk } from './local-desk.js'
import { Moderator } from './moderator.js'
import type { ModeratorOptions } from './moderator-options.js'
import type { Neighbour } from './neighbours.js'
import type { Refused } from './refusal-log.js'
import type { Replay } from './replay.js'
import type { RecordRange } from './entries.js'

export { LocalDesk }

/** Decisions that go over the control socket at a time. */
export const LOG_PAGE = 5_000

/** A volume that waits for a decision, or one that the dataset has. */
export interface Shown {
  volume: string
  contributor: string
  contributor_name: string
  state: Queued['state'] | 'accepted'
  records: number
  bytes: number
  raw_bytes: number | null
  license: string | null
  facets: { [facet: string]: { values: { [value: string]: number }; other: number; missing: number } } | null
  problems: Reason[]
  objections: Reason[]
  /** What the checks found: see lib/check/report.ts. Null where they did not run. */
  report: unknown
  /** The sums of its bias, as the index keeps them; null where it was not measured. */
  bias: VolumeEntry['bias']
  /** The contributor's words against an earlier refusal. */
  appeal: string | null
  /** Records of the dataset that are like some of its own. */
  neighbours: Neighbour[]
  /** Some of its records, from all over it; empty until the volume is here. */
  sample: SampledRecord[]
}

export interface SampledRecord {
  /** Its ordinal in the volume, from 0: what `drop` takes. */
  record: number
  /** Its JSON. */
  line: string
}

export interface ListedRow {
  volume: string
  contributor: string
  records: number
  dropped: number
  bytes: number
  license: string
  accepted_at: string
}

export interface ContributorRow extends ContributorEntry {
  contributor: string
  accepted: number
  waiting: number
}

export interface DeskStatus {
  role: 'index'
  link: string
  dataset: DatasetEntry
  volumes: number
  records: number
  bytes: number
  queued: number
  connections: number
}

/** What describes a release to people and to programs: the texts of two files. */
export interface Papers {
  card: string
  croissant: string
}

export interface DropOptions {
  volume: string
  ranges: RecordRange[]
  code: string
  scope: 'hide' | 'purge'
  note: string
}

export interface JudgeOptions {
  contributor: string
  standing: ContributorEntry['standing']
  /** A reason code; empty for a good standing. */
  code: string
  note: string
}

export interface Judgement extends Judged {
  /** Volumes that waited and are rejected with it. */
  rejected: string[]
}

/** What a moderator can do, whether the dataset is being served by a process or lies still. With `dryRun` nothing is written. */
export interface Desk {
  status(): Promise<DeskStatus>
  queue(): Promise<Queued[]>
  /** Offers that were turned away at the door, the latest last. */
  refused(): Promise<Refused[]>
  volumes(): Promise<ListedRow[]>
  contributors(): Promise<ContributorRow[]>
  show(volume: string, sample: number): Promise<Shown>
  accept(volume: string, dryRun?: boolean): Promise<Decision>
  reject(volume: string, reasons: Reason[], dryRun?: boolean): Promise<Decision>
  drop(request: DropOptions, dryRun?: boolean): Promise<PreparedDrop>
  judge(request: JudgeOptions, dryRun?: boolean): Promise<Judgement>
  release(name: string, notes: string, dryRun?: boolean): Promise<NamedRelease>
  releases(): Promise<NamedRelease[]>
  /** The card and the metadata of a release. */
  papers(release: string): Promise<Papers>
  /** The decisions after the first `skip`, oldest first; at most LOG_PAGE of them. */
  log(skip: number): Promise<LoggedDecision[]>
  verify(): Promise<Replay>
}

/** The desk of a dataset that another process of this home serves. */
class RemoteDesk implements Desk {
  private readonly path: string

  constructor(path: string) {
    this.path = path
  }

  status = () => this.call<DeskStatus>('status')
  queue = () => this.call<Queued[]>('queue')
  refused = () => this.call<Refused[]>('refused')
  volumes = () => this.call<ListedRow[]>('volumes')
  contributors = () => this.call<ContributorRow[]>('contributors')
  log = (skip: number) => this.call<LoggedDecision[]>('log', { skip })
  releases = () => this.call<NamedRelease[]>('releases')
  papers = (release: string) => this.call<Papers>('papers', { release })
  verify = () => this.call<Replay>('verify')
  show = (volume: string, sample: number) => this.call<Shown>('show', { volume, sample })
  accept = (volume: string, dryRun?: boolean) => this.call<Decision>('accept', { volume, dryRun })
  reject = (volume: string, reasons: Reason[], dryRun?: boolean) =>
    this.call<Decision>('reject', { volume, reasons, dryRun })
  drop = (request: DropOptions, dryRun?: boolean) => this.call<PreparedDrop>('drop', { ...request, dryRun })
  judge = (request: JudgeOptions, dryRun?: boolean) => this.call<Judgement>('judge', { ...request, dryRun })
  release = (name: string, notes: string, dryRun?: boolean) =>
    this.call<NamedRelease>('release', { name, notes, dryRun })

  private async call<T>(method: string, params: object = {}): Promise<T> {
    const result = await callControl<T>(this.path, method, params)
    if (result !== undefined) return result
    throw new VdataError('error', 'SERVE_ENDED', 'The process that serves this dataset has just ended.', 'Try again.')
  }
}

/** Does something at a dataset's desk: through the process that serves it, or, where none does, by opening it here. */
export async function atDesk<T>(options: ModeratorOptions, act: (desk: Desk) => Promise<T>): Promise<T> {
  const path = deskPath(options.home, options.name)
  if ((await callControl(path, 'status')) !== undefined) return act(new RemoteDesk(path))
  const moderator = await Moderator.open(options)
  try {
    return await act(new LocalDesk(moderator))
  } finally {
    await moderator.close()
  }
}

export function deskPath(home: string, name: string): string {
  return controlPath(home, `index-${name}`)
}

/** Names of the datasets that this home moderates. */
export async function moderatedDatasets(home: string): Promise<string[]> {
  try {
    const entries = await readdir(join(home, 'datasets'), { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
