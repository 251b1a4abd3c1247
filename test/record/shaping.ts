import { importRecord, parseMapping, toShape, type Shape } from '../../lib/record/shapes.js'
import type { TrainingRecord } from '../../lib/record/types.js'

export function imported(value: unknown, ...map: string[]): TrainingRecord {
  const { record, problem } = importRecord(value, map.length > 0 ? parseMapping(map) : undefined)
  if (!record) throw new Error(problem)
  return record
}

export function refused(value: unknown, ...map: string[]): string | undefined {
  return importRecord(value, map.length > 0 ? parseMapping(map) : undefined).problem
}

export function shaped(record: TrainingRecord, shape: Shape): unknown {
  const { value, reason } = toShape(record, shape)
  return value ?? reason
}
