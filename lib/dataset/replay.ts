import b4a from 'b4a'
import { releaseEntry, verdictEntry, volumeEntry, type VerdictEntry } from './entries.js'
import type { IndexReader } from './reader.js'

export interface Replay {
  /** Entries that were read. */
  entries: number
  volumes: number
  releases: number
  /** What contradicts the rules of an index, in words; empty where all is well. */
  faults: string[]
}

/**
 * Replays an index from its first entry, and says where it breaks its own rules: a volume is listed once, with its
 * verdict; an acceptance is never taken back; a refusal changes once, after an appeal; a release names the state just before
 * it, and keeps its name.
 */
export async function replayIndex(index: IndexReader): Promise<Replay> {
  const faults: string[] = []
  const verdicts = new Map<string, VerdictEntry>()
  const volumes = new Set<string>()
  const releases = new Set<string>()
  let entries = 0
  for await (const { seq, type, key, value } of index.history()) {
    entries++
    const fault = (what: string) => faults.push(`entry ${seq}, ${key}: ${what}`)
    const [kind, id = ''] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)]
    if (type === 'del') fault('was removed')
    else if (kind === 'volume') {
      if (!volumeEntry.safeParse(value).success) fault('is not valid')
      if (volumes.has(id)) fault('is listed a second time')
      volumes.add(id)
    } else if (kind === 'verdict') {
      const parsed = verdictEntry.safeParse(value)
      const before = verdicts.get(id)
      if (!parsed.success) fault('is not valid')
      else {
        if (before?.status === 'accepted' && parsed.data.status !== 'withdrawn') fault('follows an acceptance')
        if (before?.appealed) fault('follows the verdict after an appeal')
        verdicts.set(id, parsed.data)
      }
    } else if (kind === 'release') {
      const parsed = releaseEntry.safeParse(value)
      if (!parsed.success) fault('is not valid')
      else if (releases.has(id)) fault('has its name a second time')
      else if (parsed.data.length !== seq) fault(`names entry ${parsed.data.length}`)
      else if (b4a.toString(await index.core.treeHash(seq), 'hex') !== parsed.data.hash) fault('names another state')
      releases.add(id)
    }
  }
  for (const id of volumes) {
    if (verdicts.get(id)?.status !== 'accepted') faults.push(`volume/${id}: is listed without its verdict`)
  }
  for (const [id, { status }] of verdicts) {
    if (status === 'accepted' && !volumes.has(id)) faults.push(`verdict/${id}: accepts what is not listed`)
  }
  return { entries, volumes: volumes.size, releases: releases.size, faults }
}
