import { encodeBatch } from '../../../lib/volume/frame.js'
import type { SealInfo } from '../../../lib/volume/seal.js'
import { newDraftId, type Draft } from '../../../lib/volume/seal.js'
import { SpoolWriter } from '../../../lib/volume/spool.js'

export const INFO: SealInfo = {
  contributor: { publicKey: 'y'.repeat(52), name: 'Ada' },
  license: 'CC0-1.0',
  created_at: '2026-01-31T12:00:00Z',
  tool: 'test'
}

/** JSON Lines, as a batch holds them. */
export function jsonLines(records: readonly object[]): Buffer {
  return Buffer.from(records.map((record) => JSON.stringify(record) + '\n').join(''))
}

/** `count` text records that differ from each other; `rest` goes into each. */
export function texts(count: number, rest: object = {}): { kind: 'text'; text: string }[] {
  return Array.from({ length: count }, (_, i) => ({ kind: 'text', text: `This is text number ${i}.`, ...rest }))
}

/** A draft with these batches, each a list of records. */
export async function draftOf(path: string, batches: readonly (readonly object[])[]): Promise<Draft> {
  const spool = await SpoolWriter.create(path)
  const draft: Draft = { id: newDraftId(), path, batches: 0, records: 0, rawBytes: 0, wireBytes: 0 }
  for (const records of batches) {
    const raw = jsonLines(records)
    const block = await encodeBatch(raw, records.length)
    await spool.append(block)
    draft.batches++
    draft.records += records.length
    draft.rawBytes += raw.length
    draft.wireBytes += block.length
  }
  await spool.finish()
  return draft
}
