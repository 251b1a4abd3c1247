import { z } from 'zod'
import { formatLink, parseLink } from '../dataset/link.js'
import { VdataError } from '../errors.js'
import { readJson } from '../files.js'
import { SHAPES } from '../record/shapes-out.js'
import { WHERE_FIELDS } from '../record/where.js'
import type { MissingPart } from './batches.js'
import type { PullOptions } from './options.js'
import type { WrittenFile } from './output/sink.js'
import type { Plan } from './plan.js'
import type { DatasetState } from './state.js'

const amount = z.int().nonnegative()
const hex = z.string().regex(/^[0-9a-f]{64}$/)

const writtenFile = z.object({
  /** Relative to the folder that the target is in, or to the target where that is a folder. */
  path: z
    .string()
    .min(1)
    .max(1000)
    .refine((path) => !path.split(/[\\/]/).includes('..') && !/^([\\/]|[A-Za-z]:)/.test(path), 'leads elsewhere'),
  bytes: amount,
  sha256: hex,
  records: amount
})

/** What was asked for, as far as it decides what comes out. */
const request = z.object({
  format: z.enum(['jsonl', 'json', 'text', 'csv', 'parquet']),
  shape: z.enum(SHAPES).optional(),
  folder: z.boolean().default(false),
  sql: z.string().optional(),
  where: z.array(z.object({ field: z.enum(WHERE_FIELDS), values: z.array(z.string()) })).default([]),
  limit: amount.optional(),
  split: z.array(z.object({ name: z.string(), share: z.number() })).optional(),
  seed: z.int().default(0),
  sample: z.number().optional(),
  dedup: z.boolean().default(false),
  maxTokens: amount.optional(),
  guard: z.boolean().default(false)
})
export type PullRequest = z.infer<typeof request>

/** `<output>.vdata.json`: what a pull made of which state of a dataset, so that it can be checked and made again. */
export const manifestSchema = z.object({
  format: z.literal('vdata/pull'),
  version: z.literal(1),
  tool: z.string().max(100),
  dataset: z.object({
    name: z.string(),
    link: z.string(),
    index: z.string().length(52),
    length: amount,
    hash: hex,
    release: z.string().optional()
  }),
  request,
  records: amount,
  volumes: amount,
  /** Left out because nobody had them; empty unless that was asked for. */
  missing: z.array(z.object({ volume: z.string(), records: amount })).default([]),
  files: z.array(writtenFile)
})
export type Manifest = z.infer<typeof manifestSchema>

export function manifestPath(output: string): string {
  return `${output.replace(/[\\/]+$/, '')}.vdata.json`
}

/** @throws VdataError NO_MANIFEST, BAD_MANIFEST. */
export async function readManifest(path: string): Promise<Manifest> {
  const value = await readJson(path)
  if (value === undefined) {
    const what = `There is no file ${path}, which says what was pulled.`
    throw new VdataError('usage', 'NO_MANIFEST', what, 'It is written beside the output of every `vdata pull`.')
  }
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const what = `${path} is not what \`vdata pull\` wrote.`
  throw new VdataError('verification', 'BAD_MANIFEST', what, 'Pull again, or restore the file.')
}

/** The manifest of a pull whose files are written. */
export function manifestOf(
  options: PullOptions,
  state: DatasetState,
  plan: Plan,
  { files, missing, records }: { files: WrittenFile[]; missing: MissingPart[]; records: number }
): Manifest {
  const { format, shape, folder = false, sql, where = [], limit, split, seed = 0, sample } = options
  const { dedup = false, maxTokens, guard = false, tool = 'vdata' } = options
  const request: PullRequest = {
    format,
    shape,
    folder,
    sql,
    where: where.map(({ field, values }) => ({ field, values: [...values] })),
    limit: limit === Infinity ? undefined : limit,
    split: split?.map((part) => ({ ...part })),
    seed,
    sample,
    dedup,
    maxTokens,
    guard
  }
  const { name, index, length, hash, release } = state
  return {
    format: 'vdata/pull',
    version: 1,
    tool,
    dataset: { name, link: formatLink(parseLink(options.link).key, release), index, length, hash, release },
    request,
    records,
    volumes: plan.volumes.length,
    missing: missing.map((part) => ({ volume: part.volume, records: part.records })),
    files
  }
}
