import { z } from 'zod'
import { defineCheck } from '../types.js'
import { percent, similarityOption } from './duplicates.js'

const options = z.strictObject({ similarity: similarityOption })

/** The same or almost the same content as a record that the dataset has. */
export const datasetDuplicates = defineCheck({
  name: 'dataset_duplicates',
  version: 1,
  cost: 'cheap',
  needs: 'dataset',
  codes: { dataset_duplicate: 'refuse', dataset_near_duplicate: 'warn' },
  options,
  prepare(set, { inDataset }) {
    if (!inDataset) return () => {}
    return (sample, report) => {
      const match = inDataset(sample, set.similarity)
      if (!match) return
      const place = `${match.volume}/${match.record}`
      report(
        match.exact
          ? { code: 'dataset_duplicate', detail: place }
          : { code: 'dataset_near_duplicate', detail: `${place}, ${percent(match.similarity)}` }
      )
    }
  }
})
