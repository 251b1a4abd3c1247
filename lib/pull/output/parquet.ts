import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../../files.js'
import { literal } from '../sql/engine.js'
import type { RemoteEngine } from '../sql/remote.js'
import { describeFile, partialName, syncFile, type Sink, type WrittenFile } from './sink.js'

/** JSON Lines that become one file of Parquet, or one of its pieces. */
const PIECE_BYTES = 48 * 1024 * 1024
/** A group of rows is in memory as a whole while it is written: about 10 MB of text. */
const COPY = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10000'

export interface ParquetOptions {
  engine: RemoteEngine
  /** A folder for what is not a result yet. */
  scratch: string
  columns: readonly { name: string; type: string }[]
  /** Bytes of JSON Lines in a file of several; without it there is one file. */
  shardBytes?: number
}

/** Takes JSON Lines and writes Parquet: one file, or several of about the same size, in memory that does not grow. */
export class ParquetSink implements Sink {
  private readonly target: string
  private readonly options: ParquetOptions
  private readonly staging: string
  private file: FileHandle | null = null
  private bytes = 0
  private inFile = 0
  private total = 0
  private readonly pieces: { path: string; records: number }[] = []

  /** @param target the file, or with `shardBytes` what the names of the files begin with */
  constructor(target: string, options: ParquetOptions) {
    this.target = target
    this.options = options
    this.staging = join(options.scratch, `${basename(target)}.jsonl`)
  }

  async write(data: Buffer | string, records: number): Promise<void> {
    this.file ??= await open(this.staging, 'w')
    await this.file.appendFile(data)
    this.bytes += data.length
    this.inFile += records
    if (this.bytes >= (this.options.shardBytes ?? PIECE_BYTES)) await this.convert()
  }

  async finish(): Promise<WrittenFile[]> {
    if (this.inFile > 0 || this.pieces.length === 0) await this.convert()
    if (this.options.shardBytes === undefined) await this.join()
    const count = this.pieces.length
    const written: WrittenFile[] = []
    for (const [index, { path, records }] of this.pieces.entries()) {
      await syncFile(path)
      written.push(await describeFile(path, basename(this.nameOf(index, count)), records))
    }
    return written
  }

  async commit(): Promise<void> {
    for (const [index, { path }] of this.pieces.entries()) await rename(path, this.nameOf(index, this.pieces.length))
    await syncFolder(dirname(this.target))
  }

  async discard(): Promise<void> {
    await this.file?.close().catch(() => {})
    this.file = null
    for (const path of [this.staging, partialName(this.target), ...this.pieces.map((piece) => piece.path)]) {
      await rm(path, { force: true })
    }
  }

  private nameOf(index: number, count: number): string {
    if (this.options.shardBytes === undefined) return this.target
    const number = (value: number) => String(value).padStart(5, '0')
    return `${this.target}-${number(index)}-of-${number(count)}.parquet`
  }

  /** Makes Parquet of what was staged. */
  private async convert(): Promise<void> {
    const { engine, columns, scratch, shardBytes } = this.options
    this.file ??= await open(this.staging, 'w')
    await this.file.close()
    this.file = null
    // A shard is a result already, and lies where it is to stay; a piece is not.
    const name = `${basename(this.target)}.${this.pieces.length}`
    const path =
      shardBytes === undefined ? join(scratch, `${name}.parquet`) : `${dirname(this.target)}/${name}.vdata-partial`
    const types = columns.map((column) => `"${column.name}": ${literal(column.type)}`).join(', ')
    const read =
      `read_json(${literal(this.staging)}, format = 'newline_delimited', columns = {${types}}, ` +
      `maximum_object_size = 1200000)`
    await engine.call('run', `COPY (SELECT * FROM ${read}) TO ${literal(path)} (${COPY})`)
    await rm(this.staging, { force: true })
    this.pieces.push({ path, records: this.inFile })
    this.total += this.inFile
    this.bytes = 0
    this.inFile = 0
  }

  /** One file of all pieces, in their order. */
  private async join(): Promise<void> {
    const path = partialName(this.target)
    const paths = this.pieces.map((piece) => literal(piece.path)).join(', ')
    await engineCopy(this.options.engine, `SELECT * FROM read_parquet([${paths}])`, path)
    for (const piece of this.pieces.splice(0)) await rm(piece.path, { force: true })
    this.pieces.push({ path, records: this.total })
  }
}

async function engineCopy(engine: RemoteEngine, select: string, path: string): Promise<void> {
  await engine.call('run', `COPY (${select}) TO ${literal(path)} (${COPY})`)
}
