import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../../errors.js'
import { MAX_ROWS } from './run-table.js'
import { ROW_BYTES } from './row.js'
import { damaged, loadSegment, type SegmentData } from './segment.js'
import { mergeSegments, syncFolder, writeRows } from './write.js'

/** Rows of one volume that lie together in a segment. */
const part = z.strictObject({
  volume: z.string().min(1),
  /** The ordinal in its volume of the first of them. */
  first: z.number().int().min(0),
  rows: z.number().int().min(0),
  removed: z.boolean().optional()
})

const manifestSchema = z.strictObject({
  version: z.literal(1),
  next: z.number().int().min(0),
  segments: z.array(z.strictObject({ file: z.string().regex(/^\d+\.bands$/), parts: z.array(part) }))
})

type Manifest = z.infer<typeof manifestSchema>
type SegmentEntry = Manifest['segments'][number]
export type Part = z.infer<typeof part>

const MANIFEST = 'manifest.json'
/** Rows that one segment is made of at once: sorting their keys takes less than a tenth of a second. */
const ROWS_A_SEGMENT = 65_536
/** So many segments of like size become one. */
const MERGE_AT = 6

/** What the threads of a run need to look up in the index as it is now. */
export interface IndexSnapshot {
  readonly segments: readonly (SegmentData & { parts: readonly Part[] })[]
  /** To be called when no thread reads from it any more. */
  release(): void
}

/**
 * The rows of all volumes of a dataset, on disk, for finding records that it has already. Files never change: a change makes new
 * ones and then replaces the manifest, so that a kill at any moment leaves the state before or after it. One process at a time.
 * It needs 2.1 bytes of memory for each of the 15 keys of a record: 32 MB for a million records.
 */
export class DatasetIndex {
  readonly #directory: string
  #manifest: Manifest
  readonly #segments = new Map<string, SegmentData>()
  /** Changes are made one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #readers = 0
  #obsolete: string[] = []

  private constructor(directory: string, manifest: Manifest) {
    this.#directory = directory
    this.#manifest = manifest
  }

  /**
   * Opens the index in a folder, or makes an empty one.
   * @throws VdataError verification BAND_INDEX_DAMAGED, where a file is missing or not whole: it can be made again
   */
  static open(directory: string): DatasetIndex {
    mkdirSync(directory, { recursive: true })
    const index = new DatasetIndex(directory, readManifest(join(directory, MANIFEST)))
    const files = new Set(index.#manifest.segments.map(({ file }) => file))
    // What a change left behind that was interrupted before its manifest.
    for (const file of readdirSync(directory)) {
      if (/\.(?:bands|tmp)$/.test(file) && !files.has(file)) rmSync(join(directory, file), { force: true })
    }
    for (const file of files) index.#segments.set(file, index.#load(file))
    return index
  }

  /** The volumes that the index has, and how many records of each. */
  get volumes(): ReadonlyMap<string, number> {
    const volumes = new Map<string, number>()
    for (const { parts } of this.#manifest.segments) {
      for (const { volume, rows, removed } of parts)
        if (!removed) volumes.set(volume, (volumes.get(volume) ?? 0) + rows)
    }
    return volumes
  }

  /** How many records it has. */
  get records(): number {
    let records = 0
    for (const rows of this.volumes.values()) records += rows
    return records
  }

  /** How many files it consists of: lookups cost a little for each. */
  get segments(): number {
    return this.#manifest.segments.length
  }

  /**
   * Adds a volume's rows (`CheckRun.rows`, or `rowsOf`), 128 bytes for each of its records in order. On the disk once it resolves. A
   * volume that is there already stays as it is.
   */
  add(volume: string, rows: Uint8Array): Promise<void> {
    return this.#change(async () => {
      if (this.volumes.has(volume) || rows.length === 0) return
      const added: SegmentEntry[] = []
      for (let first = 0; first * ROW_BYTES < rows.length; first += ROWS_A_SEGMENT) {
        const chunk = rows.subarray(first * ROW_BYTES, (first + ROWS_A_SEGMENT) * ROW_BYTES)
        const file = this.#nextFile()
        await writeRows(join(this.#directory, file), chunk)
        added.push({ file, parts: [{ volume, first, rows: chunk.length / ROW_BYTES }] })
      }
      await this.#replace([...this.#manifest.segments, ...added])
      await this.#merge()
    })
  }

  /** Takes a volume out: nothing is like its records any more. */
  remove(volume: string): Promise<void> {
    return this.#change(async () => {
      if (!this.volumes.has(volume)) return
      const segments = this.#manifest.segments.map(({ file, parts }) => ({
        file,
        parts: parts.map((other) => (other.volume === volume ? { ...other, removed: true } : other))
      }))
      // A segment of which nothing is left can go at once; others lose the rows when they are merged.
      await this.#replace(segments.filter(({ parts }) => parts.some(({ removed }) => !removed)))
    })
  }

  /** The index as it is now, for threads to read. @param without a volume whose records are not looked for: itself */
  snapshot(without?: string): IndexSnapshot {
    this.#readers++
    let released = false
    return {
      segments: this.#manifest.segments.map(({ file, parts }) => ({
        ...this.#segments.get(file)!,
        parts: parts.map((other) => (other.volume === without ? { ...other, removed: true } : other))
      })),
      release: () => {
        if (released) return
        released = true
        this.#readers--
        this.#sweep()
      }
    }
  }

  /** Waits for changes that are under way. */
  async close(): Promise<void> {
    await this.#last.catch(() => {})
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#last.catch(() => {}).then(change)
    this.#last = result
    return result
  }

  /** Merges segments of like size until there are few: each row is rewritten a logarithmic number of times. */
  async #merge(): Promise<void> {
    for (;;) {
      const tiers = new Map<number, SegmentEntry[]>()
      for (const segment of this.#manifest.segments) {
        const tier = Math.floor(Math.log(Math.max(1, rowsIn(segment))) / Math.log(MERGE_AT))
        tiers.set(tier, [...(tiers.get(tier) ?? []), segment])
      }
      const group = [...tiers.values()].find(
        (segments) =>
          segments.length >= MERGE_AT && segments.reduce((sum, segment) => sum + rowsIn(segment), 0) <= MAX_ROWS
      )
      if (!group) return
      const file = this.#nextFile()
      await mergeSegments(
        join(this.#directory, file),
        group.map((segment) => ({ data: this.#segments.get(segment.file)!, without: removedRows(segment) }))
      )
      const merged = { file, parts: joined(group.flatMap(({ parts }) => parts.filter(({ removed }) => !removed))) }
      await this.#replace([...this.#manifest.segments.filter((segment) => !group.includes(segment)), merged])
    }
  }

  /** Makes a list of segments the index: its files are complete before, and the old ones go after. */
  async #replace(segments: SegmentEntry[]): Promise<void> {
    for (const { file } of segments) if (!this.#segments.has(file)) this.#segments.set(file, this.#load(file))
    const manifest: Manifest = { ...this.#manifest, segments }
    const path = join(this.#directory, MANIFEST)
    const file = await open(`${path}.tmp`, 'w')
    await file
      .writeFile(JSON.stringify(manifest))
      .then(() => file.sync())
      .finally(() => file.close())
    await rename(`${path}.tmp`, path)
    await syncFolder(this.#directory)
    this.#manifest = manifest
    const files = new Set(segments.map((segment) => segment.file))
    for (const old of this.#segments.keys()) {
      if (files.has(old)) continue
      this.#segments.delete(old)
      this.#obsolete.push(old)
    }
    this.#sweep()
  }

  /** Deletes files that are no longer part of the index, once no thread may be about to open them. */
  #sweep(): void {
    if (this.#readers > 0) return
    for (const file of this.#obsolete.splice(0)) rmSync(join(this.#directory, file), { force: true, maxRetries: 3 })
  }

  #load(file: string): SegmentData {
    const path = join(this.#directory, file)
    try {
      return loadSegment(path)
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? damaged(path, error) : error
    }
  }

  #nextFile(): string {
    return `${this.#manifest.next++}.bands`
  }
}

function readManifest(path: string): Manifest {
  let json: string
  try {
    json = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { version: 1, next: 0, segments: [] }
    throw error
  }
  try {
    return manifestSchema.parse(JSON.parse(json))
  } catch (error) {
    throw damaged(path, error)
  }
}

function rowsIn({ parts }: SegmentEntry): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0)
}

function removedRows({ parts }: SegmentEntry): [from: number, to: number][] {
  const ranges: [number, number][] = []
  let from = 0
  for (const { rows, removed } of parts) {
    if (removed) ranges.push([from, from + rows])
    from += rows
  }
  return ranges
}

/** Parts of one volume that follow each other as one. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const next of parts) {
    const last = result.at(-1)
    if (last && last.volume === next.volume && last.first + last.rows === next.first) last.rows += next.rows
    else result.push({ ...next })
  }
  return result
}
