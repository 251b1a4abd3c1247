import { checkFields, sizeProblem } from '../record/schema.js'
import type { TrainingRecord } from '../record/types.js'
import { VolumeFault } from './faults.js'
import { splitLines, type Batch } from './frame.js'

/** The record that a line of a batch holds; throws a VolumeFault. */
export function parseRecord(line: string): TrainingRecord {
  const tooLong = sizeProblem(line)
  if (tooLong !== undefined) throw new VolumeFault('BAD_RECORD', `${tooLong}.`)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new VolumeFault('NOT_JSON', 'the line is not JSON.', {}, { cause })
  }
  const { record, problem } = checkFields(value)
  if (!record) throw new VolumeFault('BAD_RECORD', `${problem}.`)
  return record
}

/** All records of a batch, or a VolumeFault that says which of them is none. */
export function parseRecords({ raw, index }: Batch & { index: number }): TrainingRecord[] {
  return splitLines(raw).map((line, record) => {
    try {
      return parseRecord(line)
    } catch (error) {
      throw error instanceof VolumeFault ? error.at({ block: index + 1, record }) : error
    }
  })
}
