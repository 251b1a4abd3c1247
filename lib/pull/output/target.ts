import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import { syncFolder } from '../../files.js'
import type { PullOptions } from '../options.js'
import type { Plan } from '../plan.js'
import type { AnswerColumns } from '../query.js'
import { csvHead } from '../query.js'
import { frameOf } from '../render/render.js'
import { shapeTypes } from '../render/shapes.js'
import { RECORD_COLUMNS } from '../sql/columns.js'
import type { RemoteEngine } from '../sql/remote.js'
import type { DatasetState } from '../state.js'
import type { FileThreads } from './file-thread.js'
import { openTextSinks, Outputs, sidePath, type Frame } from './outputs.js'
import { ParquetSink } from './parquet.js'
import { describeFile, partialName, syncFile, type WrittenFile } from './sink.js'

/** What is known of a pull's content when it is finished. */
export interface Content {
  state: DatasetState
  plan: Plan
}

/** What a pull writes to; nothing of it is there before `commit`. */
export interface Target {
  /** Where DuckDB may write an answer by itself, as Parquet. */
  nativePath?: string
  /** It did, and so many rows. */
  wroteNative(records: number): void
  /** Where records go otherwise. `columns` are those of an answer whose rows are written as they are. */
  outputs(columns?: AnswerColumns): Outputs
  readonly records: number
  finish(content: Content): Promise<WrittenFile[]>
  commit(): Promise<void>
  discard(): Promise<void>
}

export interface TargetTools {
  scratch: string
  /** For files of text. */
  threads: FileThreads
  /** Starts an engine for Parquet. */
  engine(): Promise<RemoteEngine>
}

export async function openTarget(options: PullOptions, tools: TargetTools): Promise<Target> {
  const { output, format, folder } = options
  if (typeof output === 'string' && folder) {
    const { openFolder } = await import('./folder.js')
    return openFolder(output, options, tools)
  }
  if (format === 'parquet') return openParquet(options, tools)
  const parts = (options.split ?? []).map(({ name }) => name)
  const sinks = await openTextSinks(output, parts, tools.threads)
  return outputsTarget((columns) => new Outputs(sinks, frameFor(options, columns)))
}

function frameFor(options: PullOptions, columns?: AnswerColumns): Frame {
  const { format, shape } = options
  if (format === 'parquet') return { head: '', tail: '', commas: false }
  const { head, tail } = frameOf({ format, shape, where: [], seed: 0 })
  return { head: columns && format === 'csv' ? csvHead(columns) : head, tail, commas: format === 'json' }
}

function outputsTarget(make: (columns?: AnswerColumns) => Outputs, close = async () => {}): Target {
  let made: Outputs | null = null
  const outputs = (columns?: AnswerColumns) => (made ??= make(columns))
  return {
    wroteNative() {},
    outputs,
    get records() {
      return made?.records ?? 0
    },
    async finish() {
      const files = await outputs().finish()
      await close()
      return files
    },
    commit: () => outputs().commit(),
    async discard() {
      await close()
      await outputs().discard()
    }
  }
}

/** One file of Parquet, or one for each part. */
async function openParquet(options: PullOptions, tools: TargetTools): Promise<Target> {
  const { output, split } = options
  const { scratch } = tools
  const target = typeof output === 'string' ? output : join(scratch, 'answer.parquet')
  const parts = (split ?? []).map(({ name }) => name)
  const paths = parts.length === 0 ? [target] : parts.map((part) => sidePath(target, part))
  const { engine, columns, close } = await parquetTools(options, tools)
  const sinks = paths.map((path) => new ParquetSink(path, { engine, scratch, columns }))
  const own = outputsTarget(() => new Outputs(sinks, frameFor(options)), close)
  const file = nativeFile(target)
  const native = parts.length === 0 && options.sql !== undefined
  const finished: Target = {
    ...own,
    nativePath: native ? file.path : undefined,
    wroteNative: (records) => file.wrote(records),
    get records() {
      return file.written ? file.records : own.records
    },
    async finish(content) {
      if (!file.written) return own.finish(content)
      await close()
      return file.finish()
    },
    async commit() {
      await (file.written ? file.commit() : own.commit())
      if (typeof output !== 'string') await pipeline(createReadStream(target), keepOpen(output))
    },
    async discard() {
      await own.discard()
      await file.discard()
    }
  }
  return finished
}

/** The columns of what is written, and an engine that writes them. */
export async function parquetTools(
  { shape }: Pick<PullOptions, 'shape'>,
  tools: TargetTools
): Promise<{ engine: RemoteEngine; columns: { name: string; type: string }[]; close(): Promise<void> }> {
  const engine = await tools.engine()
  const columns = shape ? shapeTypes(shape) : RECORD_COLUMNS.map(({ name, type }) => ({ name, type }))
  return { engine, columns, close: () => engine.close() }
}

/** A file that DuckDB writes by itself. */
export function nativeFile(target: string) {
  const path = partialName(target)
  let records = 0
  let written = false
  return {
    path,
    get written() {
      return written
    },
    get records() {
      return records
    },
    wrote(count: number) {
      written = true
      records = count
    },
    async finish(): Promise<WrittenFile[]> {
      await syncFile(path)
      return [await describeFile(path, basename(target), records)]
    },
    async commit() {
      await rename(path, target)
      await syncFolder(dirname(target))
    },
    async discard() {
      await rm(path, { force: true })
    }
  }
}

/** Writes to a stream that stays open when what is written to it ends. */
function keepOpen(stream: Writable) {
  return async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) if (!stream.write(chunk)) await once(stream, 'drain')
  }
}
