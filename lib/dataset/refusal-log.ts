import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../errors.js'

const entry = z.object({
  at: z.string().max(30),
  code: z.string().max(64),
  address: z.string().max(64),
  contributor: z.string().max(64),
  offers: z.number().int().positive()
})
/** Offers that were turned away, at about the same time, for the same reason, from the same address. */
export type Refused = z.infer<typeof entry>

/** How often what was noted is written. */
const PAUSE = 5_000
/** Different lines that are kept in memory until then; what is more is added up under no address. */
const MAX_PENDING = 1_000
/** A file is not larger; one that is full becomes the older one of two. */
const MAX_BYTES = 1024 * 1024

/**
 * What was turned away at the door and never became part of the index: bounded in memory and on disk whatever comes, because
 * a flood of offers must not become a flood of lines.
 */
export class RefusalLog {
  private readonly path: string
  private readonly onWrite: (refused: readonly Refused[]) => void
  private readonly pending = new Map<string, Refused>()
  private timer: NodeJS.Timeout | null = null
  private writing: Promise<void> = Promise.resolve()

  constructor(path: string, onWrite: (refused: readonly Refused[]) => void = () => {}) {
    this.path = path
    this.onWrite = onWrite
  }

  note(code: string, address: string, contributor = ''): void {
    const key = `${code} ${address} ${contributor}`
    const known = this.pending.get(key)
    if (known) known.offers++
    else if (this.pending.size >= MAX_PENDING && address !== '') return this.note(code, '')
    else this.pending.set(key, { at: new Date().toISOString(), code, address, contributor, offers: 1 })
    this.timer ??= setTimeout(() => void this.flush(), PAUSE).unref()
  }

  /** Writes what was noted. What can't be written is lost, and nothing else. */
  flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    const refused = [...this.pending.values()]
    this.pending.clear()
    if (refused.length > 0) {
      this.writing = this.writing.then(() => this.write(refused)).catch(() => {})
      this.onWrite(refused)
    }
    return this.writing
  }

  /** The latest entries, the oldest of them first, with what was not written yet. */
  async recent(): Promise<Refused[]> {
    await this.flush()
    const texts = await Promise.all([older(this.path), this.path].map(readText))
    return texts.flatMap((text) => text.split('\n').filter(Boolean).flatMap(parse))
  }

  private async write(refused: readonly Refused[]): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true })
    const text = refused.map((each) => JSON.stringify(each) + '\n').join('')
    if ((await sizeOf(this.path)) + text.length > MAX_BYTES)
      await rename(this.path, older(this.path)).catch(ignoreAbsent)
    await appendFile(this.path, text.slice(0, MAX_BYTES))
  }
}

/** How many offers were turned away, by reason, the most frequent first. */
export function countRefused(refused: readonly Refused[]): { [code: string]: number } {
  const counts = new Map<string, number>()
  for (const { code, offers } of refused) counts.set(code, (counts.get(code) ?? 0) + offers)
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]))
}

function parse(line: string): Refused[] {
  try {
    const parsed = entry.safeParse(JSON.parse(line))
    return parsed.success ? [parsed.data] : []
  } catch {
    // The process was killed while it wrote this line.
    return []
  }
}

function older(path: string): string {
  return `${path}.1`
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    ignoreAbsent(error)
    return ''
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0
  )
}

function ignoreAbsent(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
