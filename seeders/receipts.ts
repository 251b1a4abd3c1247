import { appendFile, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../lib/errors.js'
import { parseJsonLines } from '../lib/files.js'

const receipt = z.object({
  at: z.iso.datetime(),
  /** Public key of the seeder, key of the volume, z-base-32. */
  seeder: z.string().max(52),
  volume: z.string().max(52),
  block: z.number().int().nonnegative(),
  /** Its size. */
  bytes: z.number().int().nonnegative().default(0),
  /** Milliseconds until it came and had proved itself; null where it did not. */
  ms: z.number().nonnegative().nullable(),
  problem: z.string().max(200).nullable()
})

/** One block that a seeder was asked for. */
export type Receipt = z.infer<typeof receipt>

/** So much of a file's end is read: some thousand receipts. */
const TAIL = 1024 * 1024

/** What seeders of a dataset answered to audits: a line each in `<home>/audits/<index>.jsonl`. */
export class Receipts {
  private readonly folder: string
  private readonly path: string

  /** @param index the key of the dataset's index, z-base-32 */
  constructor(home: string, index: string) {
    this.folder = join(home, 'audits')
    this.path = join(this.folder, `${index}.jsonl`)
  }

  async append(receipts: readonly Receipt[]): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    await appendFile(this.path, receipts.map((each) => JSON.stringify(each) + '\n').join(''))
  }

  /** The latest of them, in order; lines that are none (of a process that was killed while it wrote) are passed over. */
  async latest(): Promise<Receipt[]> {
    return parseJsonLines(await this.tail(), receipt)
  }

  private async tail(): Promise<string> {
    try {
      const file = await open(this.path)
      try {
        const { size } = await file.stat()
        const from = Math.max(0, size - TAIL)
        const buffer = Buffer.alloc(size - from)
        await file.read(buffer, 0, buffer.length, from)
        return buffer.toString()
      } finally {
        await file.close()
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    }
  }
}
