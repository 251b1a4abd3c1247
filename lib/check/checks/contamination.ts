import { z } from 'zod'
import { sharedText } from '../benchmarks.js'
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
      const detail = sharedText(wordsOf(sample), benchmarks)
      if (detail !== undefined) report({ code: 'contamination', detail })
    }
  }
})
