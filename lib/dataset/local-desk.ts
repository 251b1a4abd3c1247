import { z } from 'zod'
import type Hypercore from 'hypercore'
import { codeOf } from '../errors.js'
import type { ControlMethods } from '../network/control.js'
import { VolumeReader } from '../volume/reader.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import { cardText } from './card.js'
import { croissantText } from './croissant.js'
import type { PreparedDrop } from './curate.js'
import { countRanges, droppedRanges } from './drops.js'
import type { NamedRelease } from './curation.js'
import type { Decision, Queued } from './decisions.js'
import { describeState } from './describe.js'
import {
  LOG_PAGE,
  type ContributorRow,
  type Desk,
  type DeskStatus,
  type DropOptions,
  type Judgement,
  type JudgeOptions,
  type ListedRow,
  type Papers,
  type SampledRecord,
  type Shown
} from './desk.js'
import { DROP_SCOPES, reason, reasonCode, recordRange, type Reason, type VolumeEntry } from './entries.js'
import { factsOf } from './facts.js'
import { decisionsOf, type LoggedDecision } from './history.js'
import type { Moderator } from './moderator.js'
import { neighboursIn } from './neighbours.js'
import type { Refused } from './refusal-log.js'
import { replayIndex, type Replay } from './replay.js'
import { sampleOf } from './sample.js'

const noteText = z.string().max(1000)
const dry = z.object({ dryRun: z.boolean().optional() })
const named = dry.extend({ volume: z.string().max(100) })
const showing = named.extend({ sample: z.number().int().min(0).max(100) })
const rejecting = named.extend({
  reasons: z.array(reason).min(1).max(100)
})
const dropping = named.extend({
  ranges: z.array(recordRange).min(1).max(10_000),
  code: reasonCode,
  scope: z.enum(DROP_SCOPES),
  note: noteText
})
const judging = dry.extend({
  contributor: z.string().max(100),
  standing: z.enum(['good', 'banned']),
  code: reasonCode.or(z.literal('')),
  note: noteText
})
const logging = z.object({ skip: z.number().int().nonnegative() })
const papersOf = z.object({ release: z.string().max(100) })
const releasing = dry.extend({ name: z.string().max(100), notes: z.string().max(10_000) })

/** The desk of a dataset that this process has open. */
export class LocalDesk implements Desk {
  private readonly moderator: Moderator

  constructor(moderator: Moderator) {
    this.moderator = moderator
  }

  async status(): Promise<DeskStatus> {
    const { index, link, connections } = this.moderator
    const { dataset, volumes, records, bytes } = await factsOf(index)
    const queued = (await this.moderator.queue()).length
    return { role: 'index', link, dataset, volumes, records, bytes, queued, connections }
  }

  queue(): Promise<Queued[]> {
    return this.moderator.queue()
  }

  refused(): Promise<Refused[]> {
    return this.moderator.refused()
  }

  async volumes(): Promise<ListedRow[]> {
    const { index } = this.moderator
    const rows: ListedRow[] = []
    for (const { id, entry } of await index.volumes()) {
      const { contributor, records, bytes, license, accepted_at } = entry
      const dropped = countRanges(droppedRanges(await index.drops(id)))
      rows.push({ volume: id, contributor, records, dropped, bytes, license, accepted_at })
    }
    return rows
  }

  async contributors(): Promise<ContributorRow[]> {
    const rows = new Map<string, ContributorRow>()
    for (const { id, entry } of await this.moderator.index.contributors()) {
      rows.set(id, { contributor: id, ...entry, accepted: 0, waiting: 0 })
    }
    const row = (contributor: string, name = ''): ContributorRow => {
      const known = rows.get(contributor) ?? {
        contributor,
        name,
        standing: 'good',
        reason: '',
        accepted: 0,
        waiting: 0
      }
      rows.set(contributor, known)
      return known
    }
    for (const { entry } of await this.moderator.index.volumes()) row(entry.contributor).accepted++
    for (const queued of await this.queue()) row(queued.contributor, queued.contributor_name).waiting++
    return [...rows.values()]
  }

  async show(id: string, sample: number): Promise<Shown> {
    const listed = await this.moderator.index.volume(id)
    if (listed) return this.showListed(id, listed, sample)
    const { queued, report } = await this.moderator.show(id)
    const { received_at: _, ...rest } = queued
    const entry = report?.entry
    return {
      ...rest,
      raw_bytes: entry?.raw_bytes ?? null,
      license: entry?.license ?? null,
      facets: entry?.facets ?? null,
      report: report?.check ?? null,
      neighbours: await neighboursIn(
        report?.check,
        (volume) => this.moderator.index.volume(volume),
        (volume) => this.moderator.curation.volume(volume)
      ),
      bias: entry?.bias ?? null,
      sample: entry ? await this.sample(await this.moderator.open(id), entry, sample) : []
    }
  }

  accept(id: string, dryRun?: boolean): Promise<Decision> {
    return this.moderator.accept(id, dryRun)
  }

  reject(id: string, reasons: Reason[], dryRun?: boolean): Promise<Decision> {
    return this.moderator.reject(id, reasons, dryRun)
  }

  drop({ volume, ranges, code, scope, note }: DropOptions, dryRun?: boolean): Promise<PreparedDrop> {
    return this.moderator.curation.drop(volume, { ranges, code, scope, note }, dryRun)
  }

  /** A ban also refuses what waits of the contributor's; where this process ends in between, the next one does. */
  async judge({ contributor, standing, code, note }: JudgeOptions, dryRun?: boolean): Promise<Judgement> {
    const reason = [code, note].filter(Boolean).join(': ')
    const judged = await this.moderator.curation.judge(contributor, standing, reason, dryRun)
    const waiting = (await this.queue()).filter((queued) => queued.contributor === contributor)
    const rejected: string[] = []
    for (const { volume } of standing === 'banned' ? waiting : []) {
      try {
        await this.moderator.reject(volume, [{ code: 'contributor', count: 1, note: '' }], dryRun)
        rejected.push(volume)
      } catch (error) {
        // The machine was quicker.
        if (codeOf(error) !== 'NOT_QUEUED') throw error
      }
    }
    return { ...judged, rejected }
  }

  release(name: string, notes: string, dryRun?: boolean): Promise<NamedRelease> {
    return this.moderator.curation.release(name, notes, dryRun)
  }

  async log(skip: number): Promise<LoggedDecision[]> {
    const page: LoggedDecision[] = []
    let seen = 0
    for await (const decision of decisionsOf(this.moderator.index)) {
      if (seen++ < skip) continue
      if (page.push(decision) === LOG_PAGE) break
    }
    return page
  }

  releases(): Promise<NamedRelease[]> {
    return this.moderator.index.releases()
  }

  async papers(release: string): Promise<Papers> {
    const state = await describeState(this.moderator.index, release)
    return { card: cardText(state), croissant: croissantText(state) }
  }

  verify(): Promise<Replay> {
    return replayIndex(this.moderator.index)
  }

  /** The same, for the control socket. */
  get methods(): ControlMethods {
    return {
      status: () => this.status(),
      queue: () => this.queue(),
      refused: () => this.refused(),
      volumes: () => this.volumes(),
      contributors: () => this.contributors(),
      log: method(logging, ({ skip }) => this.log(skip)),
      verify: () => this.verify(),
      releases: () => this.releases(),
      papers: method(papersOf, ({ release }) => this.papers(release)),
      show: method(showing, ({ volume, sample }) => this.show(volume, sample)),
      accept: method(named, ({ volume, dryRun }) => this.accept(volume, dryRun)),
      reject: method(rejecting, ({ volume, reasons, dryRun }) => this.reject(volume, reasons, dryRun)),
      drop: method(dropping, ({ dryRun, ...request }) => this.drop(request, dryRun)),
      judge: method(judging, ({ dryRun, ...request }) => this.judge(request, dryRun)),
      release: method(releasing, ({ name, notes, dryRun }) => this.release(name, notes, dryRun))
    }
  }

  private async showListed(id: string, entry: VolumeEntry, sample: number): Promise<Shown> {
    const { contributor, records, bytes, raw_bytes, license, facets, check, bias } = entry
    const known = await this.moderator.index.contributor(contributor)
    const core = await this.moderator.curation.volume(id)
    try {
      const dropped = droppedRanges(await this.moderator.index.drops(id))
      return {
        volume: id,
        contributor,
        contributor_name: known?.name ?? '',
        state: 'accepted',
        records,
        bytes,
        raw_bytes,
        license,
        facets,
        problems: [],
        objections: [],
        report: check,
        neighbours: [],
        bias,
        appeal: null,
        sample: await this.sample(core, entry, sample, dropped)
      }
    } finally {
      await core.close()
    }
  }

  private async sample(
    core: Hypercore,
    entry: Pick<VolumeEntry, 'zone_map'>,
    most: number,
    dropped: ReturnType<typeof droppedRanges> = []
  ): Promise<SampledRecord[]> {
    const reader = new VolumeReader(core, { timeout: 5_000 })
    try {
      return await sampleOf(reader, decodeZoneMap(entry.zone_map), most, dropped)
    } finally {
      await reader.close()
    }
  }
}

function method<T>(params: z.ZodType<T>, call: (params: T) => Promise<unknown>) {
  return (given: unknown) => call(params.parse(given))
}
