import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { augmentRecord } from '../bias/augment.js'
import { BiasMeter } from '../bias/meter.js'
import { summarize, type BiasSummary } from '../bias/summary.js'
import { VdataError } from '../errors.js'
import { recordId } from '../record/id.js'
import { parseMapping } from '../record/mapping.js'
import { readRecords, type Refusal } from '../record/read.js'
import { checkFields, sizeProblem } from '../record/schema.js'
import type { TrainingRecord } from '../record/types.js'
import { AtomicFile } from './atomic-file.js'
import { checkOutput } from './check-output.js'
import { lock } from './journal/lock.js'
import { filesOf, type Files } from './output.js'
import { seedsOf, type AugmentRecipe, type Seeds } from './recipe/augment.js'
import type { LoadedRecipe } from './recipe/load.js'
import { augmentCard } from './augment-card.js'

/** A record and its counterfactual; undefined where the record has no word to swap. */
export interface Pair {
  original: TrainingRecord
  counterfactual: TrainingRecord | undefined
}

export interface AugmentOptions {
  loaded: LoadedRecipe<AugmentRecipe>
  output: string
  /** Reads and measures all, and writes nothing. */
  dryRun?: boolean
  signal?: AbortSignal
  onEvent?: (event: AugmentEvent) => void
}

export interface AugmentEvent {
  event: 'augmenting'
  read: number
  records: number
}

export interface AugmentResult {
  files: Pick<Files, 'output' | 'dropped' | 'card'>
  recipe: string
  /** Records written. */
  records: number
  /** Records of the data; those that name no group have no counterfactual. */
  read: number
  counterfactuals: number
  /** Lines of the data that are no records, and counterfactuals that are too large to be one. */
  dropped: { invalid?: number }
  topics: { [topic: string]: number }
  /** Of the records that were read, and of those that were written. */
  bias: { before: BiasSummary; after: BiasSummary }
}

const MOST_TOPICS = 1000
const TELL_EVERY = 1000

/**
 * Writes records with their counterfactuals: the whole output, or nothing. Needs no journal: the same data give the same
 * file. @throws VdataError; the signal's reason where it is aborted
 */
export async function augmentData(options: AugmentOptions): Promise<AugmentResult> {
  const { loaded, output } = options
  const { recipe, hash } = loaded
  const files = filesOf(output)
  await checkOutput(files)
  await refuseOwnData(loaded, output)
  const unlock = await lock(`${output}.lock`)
  const records = new AtomicFile(files.output)
  const dropped = new AtomicFile(files.dropped)
  const [before, after] = [new BiasMeter(), new BiasMeter()]
  const sums = { records: 0, read: 0, counterfactuals: 0 }
  let invalid = 0
  const topics: { [topic: string]: number } = {}
  const drop = async (facts: object): Promise<void> => {
    invalid++
    await dropped.write(JSON.stringify({ reason: 'invalid', ...facts }))
  }
  const write = async (record: TrainingRecord): Promise<void> => {
    const line = JSON.stringify(record)
    if (options.dryRun !== true) await records.write(line)
    sums.records++
    // A record and its counterfactual are one piece of evidence.
    after.add(record, {}, sums.read)
    const { topic } = record
    if (topic !== undefined && (Object.hasOwn(topics, topic) || Object.keys(topics).length < MOST_TOPICS))
      topics[topic] = (topics[topic] ?? 0) + 1
  }
  try {
    for await (const { pair, refused } of pairsOf(loaded, options.signal)) {
      if (refused) {
        await drop({ detail: refused.reason, line: refused.line })
        continue
      }
      const { original, counterfactual } = pair
      const own = [...(recipe.originals ? [original] : []), ...(counterfactual ? [counterfactual] : [])]
      if (recipe.count !== undefined && sums.records + own.length > recipe.count) break
      sums.read++
      before.add(original)
      const problem = counterfactual && problemOf(counterfactual)
      // Without its counterfactual a record would tip the balance.
      if (problem !== undefined) await drop({ detail: problem, record: recordId(original) })
      else for (const record of own) await write(record)
      if (counterfactual && problem === undefined) sums.counterfactuals++
      if (sums.read % TELL_EVERY === 0)
        options.onEvent?.({ event: 'augmenting', read: sums.read, records: sums.records })
    }
    const result: AugmentResult = {
      files,
      recipe: hash,
      ...sums,
      dropped: invalid > 0 ? { invalid } : {},
      topics,
      bias: { before: summarize(before.report()), after: summarize(after.report()) }
    }
    if (options.dryRun) return result
    if (sums.records === 0) throw nothingToWrite(sums.read)
    await records.finish()
    await (invalid > 0 ? dropped.finish() : dropped.remove())
    await augmentCard(loaded, result)
    return result
  } finally {
    await Promise.all([records.discard(), dropped.discard()])
    await unlock()
  }
}

type Found = { pair: Pair; refused?: undefined } | { refused: Refusal; pair?: undefined }

/** The pairs of a recipe's data, one after the other, and what is no record. */
export async function* pairsOf(
  { recipe, hash, directory }: LoadedRecipe<AugmentRecipe>,
  signal?: AbortSignal
): AsyncGenerator<Found> {
  for (const source of sourcesOf(recipe, directory)) {
    let left = source.limit
    for await (const chunk of readRecords(source.from, { ...source.options, signal })) {
      for (const refused of chunk.refused) yield { refused }
      for (const { record } of chunk.records) {
        if (left-- <= 0) break
        const original = completed(record, recipe)
        yield { pair: { original, counterfactual: counterfactualOf(original, recipe, hash) } }
      }
      if (left <= 0) break
    }
  }
}

/** What the recipe says of records that don't say it themselves. */
function completed(record: TrainingRecord, { topic, language, license }: AugmentRecipe): TrainingRecord {
  return {
    ...record,
    ...(record.topic === undefined && topic !== undefined && { topic }),
    ...(record.language === undefined && language !== undefined && { language }),
    ...(record.license === undefined && license !== undefined && { license })
  }
}

function counterfactualOf(
  original: TrainingRecord,
  { names }: AugmentRecipe,
  recipe: string
): TrainingRecord | undefined {
  const swapped = augmentRecord(original, { names })
  if (swapped === undefined) return undefined
  // The tokens were paid once, for the original.
  const { input_tokens: _in, output_tokens: _out, ...rest } = swapped
  return { ...rest, recipe, extra: { ...rest.extra, counterfactual_of: recordId(original) } } as TrainingRecord
}

interface SeedSource {
  from: Parameters<typeof readRecords>[0]
  options: Parameters<typeof readRecords>[1]
  limit: number
}

function sourcesOf(recipe: AugmentRecipe, directory: string): SeedSource[] {
  if (recipe.records) {
    const lines = recipe.records.map((record) => JSON.stringify(record) + '\n')
    const stream = (async function* () {
      yield* lines
    })()
    return [{ from: { name: 'the recipe', stream }, options: { format: 'jsonl' }, limit: Infinity }]
  }
  return seedsOf(recipe).map((seeds) => {
    const { file, format, map, limit } = withDefaults(seeds)
    const mapping = map && parseMapping(map)
    return { from: resolve(directory, file), options: { format, mapping }, limit: limit ?? Infinity }
  })
}

function withDefaults(seeds: Seeds): Exclude<Seeds, string> {
  return typeof seeds === 'string' ? { file: seeds } : seeds
}

function problemOf(record: TrainingRecord): string | undefined {
  return checkFields(record).problem ?? sizeProblem(JSON.stringify(record))
}

/** An output that is its own data would be lost by the next run. */
async function refuseOwnData({ recipe, directory }: LoadedRecipe<AugmentRecipe>, output: string): Promise<void> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path))
  const target = await real(output)
  for (const seeds of seedsOf(recipe)) {
    const { file } = withDefaults(seeds)
    if ((await real(resolve(directory, file))) !== target) continue
    throw new VdataError('usage', 'OUTPUT_IS_DATA', `${output} is also the data.`, 'Choose another output.')
  }
}

function nothingToWrite(read: number): VdataError {
  return new VdataError(
    'error',
    'NO_RECORDS',
    read === 0 ? 'There are no records in the data.' : `None of the ${read} records names a person or group to swap.`,
    'See --check, and map in the recipe, where columns have other names.'
  )
}
