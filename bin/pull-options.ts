import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { Option, type Command } from 'commander'
import { manifestPath, readManifest, type Manifest } from '../lib/pull/manifest.js'
import type { OutputFormat, PullOptions } from '../lib/pull/options.js'
import { parseSplit } from '../lib/pull/render/choose.js'
import { parseWhere } from '../lib/record/where.js'
import { SHAPES, type Shape } from '../lib/record/shapes-out.js'
import { VdataError } from '../lib/errors.js'
import type { Context } from './context.js'
import { resolveLink } from './dataset-option.js'
import { networkOptions, resolveNetwork, type NetworkOptions } from './network-options.js'
import { byteSize, collect, share, wholeNumber } from './values.js'
import { version } from './version.js'

export interface PullFlags extends NetworkOptions {
  from?: string
  jsonl?: boolean
  text?: boolean
  csv?: boolean
  parquet?: boolean
  format?: Shape
  csvGuard?: boolean
  where: string[]
  limit?: number
  sql?: string | true
  split?: string
  seed?: number
  sample?: number
  dedup?: boolean
  maxTokens?: number
  dryRun?: boolean
  explain?: boolean
  offline?: boolean
  partial?: boolean
  locked?: string
  timeout: number
  stall: number
  cacheLimit: number
  memory?: number
  tempSpace?: number
  sqlTime?: number
}

/** Adds the options of `vdata pull`. */
export function pullOptions(command: Command): void {
  command
    .argument('[output]', 'the file to write, or a folder (a name that ends in /); - for standard output')
    .option('--from <link>', 'the dataset: vdata://… (default: the setting "dataset")')
    .option('-j, --jsonl', 'write JSON Lines (the default), or an array where the name ends in .json')
    .option('-t, --text', 'write plain text')
    .option('-c, --csv', 'write CSV')
    .option('--parquet', 'write Parquet')
    .addOption(new Option('--format <shape>', 'write records in the shape of other tools').choices(SHAPES))
    .option('--csv-guard', 'keep spreadsheets from running cells of a CSV as formulas')
    .addOption(
      new Option('--where <field=value>', 'only records with this value; several: field=one,other')
        .argParser(collect)
        .default([], 'all')
    )
    .addOption(new Option('--limit <number>', 'at most so many records').argParser(wholeNumber(1, 1e12)))
    .option('--sql [statement]', 'the answer of a SELECT; - reads it from standard input, nothing opens your editor')
    .option('--split <parts>', 'divide the records, for example train=0.9,test=0.1')
    .addOption(new Option('--seed <number>', 'what --split and --sample are drawn with').argParser(wholeNumber(0)))
    .addOption(new Option('--sample <share>', 'only this share of the records: 0.1 or 10%').argParser(share))
    .option('--dedup', 'leave out records whose content came before')
    .addOption(new Option('--max-tokens <number>', 'leave out longer records').argParser(wholeNumber(1)))
    .option('--dry-run', 'say what would be fetched, and fetch nothing')
    .option('--explain', 'the same, volume by volume')
    .option('--locked <file>', 'make the file of this .vdata.json again')
    .option('--offline', 'use what is on this computer')
    .option('--partial', 'write what can be had where some volumes cannot')
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
    .addOption(
      new Option('--stall <seconds>', 'give up after so long without a block')
        .argParser(wholeNumber(1, 86_400))
        .default(60)
    )
    .addOption(new Option('--cache-limit <size>', 'what the cache may keep').argParser(byteSize).default(20e9, '20GB'))
    .addOption(new Option('--memory <size>', 'memory of a statement (default: 400MB)').argParser(byteSize))
    .addOption(new Option('--temp-space <size>', 'disk space of a statement (default: 20GB)').argParser(byteSize))
    .addOption(
      new Option('--sql-time <seconds>', 'how long a step of a statement may take (default: 1800)').argParser(
        wholeNumber(1)
      )
    )
  networkOptions(command)
}

/** The options of the library for what was said on the command line. */
export async function resolvePull(context: Context, given: string | undefined, flags: PullFlags): Promise<PullOptions> {
  const { offline, partial, timeout, stall, cacheLimit } = flags
  const reach = {
    home: context.home,
    network: resolveNetwork(context, flags),
    timeout: timeout * 1000,
    stall: stall * 1000,
    cacheBytes: cacheLimit,
    offline,
    partial,
    signal: context.signal,
    tool: `vdata/${version()}`,
    limits: {
      ...(flags.memory !== undefined && { memory: flags.memory }),
      ...(flags.tempSpace !== undefined && { spill: flags.tempSpace }),
      ...(flags.sqlTime !== undefined && { time: flags.sqlTime * 1000 })
    }
  }
  if (flags.locked !== undefined) {
    refuseBesideLocked(flags)
    return { ...reach, ...(await lockedPull(flags.locked, given)) }
  }
  if (given === undefined && !flags.dryRun && !flags.explain) throw noOutput()
  const output = given ?? '-'
  if (given === '-' && context.json && !flags.dryRun && !flags.explain) throw twoOnStdout()
  const folder = isFolder(output)
  return {
    ...reach,
    link: resolveLink(context, flags.from, '--from'),
    output: output === '-' ? process.stdout : output,
    folder,
    format: folder ? 'parquet' : formatOf(output, flags),
    shape: flags.format,
    guard: flags.csvGuard,
    where: flags.where.map(parseWhere),
    limit: flags.limit,
    split: flags.split === undefined ? undefined : parseSplit(flags.split),
    seed: flags.seed,
    sample: flags.sample,
    dedup: flags.dedup,
    maxTokens: flags.maxTokens
  }
}

/** What a manifest says, to be made again; beside the manifest, unless another output is named. */
async function lockedPull(
  path: string,
  output: string | undefined
): Promise<Pick<PullOptions, 'link' | 'output' | 'format'> & Partial<PullOptions>> {
  const manifest: Manifest = await readManifest(path.endsWith('.vdata.json') ? path : manifestPath(path))
  const { link, length, hash } = manifest.dataset
  const own = path.replace(/\.vdata\.json$/, '')
  return { ...manifest.request, link, at: { length, hash }, output: output ?? own }
}

/** What the manifest says already. */
const SAID_BY_LOCKED = [
  'from',
  'jsonl',
  'text',
  'csv',
  'parquet',
  'format',
  'csvGuard',
  'limit',
  'sql',
  'split',
  'seed',
  'sample',
  'dedup',
  'maxTokens'
] as const

function refuseBesideLocked(flags: PullFlags): void {
  const said = flags.where.length > 0 ? 'where' : SAID_BY_LOCKED.find((name) => flags[name] !== undefined)
  if (said === undefined) return
  const option = `--${said.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const advice = 'Leave it out: the same file is made again as it was asked for.'
  throw new VdataError('usage', 'OPTIONS_CONFLICT', `${option} does not go with --locked.`, advice)
}

function isFolder(output: string): boolean {
  if (output === '-') return false
  if (/[\\/]$/.test(output)) return true
  return statSync(resolve(output), { throwIfNoEntry: false })?.isDirectory() ?? false
}

function formatOf(output: string, { jsonl, text, csv, parquet }: PullFlags): OutputFormat {
  const chosen = [jsonl && 'jsonl', text && 'text', csv && 'csv', parquet && 'parquet'].filter(Boolean)
  if (chosen.length > 1) {
    const advice = 'Give only one of -j, -t, -c and --parquet.'
    throw new VdataError('usage', 'TWO_FORMATS', 'One file has one format.', advice)
  }
  const ending = /\.(json|csv|txt|parquet)(\.gz|\.zst)?$/i.exec(output)?.[1]?.toLowerCase()
  if (chosen[0] === 'jsonl') return ending === 'json' ? 'json' : 'jsonl'
  if (chosen[0]) return chosen[0] as OutputFormat
  if (ending === 'txt') return 'text'
  return ending === 'json' || ending === 'csv' || ending === 'parquet' ? ending : 'jsonl'
}

function noOutput(): VdataError {
  return new VdataError(
    'usage',
    'NO_OUTPUT',
    'There is nothing to write to.',
    'Name a file, a folder, or - for stdout.'
  )
}

function twoOnStdout(): VdataError {
  return new VdataError(
    'usage',
    'OPTIONS_CONFLICT',
    'Standard output cannot have both the records and the events of --json.',
    'Name a file, or leave --json out.'
  )
}
