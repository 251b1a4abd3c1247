import { Collector, type Chunk } from './collector.js'
import { Csv } from './csv.js'
import { JsonArray } from './json-array.js'
import { jsonLines } from './jsonl.js'
import type { Mapping } from './mapping.js'
import { openSource, type Format, type Source } from './source.js'
import { plainText } from './text.js'

export type { Chunk, ReadRecord, Refusal } from './collector.js'
export { FORMATS, type Format, type Source } from './source.js'

/** What a record of a text file is. */
export type TextUnit = 'paragraph' | 'line' | 'file'

export interface ReadOptions {
  /** Else the file's name says it, or its first bytes do. */
  format?: Format
  mapping?: Mapping
  /** Default: paragraph. */
  textUnit?: TextUnit
  signal?: AbortSignal
}

/** Takes a file's bytes as they come, and fills a collector. */
export interface Parser {
  push(chunk: Buffer): void
  end(): void
}

const PARSERS: { readonly [F in Format]: (collector: Collector, options: ReadOptions) => Parser } = {
  jsonl: jsonLines,
  json: (collector) => new JsonArray(collector),
  csv: (collector) => new Csv(collector),
  text: (collector, { textUnit = 'paragraph' }) => plainText(collector, textUnit)
}

/**
 * Reads the records of a file, a piece at a time, in memory that does not grow with the file. Whatever is not a record is
 * reported with its line and the reason, and does not stop the others.
 * @throws VdataError FILE_NOT_FOUND or FILE_UNREADABLE; FORMAT_UNKNOWN or FORMAT_UNSUPPORTED (usage) where it is none of
 * the formats; CSV_HEADER. The signal's reason where it is aborted.
 */
export async function* readRecords(source: string | Source, options: ReadOptions = {}): AsyncGenerator<Chunk> {
  const input = await openSource(source, options)
  const collector = new Collector(input.name, options.mapping)
  const parser = PARSERS[input.format](collector, options)
  let bytes = input.skipped
  for await (const chunk of input.chunks) {
    options.signal?.throwIfAborted()
    parser.push(chunk)
    bytes += chunk.length
    yield collector.take(bytes)
  }
  parser.end()
  const last = collector.take(bytes)
  if (last.records.length > 0 || last.refused.length > 0) yield last
}
