import { formatKey } from '../../lib/dataset/link.js'
import type { Moderator } from '../../lib/dataset/moderator.js'

/** What must never be: volumes without their verdict, listed twice, without their blocks, or both decided and waiting. */
export async function contradictions({ index, curation }: Moderator): Promise<string[]> {
  const wrong: string[] = []
  const listed = await index.volumes()
  const ids = new Set(listed.map(({ id }) => id))
  for (const { id, key } of listed) {
    if (formatKey(key) !== id) wrong.push(`${id}: another key`)
    if ((await index.verdict(id))?.status !== 'accepted') wrong.push(`${id}: listed without a verdict`)
    const core = await curation.volume(id)
    if (core.length === 0 || core.contiguousLength !== core.length) wrong.push(`${id}: listed without its blocks`)
    await core.close()
  }
  for (const { id, entry } of await index.verdicts()) {
    if (entry.status === 'accepted' && !ids.has(id)) wrong.push(`${id}: accepted and not listed`)
  }
  const times = new Map<string, number>()
  for await (const { key } of index.history()) times.set(key, (times.get(key) ?? 0) + 1)
  for (const [key, count] of times)
    if (count > 1 && /^(volume|verdict)\//.test(key)) wrong.push(`${key}: ${count} times`)
  return wrong
}
