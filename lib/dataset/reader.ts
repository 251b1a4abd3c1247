import b4a from 'b4a'
import type Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import type { z } from 'zod'
import { codeOf, messageOf, VdataError } from '../errors.js'
import { setInflight } from '../network/internals.js'
import {
  contributorEntry,
  datasetEntry,
  dropEntry,
  KEYS,
  releaseEntry,
  verdictEntry,
  volumeEntry,
  type ContributorEntry,
  type DatasetEntry,
  type Drop,
  type ReleaseEntry,
  type VerdictEntry,
  type VolumeEntry
} from './entries.js'
import { formatKey, parseKey } from './link.js'
import type { IndexMemory } from './memory.js'

/** An accepted volume as the index lists it. */
export interface ListedVolume {
  key: Buffer
  id: string
  entry: VolumeEntry
}

/** One change in the index's history. */
export interface LogEntry {
  seq: number
  type: 'put' | 'del'
  key: string
  value: unknown
}

/** JSON, except that what is not JSON reads as undefined, and so as if it were not there. */
const tolerantJson = {
  encode: (value: unknown) => Buffer.from(JSON.stringify(value)),
  decode(bytes: Buffer): unknown {
    try {
      return JSON.parse(b4a.toString(bytes))
    } catch {
      return undefined
    }
  }
}
const BEE = { keyEncoding: 'utf-8', valueEncoding: tolerantJson, extension: false }

/** A dataset's index, read from this computer's copy: download it first (see sync.ts). */
export class IndexReader {
  readonly core: Hypercore
  readonly bee: Hyperbee

  constructor(core: Hypercore, bee = new Hyperbee(core, BEE)) {
    this.core = core
    this.bee = bee
  }

  static async open(store: Corestore, key: Buffer): Promise<IndexReader> {
    const core = store.get({ key })
    await core.ready()
    // Index blocks are small: with upstream's 16 in flight a cold read over 50 ms takes 12 times as long.
    setInflight(core, [256, 512])
    const reader = new IndexReader(core)
    await reader.bee.ready()
    return reader
  }

  get id(): string {
    return formatKey(this.core.key)
  }

  /** Whether every block of the index is on this computer. */
  get complete(): boolean {
    return this.core.length > 0 && this.core.contiguousLength === this.core.length
  }

  /** @throws VdataError NOT_A_DATASET where the index has no valid dataset entry. */
  async dataset(): Promise<DatasetEntry> {
    const entry = await this.read(KEYS.dataset, datasetEntry)
    if (entry) return entry
    throw new VdataError(
      'verification',
      'NOT_A_DATASET',
      `vdata://${this.id} is not the index of a dataset that this version can read.`,
      'Check the link; a newer vdata may be needed.'
    )
  }

  async volume(id: string): Promise<VolumeEntry | null> {
    return this.read(KEYS.volume(id), volumeEntry)
  }

  async verdict(id: string): Promise<VerdictEntry | null> {
    return this.read(KEYS.verdict(id), verdictEntry)
  }

  /** What was dropped of a volume; empty where nothing was. */
  async drops(id: string): Promise<Drop[]> {
    return (await this.read(KEYS.drop(id), dropEntry))?.drops ?? []
  }

  async release(name: string): Promise<ReleaseEntry | null> {
    return this.read(KEYS.release(name), releaseEntry)
  }

  /** Oldest first. */
  async releases(): Promise<{ name: string; entry: ReleaseEntry }[]> {
    const found: { name: string; entry: ReleaseEntry }[] = []
    for await (const { key, value } of this.range('release/', releaseEntry)) {
      found.push({ name: key.slice('release/'.length), entry: value })
    }
    return found.sort((a, b) => a.entry.length - b.entry.length)
  }

  /**
   * The index as it was when a release was named. Close the reader that it came from, not this one.
   *
   * @throws VdataError NO_RELEASE, or RELEASE_DIFFERS where the index does not have the state that the release names.
   */
  async checkout(name: string): Promise<IndexReader> {
    const entry = await this.release(name)
    if (!entry)
      throw noRelease(
        name,
        (await this.releases()).map((each) => each.name)
      )
    const hash = b4a.toString(await this.core.treeHash(entry.length), 'hex')
    if (hash !== entry.hash) throw releaseDiffers(name)
    return this.at(entry.length)
  }

  /** The index as it was with so many entries. Close the reader that it came from, not this one. */
  at(length: number): IndexReader {
    return new IndexReader(this.core, this.bee.checkout(length))
  }

  async contributor(id: string): Promise<ContributorEntry | null> {
    return this.read(KEYS.contributor(id), contributorEntry)
  }

  async contributors(): Promise<{ id: string; entry: ContributorEntry }[]> {
    const found: { id: string; entry: ContributorEntry }[] = []
    for await (const { key, value } of this.range('contributor/', contributorEntry)) {
      found.push({ id: key.slice('contributor/'.length), entry: value })
    }
    return found
  }

  /** Whether the node with this public key speaks for the dataset. */
  async isModerator(publicKey: Buffer): Promise<boolean> {
    const { moderators } = await this.dataset()
    return moderators.some((moderator) => b4a.equals(parseKey(moderator.key), publicKey))
  }

  /** The accepted volumes in the order in which they were accepted; the same for everyone who has this state of the index. */
  async volumes(): Promise<ListedVolume[]> {
    const listed: ListedVolume[] = []
    for await (const volume of this.eachVolume()) listed.push(volume)
    const when = ({ id, entry }: ListedVolume): Acceptance => ({ id, at: entry.accepted_at })
    return listed.sort((a, b) => byAcceptance(when(a), when(b)))
  }

  /** The accepted volumes one by one, in no order: entries are large, and few need all of all of them. */
  async *eachVolume(): AsyncGenerator<ListedVolume> {
    for await (const { key, value } of this.range('volume/', volumeEntry)) {
      const id = key.slice('volume/'.length)
      const bytes = tryKey(id)
      if (bytes) yield { key: bytes, id, entry: value }
    }
  }

  /** What was dropped of each volume of which anything was. */
  async allDrops(): Promise<Map<string, Drop[]>> {
    const found = new Map<string, Drop[]>()
    for await (const { key, value } of this.range('drop/', dropEntry)) found.set(key.slice('drop/'.length), value.drops)
    return found
  }

  async verdicts(): Promise<{ id: string; entry: VerdictEntry }[]> {
    const found: { id: string; entry: VerdictEntry }[] = []
    for await (const { key, value } of this.range('verdict/', verdictEntry)) {
      found.push({ id: key.slice('verdict/'.length), entry: value })
    }
    return found
  }

  /** Everything that was ever written, oldest first. */
  async *history(): AsyncGenerator<LogEntry> {
    try {
      for await (const { seq, type, key, value } of this.bee.createHistoryStream()) yield { seq, type, key, value }
    } catch (error) {
      throw this.explain(error)
    }
  }

  /** Remembers this state; refuses one that was rolled back. */
  async verify(memory: IndexMemory): Promise<void> {
    await memory.check(this.core)
  }

  async close(): Promise<void> {
    await this.bee.close()
  }

  private async read<T>(key: string, schema: z.ZodType<T>): Promise<T | null> {
    if (this.core.length === 0) return null
    try {
      const entry = await this.bee.get(key)
      const parsed = schema.safeParse(entry?.value)
      return parsed.success ? parsed.data : null
    } catch (error) {
      throw this.explain(error)
    }
  }

  private async *range<T>(prefix: string, schema: z.ZodType<T>): AsyncGenerator<{ key: string; value: T }> {
    if (this.core.length === 0) return
    try {
      // '0' is the character after '/'.
      for await (const { key, value } of this.bee.createReadStream({ gt: prefix, lt: prefix.slice(0, -1) + '0' })) {
        const parsed = schema.safeParse(value)
        if (parsed.success) yield { key, value: parsed.data }
      }
    } catch (error) {
      throw this.explain(error)
    }
  }

  /** Hyperbee trusts what is in its blocks: where they are no tree, it fails in any way, a TypeError among them. */
  private explain(error: unknown): unknown {
    if (error instanceof VdataError || this.core.closing || codeOf(error) === 'SESSION_CLOSED') return error
    return new VdataError(
      'verification',
      'BAD_INDEX',
      `The index of vdata://${this.id} is damaged, or no index: ${messageOf(error)}.`,
      'Check the link, and ask the moderator what happened.',
      { cause: error }
    )
  }
}

function noRelease(name: string, known: string[]): VdataError {
  return new VdataError(
    'usage',
    'NO_RELEASE',
    `The dataset has no release "${name}".`,
    known.length > 0
      ? `It has ${known.slice(0, 20).join(', ')}.`
      : 'It has none yet: leave the part after the slash out, to have it as it is now.'
  )
}

function releaseDiffers(name: string): VdataError {
  return new VdataError(
    'verification',
    'RELEASE_DIFFERS',
    `The index does not have the state that its release "${name}" names.`,
    'Tell the moderator: the entry is wrong.'
  )
}

function tryKey(id: string): Buffer | null {
  try {
    return parseKey(id)
  } catch {
    return null
  }
}

interface Acceptance {
  id: string
  at: string
}

/** The order of a dataset's volumes: as they were accepted, and of those of the same moment by their keys. */
export function byAcceptance(a: Acceptance, b: Acceptance): number {
  return compare(a.at, b.at) || compare(a.id, b.id)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
