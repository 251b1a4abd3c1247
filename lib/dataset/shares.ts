import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import z32 from 'z32'
import { z } from 'zod'
import { VdataError } from '../errors.js'
import { readJson, writeJson } from '../files.js'
import { MAX_APPEAL_BYTES } from '../network/inbox/offer.js'
import { verdictEntry } from './entries.js'

const count = z.number().int().nonnegative()

const sharedVolume = z.object({
  /** The volume's key, z-base-32. */
  id: z.string(),
  length: count,
  bytes: count,
  records: count,
  raw_bytes: count,
  /** A seeder or the moderator was seen with all of it. */
  held: z.boolean(),
  verdict: verdictEntry.nullable(),
  /** The contributor's words against a refusal: offered again with them, for a second and last verdict. */
  appeal: z.string().optional()
})
export type SharedVolume = z.infer<typeof sharedVolume>

const share = z.object({
  version: z.literal(1),
  id: z.string(),
  link: z.string(),
  sources: z.array(z.string()),
  license: z.string(),
  records: count,
  refused: count,
  /** Records that were left out because of their faults. */
  left_out: count.default(0),
  created_at: z.string(),
  volumes: z.array(sharedVolume).min(1)
})
/** What this computer gave, or is about to give, to a dataset: sealed, and kept here to be served. */
export type Share = z.infer<typeof share>

/** The shares of this home, a folder each: `share.json` beside the store with the volumes. It is there once they are sealed. */
export class ShareFiles {
  readonly folder: string

  constructor(home: string) {
    this.folder = join(home, 'shares')
  }

  directory(id: string): string {
    return join(this.folder, id)
  }

  async read(id: string): Promise<Share | null> {
    const parsed = share.safeParse(await readJson(join(this.directory(id), 'share.json')))
    return parsed.success ? parsed.data : null
  }

  async save(value: Share): Promise<void> {
    await writeJson(join(this.directory(value.id), 'share.json'), value)
  }

  /** Oldest first. */
  async list(): Promise<Share[]> {
    const names = await readdir(this.folder).catch(() => [])
    const shares = await Promise.all(names.map((name) => this.read(name)))
    return shares.filter((found) => found !== null).sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
  }
}

/** Whether nothing more can come of a share: every volume has its verdict. */
export function isDecided({ volumes }: Share): boolean {
  return volumes.every((volume) => volume.verdict !== null)
}

/**
 * Notes an appeal against the refusal of a volume; the next offer carries it.
 *
 * @param start the volume's key, or the start of it
 * @throws VdataError NOT_SHARED, NOT_REFUSED, APPEALED, APPEAL_TOO_LONG
 */
export async function appealVolume(files: ShareFiles, start: string, note: string): Promise<Share> {
  const shares = await files.list()
  const found = shares.flatMap((each) => each.volumes.map((volume) => ({ share: each, volume })))
  const [match, second] = found.filter(({ volume }) => volume.id.startsWith(start))
  if (!match || second) {
    const what = match ? 'More than one volume' : 'No volume'
    throw new VdataError(
      'usage',
      'NOT_SHARED',
      `${what} of yours begins with ${start}.`,
      '`vdata share --status` lists them.'
    )
  }
  const { volume } = match
  if (volume.appeal !== undefined || volume.verdict?.appealed) {
    throw new VdataError(
      'usage',
      'APPEALED',
      'This refusal was appealed before.',
      'There is one appeal: mend the file and share it anew.'
    )
  }
  if (volume.verdict?.status !== 'rejected') {
    throw new VdataError(
      'usage',
      'NOT_REFUSED',
      'This volume was not refused.',
      '`vdata share --status` says how it stands.'
    )
  }
  if (note === '' || Buffer.byteLength(note) > MAX_APPEAL_BYTES) {
    throw new VdataError(
      'usage',
      'APPEAL_TOO_LONG',
      `An appeal needs a note of 1 to ${MAX_APPEAL_BYTES} bytes.`,
      'Say with --note why the refusal is wrong.'
    )
  }
  Object.assign(volume, { verdict: null, held: false, appeal: note })
  await files.save(match.share)
  return match.share
}

/** Names a share by what is in it: the bytes of the files, and whatever decides what becomes of them. */
export async function shareId(paths: string[], settings: unknown, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const path of paths) {
    const file = createHash('sha256')
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 1024 * 1024 }))
      file.update(chunk as Buffer)
    hash.update(file.digest())
  }
  return z32.encode(hash.digest().subarray(0, 20))
}
