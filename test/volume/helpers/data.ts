import { VolumeFault, type FaultCode } from '../../../lib/volume/faults.js'
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
  const draft: Draft = { id: newDraftId(), path, batches: 0, records: 0, rawBytes: 0, wireBytes: 0, contentHash: '' }
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

/** A block with this frame, whatever its payload holds. */
export function frameOf(records: number, rawLength: number, payload: Buffer): Buffer {
  const head = Buffer.from([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32LE(records, 2)
  head.writeUInt32LE(rawLength, 6)
  return Buffer.concat([head, payload])
}

/** A zstd frame as our encoder writes it, with another content size in its header. */
export function withDeclared(frame: Buffer, contentSize: number): Buffer {
  const lie = Buffer.from(frame)
  lie.writeUInt32LE(contentSize, 6)
  return lie
}

/** A zstd frame of a header, behind the magic, and blocks: each the number of its three bytes, and what follows. */
export function zstdFrame(header: readonly number[], blocks: readonly (readonly [number, Buffer])[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header])]
  for (const [head, bytes] of blocks) {
    const number = Buffer.alloc(3)
    number.writeUIntLE(head, 0, 3)
    parts.push(number, bytes)
  }
  return Buffer.concat(parts)
}

/** A zstd block that holds its bytes as they are. */
export function storedBlock(bytes: Buffer, last: boolean): [number, Buffer] {
  return [(bytes.length << 3) | (last ? 1 : 0), bytes]
}

/** The code of the VolumeFault with which it fails; anything else is thrown on. */
export async function faultOf(failing: Promise<unknown>): Promise<FaultCode | null> {
  try {
    await failing
    return null
  } catch (error) {
    if (error instanceof VolumeFault) return error.code
    throw error
  }
}
