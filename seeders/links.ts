import { join } from 'node:path'
import { z } from 'zod'
import { formatLink, parseLink } from '../lib/dataset/link.js'
import { VdataError } from '../lib/errors.js'
import { readJson, writeJson } from '../lib/files.js'

const kept = z.object({ version: z.literal(1), links: z.array(z.string()) })

/**
 * Adds links to those that this seeder was told before.
 * @throws VdataError NOTHING_TO_SEED where there are none.
 */
export async function rememberLinks(directory: string, links: readonly string[]): Promise<string[]> {
  const path = join(directory, 'seed.json')
  const before = kept.safeParse(await readJson(path))
  const known = new Set(before.success ? before.data.links : [])
  for (const link of links) known.add(formatLink(parseLink(link).key))
  if (known.size === 0) {
    throw new VdataError(
      'config',
      'NOTHING_TO_SEED',
      'No dataset was named to seed.',
      'Name one: `vdata seed vdata://…`; from then on `vdata seed` alone goes on with it.'
    )
  }
  if (links.length > 0) await writeJson(path, { version: 1, links: [...known] })
  return [...known]
}
