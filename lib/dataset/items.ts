import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import c from 'compact-encoding'
import { z } from 'zod'
import { readJson, writeJson } from '../files.js'
import { offerEncoding, type Offer } from '../network/inbox/offer.js'

/** An offer that was taken, and how far its volume is. */
export interface IntakeItem {
  /** The volume's key, z-base-32. */
  id: string
  offer: Offer
  state: 'waiting' | 'complete' | 'failed'
  received_at: string
  problem: string | null
  /** The address of the connection that offered it first; empty where it is not known. */
  address: string
}

const itemFile = z.object({
  offer: z.string().max(4096).transform(tryOffer),
  state: z.enum(['waiting', 'complete', 'failed']),
  received_at: z.string(),
  problem: z.string().nullable(),
  address: z.string().max(64).default('')
})

/** Keeps items, a small file each, so that one that is being written cannot damage another. */
export class ItemFiles {
  private readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  async list(): Promise<IntakeItem[]> {
    await mkdir(this.directory, { recursive: true })
    const items: IntakeItem[] = []
    for (const file of await readdir(this.directory)) {
      if (!file.endsWith('.json')) continue
      const parsed = itemFile.safeParse(await readJson(join(this.directory, file)))
      if (parsed.success) items.push({ id: file.slice(0, -'.json'.length), ...parsed.data })
    }
    return items.sort((a, b) => (a.received_at < b.received_at ? -1 : 1))
  }

  async save({ id, offer, ...rest }: IntakeItem): Promise<void> {
    await writeJson(this.path(id), { ...rest, offer: encodeOffer(offer) })
  }

  async remove({ id }: IntakeItem): Promise<void> {
    await rm(this.path(id), { force: true })
  }

  private path(id: string): string {
    return join(this.directory, `${id}.json`)
  }
}

/** An offer as text, for files. */
export function encodeOffer(offer: Offer): string {
  return c.encode(offerEncoding, offer).toString('hex')
}

export function decodeOffer(text: string): Offer {
  return c.decode(offerEncoding, Buffer.from(text, 'hex'))
}

function tryOffer(text: string, context: z.RefinementCtx): Offer {
  try {
    return decodeOffer(text)
  } catch {
    context.addIssue('not an offer')
    return z.NEVER
  }
}
