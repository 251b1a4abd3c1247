import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { rename } from 'node:fs/promises'
import { readRecords } from '../lib/record/read.js'
import { matches, parseWhere, type Where } from '../lib/record/where.js'
import { jsonLine } from '../lib/record/write.js'

/** Which records of a file are meant. */
export interface Part {
  where?: Where[]
  limit?: number
}

/** What people answer: `topic=law`, or a number. Throws a VdataError (usage) for anything else. */
export function parsePart(text: string): Part {
  return /^\d+$/.test(text.trim()) ? { limit: Number(text) } : { where: [parseWhere(text.trim())] }
}

/** Writes the chosen records of `file` to `target`. Returns how many there are. */
export async function writePart(file: string, target: string, { where = [], limit = Infinity }: Part): Promise<number> {
  const temporary = `${target}.${process.pid}.tmp`
  const stream = createWriteStream(temporary)
  const written = finished(stream)
  let count = 0
  for await (const { records } of readRecords(file)) {
    for (const { record } of records) {
      if (count >= limit || !matches(record, where)) continue
      stream.write(jsonLine(record))
      count++
    }
  }
  stream.end()
  await written
  await rename(temporary, target)
  return count
}
