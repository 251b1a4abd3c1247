import { VdataError } from '../lib/errors.js'
import { parseLexicon } from '../lib/bias/lexicon.js'
import { measure, type MeasureItem, type MeasureOptions } from '../lib/bias/measure.js'
import type { BiasMeter } from '../lib/bias/meter.js'
import type { BiasReport, Facet } from '../lib/bias/report.js'
import { isReport, parseReport } from '../lib/bias/report-schema.js'
import type { Part } from '../lib/bias/text.js'
import { parseMapping } from '../lib/record/mapping.js'
import { readRecords, type Format, type ReadOptions } from '../lib/record/read.js'
import { matches, parseWhere } from '../lib/record/where.js'
import { readNamed } from './bias-files.js'
import { recordsOfLink, type LinkFlags } from './bias-link.js'
import type { Context } from './context.js'
import { count, bytes, plural } from './format.js'

export interface MeasureFlags extends LinkFlags {
  lexicon?: string
  by?: Facet[]
  part?: Part
  minTexts?: number
  threads?: number
  map?: string[]
  as?: Format
}

/** A report of a file: read where the file is one, else measured. */
export async function reportOf(context: Context, path: string, flags: MeasureFlags): Promise<BiasReport> {
  if (path.endsWith('.json')) {
    const json = jsonOf(await readNamed(path))
    if (isReport(json)) return parseReport(json, path)
  }
  return (await measureFiles(context, [path], flags)).report()
}

/** Measures files and datasets one after the other as one set of texts. `-` is standard input. */
export async function measureFiles(
  context: Context,
  paths: readonly string[],
  flags: MeasureFlags
): Promise<BiasMeter> {
  const progress = context.progress()
  const options: MeasureOptions = {
    ...(flags.lexicon !== undefined && {
      lexicon: parseLexicon((await readNamed(flags.lexicon)).toString('utf8'), flags.lexicon)
    }),
    by: flags.by,
    part: flags.part,
    minTexts: flags.minTexts,
    threads: flags.threads,
    signal: context.signal,
    onEvent: ({ texts, characters }) => progress.update(`Measured ${count(texts)} texts, ${bytes(characters)}`)
  }
  try {
    const meter = await measure(recordsOf(context, paths, flags), options)
    if (meter.texts > 0) return meter
  } finally {
    progress.clear()
  }
  throw new VdataError(
    'error',
    'NO_RECORDS',
    'There are no records to measure.',
    'Give a file of records or a link; see --as, --map and --where.'
  )
}

async function* recordsOf(
  context: Context,
  paths: readonly string[],
  flags: MeasureFlags
): AsyncGenerator<MeasureItem[]> {
  const { map, as } = flags
  const where = flags.where.map(parseWhere)
  const options: ReadOptions = { signal: context.signal, format: as, mapping: map && parseMapping(map) }
  for (const path of paths) {
    if (path.startsWith('vdata://')) {
      yield* recordsOfLink(context, path, flags)
      continue
    }
    let refused = 0
    let first: string | undefined
    const source = path === '-' ? { name: 'standard input', stream: process.stdin } : path
    for await (const chunk of readRecords(source, options)) {
      refused += chunk.refused.length
      first ??= chunk.refused[0] && `line ${chunk.refused[0].line}: ${chunk.refused[0].reason}`
      yield chunk.records.filter(({ record }) => matches(record, where)).map(({ record }) => ({ record }))
    }
    if (refused > 0) context.warn(`${path}: ${plural(refused, 'line')} left out; ${first}`)
  }
}

function jsonOf(bytesOfFile: Buffer): unknown {
  try {
    return JSON.parse(bytesOfFile.toString('utf8'))
  } catch {
    return undefined
  }
}
