import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { z } from 'zod'
import { codeOf } from './errors.js'

/** Reads a JSON file: undefined where there is none, null where its text is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  return parse(text)
}

/** What of a text's lines is JSON of this shape; a last line that a killed process cut off is passed over like any other. */
export function parseJsonLines<T>(text: string, shape: z.ZodType<T>): T[] {
  return text.split('\n').flatMap((line) => {
    const parsed = shape.safeParse(parse(line))
    return parsed.success ? [parsed.data] : []
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export interface WriteOptions {
  mode?: number
  /** Leaves a file that exists as it is. */
  exclusive?: boolean
  /** Several processes may write it at the same time: the last one wins, and none sees a mixture. */
  shared?: boolean
}

export async function writeJson(path: string, value: unknown, options: WriteOptions = {}): Promise<void> {
  await writeWhole(path, JSON.stringify(value, null, 2) + '\n', options)
}

/**
 * Writes a file so that whoever reads it, also after a crash or power loss, finds either what stood there before or all
 * of the new content: temporary file beside it, sync, rename, sync of the folder.
 */
export async function writeWhole(path: string, data: string | Buffer, options: WriteOptions = {}): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const several = options.shared || options.exclusive
  if (several) await removeOrphans(path)
  // A name that is the same each time: what a killed process left is taken over by the next one that writes.
  const temporary = several ? `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp` : `${path}.tmp`
  try {
    const file = await open(temporary, 'w', options.mode ?? 0o644)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    if (options.exclusive) await link(temporary, path).catch(ignoreExisting)
    else await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
}

/** Removes the temporary files of a target whose processes were killed. */
async function removeOrphans(path: string): Promise<void> {
  const start = `${basename(path)}.`
  for (const name of await readdir(dirname(path))) {
    const pid = name.startsWith(start) ? /^(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(start.length))?.[1] : undefined
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(dirname(path), name), { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Makes a rename in a folder durable. Some platforms cannot open folders; there the file system does it alone. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL'].includes(codeOf(error))) throw error
  }
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}
