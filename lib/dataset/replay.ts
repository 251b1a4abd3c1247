import b4a from 'b4a'
import { isDeepStrictEqual } from 'node:util'
import { auditCore } from '../network/internals-disk.js'
import { verifyOffer } from '../network/inbox/offer.js'
import { decodeZoneMap } from '../volume/zonemap-codec.js'
import {
  contributorEntry,
  datasetEntry,
  dropEntry,
  releaseEntry,
  verdictEntry,
  volumeEntry,
  type Drop,
  type VerdictEntry,
  type VolumeEntry
} from './entries.js'
import { factsOf } from './facts.js'
import { parseKey } from './link.js'
import type { IndexReader, LogEntry } from './reader.js'

export interface Replay {
  /** Entries that were read. */
  entries: number
  volumes: number
  drops: number
  releases: number
  /** What contradicts the rules of an index, in words; empty where all is well. */
  faults: string[]
}

/**
 * Replays an index from its first entry, and says where it breaks its own rules: a volume is listed once, with its verdict,
 * as its contributor offered it; an acceptance is never taken back; a refusal changes once, after an appeal; what was
 * dropped stays dropped; a release names the state just before it, counts what is in it, and keeps its name. The blocks
 * on this computer's disk are compared with the hashes that the moderator signed.
 */
export async function replayIndex(index: IndexReader): Promise<Replay> {
  const replayer = new Replayer(index)
  if (!(await auditCore(index.core))) replayer.faults.push('blocks on the disk are not those that were signed')
  for await (const entry of index.history()) await replayer.next(entry)
  return replayer.finish()
}

class Replayer {
  readonly faults: string[] = []
  private readonly index: IndexReader
  private readonly verdicts = new Map<string, VerdictEntry>()
  private readonly volumes = new Map<string, VolumeEntry | null>()
  private readonly drops = new Map<string, readonly Drop[]>()
  private readonly releases = new Set<string>()
  private entries = 0

  constructor(index: IndexReader) {
    this.index = index
  }

  async next({ seq, type, key, value }: LogEntry): Promise<void> {
    this.entries++
    const [kind, id] = splitKey(key)
    const fault = type === 'del' ? 'was removed' : await this.faultOf(kind, id, value, seq)
    if (fault) this.faults.push(`entry ${seq}, ${key}: ${fault}`)
  }

  finish(): Replay {
    const { verdicts, volumes, drops, releases, faults, entries } = this
    for (const id of volumes.keys()) {
      if (verdicts.get(id)?.status !== 'accepted') faults.push(`volume/${id}: is listed without its verdict`)
    }
    for (const [id, { status }] of verdicts) {
      if (status === 'accepted' && !volumes.has(id)) faults.push(`verdict/${id}: accepts what is not listed`)
    }
    const dropped = [...drops.values()].reduce((sum, list) => sum + list.length, 0)
    return { entries, volumes: volumes.size, drops: dropped, releases: releases.size, faults }
  }

  private faultOf(kind: string, id: string, value: unknown, seq: number): Promise<string | null> | string | null {
    if (kind === 'volume') return this.volume(id, value)
    if (kind === 'verdict') return this.verdict(id, value)
    if (kind === 'drop') return this.drop(id, value)
    if (kind === 'release') return this.release(id, value, seq)
    if (kind === 'contributor') return contributorEntry.safeParse(value).success ? null : 'is not valid'
    if (kind === 'dataset') return datasetEntry.safeParse(value).success ? null : 'is not valid'
    return null
  }

  private volume(id: string, value: unknown): string | null {
    if (this.volumes.has(id)) return 'is listed a second time'
    const { success, data: entry } = volumeEntry.safeParse(value)
    this.volumes.set(id, success ? entry : null)
    if (!success) return 'is not valid'
    const batches = zonesOf(entry)
    if (!batches) return 'has a zone map that cannot be read'
    const records = batches.reduce((sum, zone) => sum + zone.records, 0)
    if (records !== entry.records || batches.length !== entry.length - 1) return 'has a zone map of another volume'
    return verifyOffer(this.offerOf(id, entry)) ? null : 'was not offered by its contributor'
  }

  private offerOf(id: string, { contributor, signature, length, bytes, records, expiry }: VolumeEntry) {
    return {
      index: this.index.core.key,
      volume: parseKey(id),
      contributor: parseKey(contributor),
      signature: Buffer.from(signature, 'hex'),
      length,
      bytes,
      records,
      expiry
    }
  }

  private verdict(id: string, value: unknown): string | null {
    const { success, data: verdict } = verdictEntry.safeParse(value)
    if (!success) return 'is not valid'
    const before = this.verdicts.get(id)
    this.verdicts.set(id, verdict)
    if (before?.status === 'accepted' && verdict.status !== 'withdrawn') return 'follows an acceptance'
    return before?.appealed ? 'follows the verdict after an appeal' : null
  }

  private drop(id: string, value: unknown): string | null {
    const { success, data } = dropEntry.safeParse(value)
    if (!success) return 'is not valid'
    const before = this.drops.get(id) ?? []
    this.drops.set(id, data.drops)
    const volume = this.volumes.get(id)
    if (!volume) return 'drops records of what is not listed'
    if (!isDeepStrictEqual(data.drops.slice(0, before.length), before)) return 'takes back what was dropped'
    const last = Math.max(0, ...data.drops.flatMap(({ ranges }) => ranges.map(({ to }) => to)))
    return last < volume.records ? null : 'drops records that the volume does not have'
  }

  private async release(name: string, value: unknown, seq: number): Promise<string | null> {
    const { success, data: release } = releaseEntry.safeParse(value)
    const known = this.releases.has(name)
    this.releases.add(name)
    if (known) return 'has its name a second time'
    if (!success) return 'is not valid'
    if (release.length !== seq) return `names entry ${release.length}`
    if (b4a.toString(await this.index.core.treeHash(seq), 'hex') !== release.hash) return 'names another state'
    const { volumes, records, raw_bytes } = await factsOf(this.index.at(seq))
    const same = volumes === release.volumes && records === release.records && raw_bytes === release.raw_bytes
    return same ? null : `counts ${release.records} records, and ${records} are in it`
  }
}

/** `volume/<id>` in its two parts; the key of the dataset has one. */
export function splitKey(key: string): [kind: string, id: string] {
  const at = key.indexOf('/')
  return at === -1 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)]
}

function zonesOf(entry: VolumeEntry) {
  try {
    return decodeZoneMap(entry.zone_map)
  } catch {
    return null
  }
}
