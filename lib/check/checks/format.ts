import { z } from 'zod'
import { KINDS } from '../../record/types.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({
  /** Kinds that the dataset takes; all where it is left out. */
  kinds: z.array(z.enum(KINDS)).min(1).optional(),
  /** Characters of all content fields together. */
  min_chars: z.number().int().min(0).default(1),
  max_chars: z
    .number()
    .int()
    .min(1)
    .default(1024 * 1024)
})

/**
 * Whether the dataset takes records of this kind and size. Whether it is a record at all was asked before: `format` is
 * reported by the runner, and then nothing else is.
 */
export const format = defineCheck({
  name: 'format',
  version: 2,
  cost: 'cheap',
  needs: 'record',
  codes: { format: 'refuse', kind: 'refuse', empty: 'refuse', too_short: 'refuse', too_long: 'refuse' },
  options,
  prepare(set) {
    const kinds = set.kinds && new Set(set.kinds)
    return ({ record, content, text }, report) => {
      if (kinds && !kinds.has(record.kind)) report({ code: 'kind', field: 'kind', detail: record.kind })
      for (const field of content) {
        // System messages may be left empty, and so may what an assistant says while it calls a tool.
        if (field.name === 'system' || record.kind === 'chat' || /\S/.test(field.text)) continue
        // Without one, the prompt of a preference is the beginning that both answers share.
        if (record.kind === 'preference' && field.name === 'prompt' && field.text === '') continue
        report({ code: 'empty', field: field.name })
      }
      if (record.kind === 'chat' && !content.some((field) => field.made && /\S/.test(field.text))) {
        report({ code: 'empty', field: 'messages', detail: 'no answer of an assistant' })
      }
      if (text.length < set.min_chars) report({ code: 'too_short', detail: `${text.length} characters` })
      if (text.length > set.max_chars) report({ code: 'too_long', detail: `${text.length} characters` })
    }
  }
})
