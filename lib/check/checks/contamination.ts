import { z } from 'zod'
import { BENCHMARK_WORDS, SENTENCE_WORDS } from '../benchmarks.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({})

/**
 * Text of a benchmark: 12 words in a row, as datatrove's decontamination, or a whole sentence, because those of StereoSet and
 * CrowS-Pairs are shorter. Words are compared without case, marks and diacritics. Which benchmarks, the moderator says.
 */
export const contamination = defineCheck({
  name: 'contamination',
  version: 1,
  cost: 'cheap',
  needs: 'dataset',
  codes: { contamination: 'refuse' },
  options,
  prepare(_, { benchmarks, wordsOf }) {
    if (!benchmarks) return () => {}
    return (sample, report) => {
      const words = wordsOf(sample)
      const runs = words.shingles(BENCHMARK_WORDS)
      for (let i = 0; i < runs.length; i += 2) {
        const source = benchmarks.find(runs[i]!, runs[i + 1]!)
        if (source !== undefined) {
          report({ code: 'contamination', detail: `${BENCHMARK_WORDS} words of ${source}` })
          return
        }
      }
      for (const [first, count] of words.sentences()) {
        if (count < SENTENCE_WORDS || count >= BENCHMARK_WORDS) continue
        const [low, high] = words.shingleAt(first, count)
        const source = benchmarks.find(low!, high!)
        if (source !== undefined) {
          report({ code: 'contamination', detail: `a sentence of ${source}` })
          return
        }
      }
    }
  }
})
