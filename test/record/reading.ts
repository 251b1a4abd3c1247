import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRecords, type ReadOptions, type ReadRecord, type Refusal, type Source } from '../../lib/record/read.js'
import { checkRecord } from '../../lib/record/schema.js'

export interface Everything {
  records: ReadRecord[]
  refused: Refusal[]
  bytes: number
}

/** Reads a source to its end, and makes sure that what is to be stored is what was read. */
export async function readAll(source: string | Source, options?: ReadOptions): Promise<Everything> {
  const all: Everything = { records: [], refused: [], bytes: 0 }
  for await (const { records, refused, bytes } of readRecords(source, options)) {
    for (const read of records) {
      const { problem } = checkRecord(JSON.parse(read.json))
      if (problem !== undefined) throw new Error(`${problem} in ${read.json.slice(0, 200)}`)
      if (JSON.stringify(read.record) !== read.json) throw new Error(`another record than ${read.json.slice(0, 200)}`)
    }
    all.records.push(...records)
    all.refused.push(...refused)
    if (bytes < all.bytes) throw new Error('bytes went back')
    all.bytes = bytes
  }
  return all
}

/** A stream that hands out its bytes in pieces of a given size. */
export function inPieces(content: string | Uint8Array, size: number, name = '-'): Source {
  const bytes = Buffer.from(content)
  async function* stream() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  return { name, stream: stream() }
}

/** Writes a file into a test's own folder. */
export function file(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The texts of text records, by the line on which they stood. */
export function texts({ records }: Everything): [line: number, text: string][] {
  return records.map(({ line, record }) => [line, record.kind === 'text' ? record.text : JSON.stringify(record)])
}

export function reasons({ refused }: Everything): [line: number, reason: string][] {
  return refused.map(({ line, reason }) => [line, reason])
}
