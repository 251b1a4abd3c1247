import type { Writable } from 'node:stream'
import type { SessionEvent } from '../dataset/session.js'
import { VdataError } from '../errors.js'
import type { NodeOptions } from '../network/node.js'
import type { Shape } from '../record/shapes-out.js'
import type { Where } from '../record/where.js'
import type { MissingPart } from './batches.js'
import type { BenchmarkFile } from './decontaminate.js'
import type { SplitPart } from './render/choose.js'
import type { TextFormat } from './render/render.js'
import type { SqlLimits } from './sql/remote.js'
import type { IndexState } from './state.js'

export const OUTPUT_FORMATS = ['jsonl', 'json', 'text', 'csv', 'parquet'] as const
export type OutputFormat = TextFormat | 'parquet'

export type PullEvent =
  | SessionEvent
  | { event: 'plan'; batches: number; bytes: number; skipped: number; records: number }
  | { event: 'progress'; received: number; read: number; total: number; records: number; peers: number }
  | { event: 'query' }
  | { event: 'missing'; volumes: MissingPart[] }

/** Which dataset, and how it is reached. */
export interface ReachOptions {
  home: string
  link: string
  network: NodeOptions
  /** Milliseconds to look for somebody who has the index. */
  timeout?: number
  /** Milliseconds without a block until what is missing is given up. */
  stall?: number
  /** Use what is on this computer, and open no socket. */
  offline?: boolean
  /** Bytes that the cache may have after this pull; what this pull used stays. */
  cacheBytes?: number
  /** This state of the index, instead of the link's release or the newest one. */
  at?: IndexState
  signal?: AbortSignal
  onEvent?: (event: PullEvent) => void
}

/** Which records. */
export interface SelectOptions {
  where?: readonly Where[]
  /** Most records that are wanted. */
  limit?: number
  /** One SELECT about the tables `records`, `volumes`, `contributors` and `releases`. */
  sql?: string
  limits?: Partial<SqlLimits>
  /** Divides the records into parts by their ids, so that none changes sides as the dataset grows. */
  split?: readonly SplitPart[]
  /** What `split` and `sample` are drawn with. */
  seed?: number
  /** The share of the records that is wanted, chosen by their ids. */
  sample?: number
  /** Leave out what has the same content as a record before it. */
  dedup?: boolean
  /** Leave out records of more tokens (o200k). */
  maxTokens?: number
  /** Paths of benchmarks: records that share text with one are left out. */
  decontaminate?: readonly string[]
  /** What the files of `decontaminate` have to be. */
  benchmarks?: readonly BenchmarkFile[]
}

export interface PullOptions extends ReachOptions, SelectOptions {
  /** A file's path, a folder's, or a stream. */
  output: string | Writable
  format: OutputFormat
  /** The target is a folder: a dataset of Parquet files with a card. */
  folder?: boolean
  /** The shape in which other programs read records, instead of vdata's own. */
  shape?: Shape
  /** Keep spreadsheets from running cells of a CSV. */
  guard?: boolean
  /** Write what could be had, where some volumes could not. */
  partial?: boolean
  /** The program that pulls, for example `vdata/0.1.0`. */
  tool?: string
}

export interface PullResult {
  dataset: string
  link: string
  records: number
  /** Bytes that came over the network now, that were here already, and that the query did not need. */
  fetched: number
  cached: number
  skipped: number
  batches: number
  volumes: number
  index: { length: number; fresh: boolean }
  /** The files that were written, relative to the target's folder. */
  files: { path: string; bytes: number; records: number }[]
  /** How many records were left out, by reason. */
  left: { [reason: string]: number }
  missing: MissingPart[]
  /** Records of the release that were purged after it, so that this is not all that it once named. */
  purged: number
  /** How the dataset can be supported, where its moderator says so. */
  donation?: { url: string; text: string }
}

/** @throws VdataError usage: options that do not go together. */
export function checkOptions(options: PullOptions): void {
  const { sql, where = [], format, output, split, folder, shape, guard, limit } = options
  const streamed = typeof output !== 'string'
  if (sql !== undefined && where.length > 0) throw together('--where', '--sql', 'Write it into the statement.')
  if (sql !== undefined && limit !== undefined) throw together('--limit', '--sql', 'Write LIMIT into the statement.')
  if (split && streamed) throw together('--split', 'standard output', 'Name a file or a folder.')
  if (shape && format === 'text') throw together('--format', '--text', 'Leave one of them out.')
  if (guard && format !== 'csv') throw together('--csv-guard', 'a format other than CSV', 'Leave it out.')
  if (folder && streamed) throw together('a folder', 'standard output', 'Name a folder.')
}

function together(one: string, other: string, advice: string): VdataError {
  return new VdataError('usage', 'OPTIONS_CONFLICT', `${one} does not go with ${other}.`, advice)
}
