import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../lib/errors.js'
import { parseJsonLines, writeWhole } from '../lib/files.js'

/** Whether a volume is here whole, or some of it may be. */
export type Place = 'coming' | 'held'

export interface Kept {
  /** The volume's key, z-base-32. */
  id: string
  /** Blocks, and bytes of all of them. */
  length: number
  bytes: number
  place: Place
  /** When its blocks were written, from era to era: what was written in the same era may share files with it. */
  eras?: Eras
  /** How many blocks were purged of it, and are gone from the disk. */
  purged?: number
}

/** Spans of eras, both ends included. */
export type Eras = readonly (readonly [from: number, to: number])[]

const count = z.number().int().nonnegative()
const line = z.object({
  id: z.string().length(52),
  length: count,
  bytes: count,
  place: z.enum(['coming', 'held', 'gone']),
  eras: z
    .array(z.tuple([count, count]))
    .max(1000)
    .optional(),
  purged: count.optional()
})

/**
 * Which volumes are in the store: a line of JSON for each change, on disk before the change itself begins. A process that
 * is killed leaves no block that nobody knows of, and the next one needs to open no volume to know what it has.
 */
export class Ledger {
  /** Counts the times when everything that was written was flushed to files: what comes next lies in files of its own. */
  era: number
  private readonly volumes: Map<string, Kept>
  private readonly file: FileHandle
  private writing: Promise<unknown> = Promise.resolve()

  private constructor(volumes: Map<string, Kept>, file: FileHandle) {
    this.volumes = volumes
    this.file = file
    // What a process wrote that was killed may be in any of its eras.
    const last = Math.max(0, ...[...volumes.values()].flatMap(({ eras = [] }) => eras.map(([, to]) => to)))
    for (const kept of volumes.values()) {
      if (kept.place === 'coming' && kept.eras) kept.eras = kept.eras.map(([from]) => [from, last])
    }
    this.era = last + 1
  }

  static async open(path: string): Promise<Ledger> {
    const volumes = new Map<string, Kept>()
    for (const kept of await readLines(path)) {
      if (kept.place === 'gone') volumes.delete(kept.id)
      else volumes.set(kept.id, { ...kept, place: kept.place })
    }
    // What was a line for each change becomes one for each volume.
    await mkdir(dirname(path), { recursive: true })
    await writeWhole(path, [...volumes.values()].map(textOf).join(''))
    return new Ledger(volumes, await open(path, 'a'))
  }

  get(id: string): Kept | undefined {
    return this.volumes.get(id)
  }

  /** Volumes that are here, or on their way. */
  get size(): number {
    return this.volumes.size
  }

  list(): Kept[] {
    return [...this.volumes.values()]
  }

  /** A volume's spans, with another one: of what was written from era `from` until now. */
  erasSince(id: string, from: number): Eras {
    const spans = [...(this.volumes.get(id)?.eras ?? [])]
    const last = spans.at(-1)
    if (!last || last[1] + 1 < from) return [...spans, [from, this.era]]
    return [...spans.slice(0, -1), [Math.min(last[0], from), this.era]]
  }

  /** The volumes that may share files with one. */
  beside({ id, eras = [] }: Kept): Kept[] {
    return this.list().filter((other) => other.id !== id && other.eras?.some((span) => eras.some(overlaps(span))))
  }

  /** Resolves once the change is on disk. */
  async put(changes: readonly Kept[]): Promise<void> {
    for (const kept of changes) this.volumes.set(kept.id, kept)
    await this.append(changes.map(textOf).join(''))
  }

  async remove(ids: readonly string[]): Promise<void> {
    const gone = ids.map((id) => ({ id, length: 0, bytes: 0, place: 'gone' as const }))
    for (const id of ids) this.volumes.delete(id)
    await this.append(gone.map(textOf).join(''))
  }

  async close(): Promise<void> {
    await this.writing.catch(() => {})
    await this.file.close()
  }

  private append(text: string): Promise<void> {
    const written = this.writing.then(async () => {
      await this.file.appendFile(text)
      await this.file.datasync()
    })
    this.writing = written.catch(() => {})
    return written
  }
}

function textOf(kept: Omit<Kept, 'place'> & { place: Place | 'gone' }): string {
  const { id, length, bytes, place, eras, purged } = kept
  return JSON.stringify({ id, length, bytes, place, eras, purged }) + '\n'
}

function overlaps([from, to]: Eras[number]) {
  return ([start, end]: Eras[number]) => from <= end && start <= to
}

async function readLines(path: string): Promise<z.infer<typeof line>[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
  // The last line may have been cut off; what it said had not begun.
  return parseJsonLines(text, line)
}
