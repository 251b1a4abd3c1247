import { join } from 'node:path'
import b4a from 'b4a'
import type Hypercore from 'hypercore'
import { z } from 'zod'
import { VdataError } from '../errors.js'
import { readJson, writeJson } from '../files.js'
import { formatKey } from './link.js'

const remembered = z.object({ length: z.number().int().positive(), hash: z.string().length(64), at: z.iso.datetime() })
export type Remembered = z.infer<typeof remembered>

/**
 * What this computer last saw of each index. An index only grows: one that is shorter, or that tells another story about
 * the part that was seen, is refused, whoever signed it.
 */
export class IndexMemory {
  private readonly folder: string

  constructor(home: string) {
    this.folder = join(home, 'indexes')
  }

  async recall(key: Buffer): Promise<Remembered | null> {
    const parsed = remembered.safeParse(await readJson(this.path(key)))
    return parsed.success ? parsed.data : null
  }

  /**
   * Compares the index with what was seen of it, and remembers it where it holds.
   *
   * @throws VdataError INDEX_BEHIND where the copy is shorter than one seen before, INDEX_DIFFERS where it contradicts it.
   */
  async check(core: Hypercore): Promise<void> {
    // One length from beginning to end: an index that is followed live grows while we look at it.
    const { length } = core
    const last = await this.recall(core.key)
    if (last && length < last.length) throw behind(core, last)
    if (last && b4a.toString(await core.treeHash(last.length), 'hex') !== last.hash) throw differs(core, last)
    if (length === 0 || length === last?.length) return
    const hash = b4a.toString(await core.treeHash(length), 'hex')
    await writeJson(this.path(core.key), { length, hash, at: new Date().toISOString() }, { shared: true })
  }

  private path(key: Buffer): string {
    return join(this.folder, `${formatKey(key)}.json`)
  }
}

function behind(core: Hypercore, last: Remembered): VdataError {
  return new VdataError(
    'verification',
    'INDEX_BEHIND',
    `The dataset's index ends at entry ${core.length}, but on ${last.at} this computer saw it with ${last.length} entries.`,
    'An index never gets shorter: wait for a peer that has the newer one, or ask the moderator what happened.'
  )
}

function differs(core: Hypercore, last: Remembered): VdataError {
  return new VdataError(
    'verification',
    'INDEX_DIFFERS',
    `The dataset's index contradicts what this computer saw of it on ${last.at} (${last.length} entries).`,
    `Do not use ${formatKey(core.key).slice(0, 8)}… until its moderator explains it: somebody rewrote its history.`
  )
}
