import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedVolume } from '../dataset/reader.js'
import { decodeBatch } from '../volume/frame.js'
import { arriving, type Arrived, type MissingParts } from './batches.js'
import { withoutDropped } from './drops.js'
import type { Fetcher } from './fetch.js'
import { wavesOf, type Plan, type PlannedVolume } from './plan.js'
import { RenderPool } from './render/pool.js'
import type { LoadedFile } from './sql/engine.js'
import type { SideRows } from './sql/columns.js'
import type { RemoteEngine } from './sql/remote.js'
import type { Statement } from './sql/statement.js'

export interface LoadOptions {
  engine: RemoteEngine
  statement: Statement
  plan: Plan
  fetcher: Fetcher
  scratch: string
  sides: SideRows
  missing: MissingParts
  /** Is told the wire bytes of each batch that was read. */
  onBatch: (wireBytes: number) => void
}

const LOOKAHEAD = 6
/** JSON Lines that are loaded at a time: DuckDB divides them among its threads. */
const LOAD_BYTES = 16 * 1024 * 1024
const LOAD_FILES = 32

/** Loads what the statement needs into the engine's tables, in the order of the dataset. */
export async function loadRecords(options: LoadOptions): Promise<void> {
  const { engine, statement, plan, fetcher, sides } = options
  const { columns, stopsAt, scans } = statement.analysis
  // A table has at least one column.
  await engine.call('createTables', columns.size > 0 ? [...columns] : ['kind'], sides)
  if (!scans) return
  const loader = await Loader.open(options)
  try {
    if (stopsAt === undefined) {
      fetcher.request(plan.volumes)
      await loader.load(plan.volumes)
      return
    }
    for (const wave of stopsAt > 0 ? wavesOf(plan.volumes) : []) {
      fetcher.request(wave)
      await loader.load(wave)
      if ((await engine.call('count', statement.sql)) >= stopsAt) return
    }
  } finally {
    await loader.close()
  }
}

/** Brings batches into files that DuckDB reads, and has it read them. */
class Loader {
  private readonly options: LoadOptions
  private readonly folder: string
  private readonly pool: RenderPool | null
  private files: LoadedFile[] = []
  private file: FileHandle | null = null
  private bytes = 0

  private constructor(options: LoadOptions, folder: string) {
    this.options = options
    this.folder = folder
    const withId = options.statement.analysis.columns.has('id')
    // An id is a hash of the parsed record: that is work for the other threads.
    this.pool = withId ? new RenderPool({ format: 'jsonl', where: [], seed: 0, withId }) : null
  }

  static async open(options: LoadOptions): Promise<Loader> {
    return new Loader(options, await mkdtemp(join(options.scratch, 'load-')))
  }

  async load(volumes: readonly PlannedVolume[]): Promise<void> {
    const { fetcher, missing, onBatch } = this.options
    for await (const { arrived, raw } of arriving(fetcher, volumes, LOOKAHEAD, (each) => this.decode(each))) {
      if (!raw) missing.add(arrived)
      else {
        await this.append(arrived.volume, raw)
        onBatch(arrived.batch.wireBytes)
      }
    }
    await this.flush()
  }

  async close(): Promise<void> {
    await this.file?.close()
    await this.pool?.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  private async decode(arrived: Arrived): Promise<{ arrived: Arrived; raw: Buffer | null }> {
    const { block, batch } = arrived
    if (!block) return { arrived, raw: null }
    if (this.pool) {
      const job = { bytes: block, encoded: true, drops: batch.drops, whole: true }
      return { arrived, raw: (await this.pool.render(job)).data }
    }
    const { raw } = await decodeBatch(block)
    return { arrived, raw: batch.drops.length > 0 ? withoutDropped(raw, batch.drops) : raw }
  }

  private async append({ id, entry }: ListedVolume, raw: Buffer): Promise<void> {
    if (this.file === null || this.files.at(-1)?.volume !== id) {
      await this.file?.close()
      this.file = null
      if (this.files.length >= LOAD_FILES) await this.flush()
      const path = join(this.folder, `${this.files.length}.jsonl`)
      this.file = await open(path, 'w')
      this.files.push({ path, volume: id, contributor: entry.contributor })
    }
    await this.file.appendFile(raw)
    this.bytes += raw.length
    if (this.bytes >= LOAD_BYTES) await this.flush()
  }

  private async flush(): Promise<void> {
    await this.file?.close()
    this.file = null
    const files = this.files
    this.files = []
    this.bytes = 0
    if (files.length === 0) return
    await this.options.engine.call('load', files)
    for (const { path } of files) await rm(path, { force: true })
  }
}
