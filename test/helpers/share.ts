import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assert } from 'brittle'
import { prepareShare } from '../../lib/dataset/prepare.js'
import type { Share } from '../../lib/dataset/shares.js'
import { Identity } from '../../lib/network/identity.js'

/** A new contributor with a share of these lines, prepared for a dataset and not yet offered. */
export async function preparedShare(
  t: Assert,
  link: string,
  lines: readonly string[]
): Promise<{ home: string; identity: Identity; share: Share }> {
  const home = await t.tmp()
  const identity = await Identity.load(home)
  const file = join(home, 'in.jsonl')
  await writeFile(file, lines.join('\n') + '\n')
  const { share } = await prepareShare({ home, identity, link, files: [file], name: '', read: {}, tool: 'test' })
  return { home, identity, share }
}
