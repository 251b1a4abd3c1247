import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { parse } from 'csv-parse/sync'
import { codeOf, messageOf, VdataError } from '../errors.js'
import { SENTENCE_WORDS } from './benchmarks.js'

/** A benchmark: what reports call it, and its texts. */
export interface BenchmarkSource {
  readonly name: string
  readonly texts: readonly string[]
}

/**
 * Reads benchmark files of any layout: JSON and JSON Lines (every string), CSV and TSV (every cell), and else text (every
 * line). What has too few words to be a sentence, such as names and labels, is left out.
 * @throws VdataError usage NO_BENCHMARK, for a file that can't be read or has no text
 */
export async function readBenchmarks(paths: readonly string[]): Promise<BenchmarkSource[]> {
  return Promise.all(paths.map(readBenchmark))
}

async function readBenchmark(path: string): Promise<BenchmarkSource> {
  const name = `${basename(dirname(path))}/${basename(path)}`.replace(/^\.?\//, '')
  let texts: string[]
  try {
    texts = textsOf(path, await readFile(path, 'utf8'))
  } catch (error) {
    throw new VdataError(
      'usage',
      'NO_BENCHMARK',
      `The benchmark file ${path} can't be read: ${codeOf(error) || messageOf(error)}.`,
      'Give a JSON, JSON Lines, CSV, TSV or text file.',
      { cause: error }
    )
  }
  const sentences = texts.filter((text) => text.trim().split(/\s+/, SENTENCE_WORDS).length >= SENTENCE_WORDS)
  if (sentences.length > 0) return { name, texts: sentences }
  throw new VdataError(
    'usage',
    'NO_BENCHMARK',
    `The benchmark file ${path} has no sentences.`,
    'Give the file with the test items.'
  )
}

function textsOf(path: string, content: string): string[] {
  if (/\.json$/i.test(path)) return strings(JSON.parse(content))
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return lines(content).flatMap((line) => strings(JSON.parse(line)))
  if (/\.[ct]sv$/i.test(path)) {
    const delimiter = /\.tsv$/i.test(path) ? '\t' : ','
    return (parse(content, { delimiter, relax_quotes: true, relax_column_count: true, bom: true }) as string[][]).flat()
  }
  return lines(content)
}

function lines(content: string): string[] {
  return content.split(/\r?\n/).filter((line) => line !== '')
}

/** Every string in a JSON value. Walks with a list of its own: a file may nest deeper than the stack. */
function strings(value: unknown): string[] {
  const found: string[] = []
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next === 'string') found.push(next)
    else if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner)
  }
  return found
}
