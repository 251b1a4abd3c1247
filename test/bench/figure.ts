import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** One line of what a benchmark found. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** The value as a multiple of `against`, which ran beside it. */
  ratio?: number
  against?: string
  /** What is asked of the ratio, or, where there is none, of the value. */
  target?: { least: number } | { most: number }
  note?: string
}

/** What a benchmark needs and this machine lacks. */
export class Skipped extends Error {}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** Runs something, and says how many seconds it took. */
export async function seconds<T>(run: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const started = performance.now()
  const result = await run()
  return [(performance.now() - started) / 1000, result]
}

export const MB = 1e6

/**
 * Writes to the disk what is still to be written, whoever left it there: what runs next would wait for it, or share the
 * disk with it.
 */
export async function settleDisk(): Promise<void> {
  await promisify(execFile)('sync').catch(() => {})
}
