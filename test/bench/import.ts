import { execFile } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Corestore from 'corestore'
import { compress } from '../../lib/volume/codec.js'
import { importFiles, type ImportSummary } from '../../lib/volume/import.js'
import { BATCH_BYTES } from '../../lib/volume/limits.js'
import { sealVolume, type SealInfo } from '../../lib/volume/seal.js'

export interface Measurement {
  name: string
  value: number
  unit: string
  /** `value` by that of `against`: what can be compared between computers. */
  ratio?: number
  against?: string
}

const MEGABYTES = 200
const INFO: SealInfo = {
  contributor: { publicKey: 'y'.repeat(52) },
  license: 'MIT',
  created_at: '2026-01-01T00:00:00Z',
  tool: 'bench'
}

/** How fast a file of JSON Lines becomes a sealed volume, and with how much memory. */
export async function benchImport(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vdata-bench-'))
  try {
    const file = join(folder, 'in.jsonl')
    await pipeline(realLines(MEGABYTES), createWriteStream(file))
    const used = process.cpuUsage()
    const { summary, imported, sealed } = await share([file], join(folder, 'share'))
    const { user, system } = process.cpuUsage(used)
    const rate = (ms: number) => summary.bytes / 1e3 / ms
    const json = await jsonRate(file)
    const zstd = await zstdRate(file)
    const total = rate(imported + sealed)
    const name = `JSON Lines of ${MEGABYTES} MB to sealed volume`
    return [
      { name, value: total, unit: 'MB/s', ratio: total / json, against: 'JSON.parse and JSON.stringify of its lines' },
      { name, value: total, unit: 'MB/s', ratio: total / zstd, against: 'zstd of its bytes, one batch at a time' },
      { name: 'of it: read, check and batch', value: rate(imported), unit: 'MB/s' },
      { name: 'of it: seal', value: rate(sealed), unit: 'MB/s' },
      // Unlike the rates, this is the same on a busy computer. All threads together: two cores do half of it each.
      { name: 'of it: CPU time', value: (user + system) / 1e3 / (summary.bytes / 1e6), unit: 'ms/MB' },
      { name: 'compression', value: summary.rawBytes / summary.wireBytes, unit: 'times' },
      ...(await benchMemory(folder))
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Imports and seals; the times are in milliseconds. */
export async function share(
  sources: Parameters<typeof importFiles>[0]['sources'],
  folder: string
): Promise<{ summary: ImportSummary; imported: number; sealed: number }> {
  const store = new Corestore(folder)
  await store.ready()
  const start = performance.now()
  const summary = await importFiles({ sources, spool: join(folder, 'draft'), format: 'jsonl' })
  const middle = performance.now()
  for (const draft of summary.drafts) await sealVolume({ store, draft, info: INFO })
  const end = performance.now()
  await store.close()
  return { summary, imported: middle - start, sealed: end - middle }
}

/** So many megabytes of real dialogues, or of made-up ones where the real ones are absent. */
export async function* realLines(megabytes: number): AsyncGenerator<Buffer> {
  const dialogues = await loadDialogues()
  let bytes = 0
  for (let i = 0; bytes < megabytes * 1e6;) {
    let text = ''
    for (const end = i + 500; i < end; i++) {
      const dialogue = dialogues[i % dialogues.length]!
      text += JSON.stringify({ ...dialogue, topic: `topic ${i % 10}`, number: i }) + '\n'
    }
    const chunk = Buffer.from(text)
    bytes += chunk.length
    yield chunk
  }
}

async function loadDialogues(): Promise<object[]> {
  const real = fileURLToPath(new URL('../../../../shared/data/hh-harmless-test.jsonl', import.meta.url))
  if (existsSync(real)) {
    const lines = (await readFile(real, 'utf8')).trim().split('\n')
    return lines.map((line) => JSON.parse(line) as object)
  }
  const words = 'the a judge nurse engineer met asked told team trusted first day work was at once and then'.split(' ')
  const sentence = (seed: number) =>
    Array.from({ length: 60 }, (_, i) => words[Math.floor(Math.abs(Math.sin(seed * 61 + i)) * words.length)]).join(' ')
  return Array.from({ length: 3_000 }, (_, i) => ({
    prompt: sentence(i),
    chosen: sentence(i + 0.3),
    rejected: sentence(i + 0.7)
  }))
}

async function jsonRate(file: string): Promise<number> {
  const lines = (await readFile(file, 'utf8')).split('\n', 30_000)
  let bytes = 0
  const start = performance.now()
  for (const line of lines) bytes += JSON.stringify(JSON.parse(line)).length
  return bytes / 1e3 / (performance.now() - start)
}

async function zstdRate(file: string): Promise<number> {
  const bytes = (await readFile(file)).subarray(0, 40 * BATCH_BYTES)
  await compress(bytes.subarray(0, BATCH_BYTES))
  const start = performance.now()
  for (let at = 0; at < bytes.length; at += BATCH_BYTES) await compress(bytes.subarray(at, at + BATCH_BYTES))
  return bytes.length / 1e3 / (performance.now() - start)
}

/** The most memory that a process of its own has while it shares. */
async function benchMemory(folder: string): Promise<Measurement[]> {
  const child = fileURLToPath(new URL('import-child.js', import.meta.url))
  const run = promisify(execFile)
  const peak = async (megabytes: number) => {
    const { stdout } = await run(process.execPath, [child, String(megabytes), join(folder, `memory ${megabytes}`)])
    return Number(stdout)
  }
  const small = await peak(100)
  const large = await peak(1_000)
  return [
    { name: 'memory to share 100 MB', value: small, unit: 'MB' },
    { name: 'memory to share 1 GB', value: large, unit: 'MB', ratio: large / small, against: 'memory to share 100 MB' }
  ]
}
