import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readBenchmarks } from '../check/benchmark-files.js'
import { BenchmarkTable, benchmarkTable, sharedText, type BenchmarkTableData } from '../check/benchmarks.js'
import { MinHash } from '../check/minhash/minhash.js'
import { Sample } from '../check/sample.js'
import { VdataError } from '../errors.js'
import type { TrainingRecord } from '../record/types.js'
import type { SelectOptions } from './options.js'

/** A benchmark whose text is left out: what a manifest says of it. */
export interface BenchmarkFile {
  name: string
  sha256: string
}

export interface Decontamination {
  table: BenchmarkTableData
  benchmarks: BenchmarkFile[]
}

/**
 * Reads the benchmarks that records must not share text with.
 * @throws VdataError NO_BENCHMARK; BENCHMARKS_DIFFER where a manifest names others
 */
export async function readDecontamination(options: SelectOptions): Promise<Decontamination | undefined> {
  const { decontaminate = [], benchmarks: wanted } = options
  const files = await Promise.all(decontaminate.map(fileOf))
  const hashes = (list: readonly BenchmarkFile[]) => [...new Set(list.map(({ sha256 }) => sha256))].sort().join()
  if (wanted && hashes(wanted) !== hashes(files)) {
    throw new VdataError(
      'verification',
      'BENCHMARKS_DIFFER',
      'It was made without the text of other benchmarks than these.',
      `Give the same files: ${wanted.map(({ name }) => `--decontaminate ${name}`).join(' ')}.`
    )
  }
  if (files.length === 0) return undefined
  return { table: benchmarkTable(await readBenchmarks(decontaminate)), benchmarks: files }
}

async function fileOf(path: string): Promise<BenchmarkFile> {
  const hash = createHash('sha256')
  // What can't be read is told by who reads it next, better.
  await pipeline(createReadStream(path), hash).catch(() => hash.end())
  return { name: basename(path), sha256: hash.digest('hex') }
}

/** Whether records share 12 words in a row, or a whole sentence, with a benchmark: the moderators' own check. */
export class BenchmarkFilter {
  private readonly table: BenchmarkTable
  private readonly hasher = new MinHash()

  constructor(data: BenchmarkTableData) {
    this.table = new BenchmarkTable(data)
  }

  has(record: TrainingRecord): boolean {
    this.hasher.load(new Sample(record).body)
    return sharedText(this.hasher, this.table) !== undefined
  }
}
