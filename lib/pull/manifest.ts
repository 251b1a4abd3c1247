import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { VdataError } from '../errors.js'
import { readJson, writeJson } from '../files.js'
import { SHAPES } from '../record/shapes-out.js'
import { WHERE_FIELDS } from '../record/where.js'
import { describeFile } from './output/sink.js'

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

export async function writeManifest(output: string, manifest: Manifest): Promise<void> {
  await writeJson(manifestPath(output), manifest)
}

export interface Verification {
  manifest: Manifest
  files: { path: string; problem: 'missing' | 'changed' | null }[]
}

/**
 * Compares the files of a pull with what its manifest says of them.
 * @param output the target, or its `.vdata.json`
 */
export async function verifyOutput(output: string): Promise<Verification> {
  const target = output.endsWith('.vdata.json') ? output.slice(0, -'.vdata.json'.length) : output
  const manifest = await readManifest(manifestPath(target))
  const folder = manifest.request.folder ? target : dirname(target)
  const files: Verification['files'] = []
  for (const file of manifest.files) {
    const found = await describeFile(join(folder, file.path), basename(file.path), 0).catch(() => null)
    const same = found?.sha256 === file.sha256 && found.bytes === file.bytes
    files.push({ path: file.path, problem: found === null ? 'missing' : same ? null : 'changed' })
  }
  return { manifest, files }
}
