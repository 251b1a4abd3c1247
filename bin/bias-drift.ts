import type { Comparison } from '../lib/bias/compare.js'

/** What two states' figures of bias differ by: what is more than noise, and a sentence on all. */
export function driftLines({ differences, sentence }: Comparison, title: string): string[] {
  const real = differences.filter(({ more_than_noise: is }) => is).map((each) => `  ${each.sentence}`)
  return [`${title}: ${sentence}`, ...real]
}
