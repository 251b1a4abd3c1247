import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type Hypercore from 'hypercore'
import { z } from 'zod'
import { readJson, writeJson } from '../files.js'
import type { Offer } from '../network/inbox/offer.js'
import type { TrainingRecord } from '../record/types.js'
import type { VolumeHeader } from '../volume/header.js'
import { inspectVolume } from '../volume/inspect.js'
import { encodeZoneMap } from '../volume/zonemap-codec.js'
import {
  reason,
  reasonCode,
  volumeEntry,
  type DatasetEntry,
  type Reason,
  type RecordRange,
  type VolumeEntry
} from './entries.js'
import { formatKey } from './link.js'

const measured = volumeEntry.omit({ signature: true, expiry: true, accepted_at: true })

/** What the moderator's machine found out about a volume in quarantine. */
export const report = z.object({
  /** Empty means that it may be accepted. */
  problems: z.array(reason),
  /** Why the offer is not true of the volume. Anyone can make such an offer, so that it says nothing against the volume. */
  untrue: reasonCode.nullish(),
  /** All of the index entry that can be measured; null where the volume could not be read. */
  entry: measured.nullable(),
  /** What the checks found, where they ran: see lib/check/report.ts. */
  check: z.unknown().nullish(),
  /** What they found that is enough to refuse records. It does not refuse the volume: a person decides. */
  objections: z.array(reason).default([]),
  contributor_name: z.string(),
  checked_at: z.iso.datetime(),
  /** Entries that the index had when it began. */
  index_length: z.number().int().nonnegative().default(0)
})
export type Report = z.infer<typeof report>

/** What is found out in the volume alone, whatever the index has. */
export type Examined = Omit<Report, 'index_length'>

/** Reads all of a quarantined volume and says whether the dataset can take it. */
export type Examine = (core: Hypercore, offer: Offer, dataset: DatasetEntry, signal: AbortSignal) => Promise<Examined>

/** What the rooms above this one find in the records of a volume. */
export interface Findings {
  /** The whole report, as data. */
  report: unknown
  /** The report without what needs the dataset, in its RFC 8785 form: the same for contributor and moderator. */
  local: string
  /** The records with faults, in ascending order. */
  refused: RecordRange[]
  /** Records by reason code, for the index. */
  counts: { [code: string]: number }
  objections: Reason[]
  /** Sums of which the dataset's figures of bias are made: see lib/bias/volume.ts. */
  bias: VolumeEntry['bias']
}

/** Looks at a volume's records, in order, while it is examined. */
export interface RecordChecks {
  add(records: readonly TrainingRecord[]): Promise<void>
  finish(): Promise<Findings>
  close(): Promise<void>
}

/** What a dataset's entry says of what it takes. */
export type Terms = Pick<DatasetEntry, 'thresholds' | 'kinds' | 'licenses'>

/** @param records how many there will be, about */
export type OpenChecks = (terms: Terms, volume: string, records: number) => Promise<RecordChecks>

/** Format, limits, the offer's own words, and the dataset's licences and kinds. */
export const examineVolume: Examine = (core, offer, dataset, signal) => examine(core, offer, dataset, signal)

/** The same, and whatever checks there are for records. */
export function examineWith(open: OpenChecks): Examine {
  return async (core, offer, dataset, signal) => {
    const checks = await open(dataset, formatKey(offer.volume), offer.records)
    try {
      return await examine(core, offer, dataset, signal, checks)
    } finally {
      await checks.close()
    }
  }
}

async function examine(
  core: Hypercore,
  offer: Offer,
  dataset: DatasetEntry,
  signal: AbortSignal,
  checks?: RecordChecks
): Promise<Examined> {
  const found = await inspectVolume(core, { signal, onRecords: (records) => checks?.add(records) })
  const problems: Reason[] = Object.entries(found.problemCounts).map(([code, count]) => ({
    code: code.toLowerCase(),
    count,
    note: found.problems.find((problem) => problem.code === code)?.message ?? ''
  }))
  const base = {
    contributor_name: found.header?.contributor.name ?? '',
    checked_at: new Date().toISOString(),
    untrue: found.header ? whyUntrue(offer, found.header) : null,
    objections: []
  }
  if (!found.header || problems.length > 0) return { ...base, problems, entry: null }
  const kinds = Object.keys(found.facets.kind.values).filter((kind) => !dataset.kinds.some((taken) => taken === kind))
  if (kinds.length > 0) problems.push({ code: 'kind', count: 1, note: `does not take ${kinds.join(', ')} records` })
  const licenses = [found.header.license, ...Object.keys(found.facets.license.values)]
  const refused = licenses.filter((license) => dataset.licenses.length > 0 && !dataset.licenses.includes(license))
  if (refused.length > 0)
    problems.push({ code: 'license', count: 1, note: `does not take ${[...new Set(refused)].join(', ')}` })
  const findings = await checks?.finish()
  return {
    ...base,
    ...(findings && { check: findings.report, objections: findings.objections }),
    problems,
    entry: {
      length: offer.length,
      bytes: offer.bytes,
      raw_bytes: found.rawBytes,
      records: found.records,
      contributor: formatKey(offer.contributor),
      license: found.header.license,
      facets: found.facets,
      zone_map: encodeZoneMap(found.zoneMap),
      check: findings?.counts ?? {},
      bias: findings?.bias ?? null
    }
  }
}

/** Length and bytes were compared while it was downloaded, and the header is compared with the content. */
function whyUntrue(offer: Offer, header: VolumeHeader): string | null {
  if (header.contributor.publicKey !== formatKey(offer.contributor)) return 'wrong_contributor'
  return header.records === offer.records ? null : 'wrong_totals'
}

/** The reports, a file each: what took long to find out is not found out twice. */
export class ReportFiles {
  private readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  async read(id: string): Promise<Report | null> {
    const parsed = report.safeParse(await readJson(this.path(id)))
    return parsed.success ? parsed.data : null
  }

  async save(id: string, value: Report): Promise<void> {
    await writeJson(this.path(id), value)
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true })
  }

  private path(id: string): string {
    return join(this.directory, `${id}.json`)
  }
}
