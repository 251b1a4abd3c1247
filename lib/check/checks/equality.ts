import { z } from 'zod'
import { defineCheck } from '../types.js'

// Names of people's relations, and words such as "just" and "easy": right in most of the sentences that they stand in.
// prettier-ignore
const COMMON = [
  'her-him', 'he-she', 'herself-himself', 'hers-his', 'boy-girl', 'boys-girls', 'boyfriend-girlfriend', 'husband-wife',
  'husbands-wives', 'brother-sister', 'brothers-sisters', 'dad-mom', 'dads-moms', 'father-mother', 'fathers-mothers',
  'daughter-son', 'daughters-sons', 'aunt-uncle', 'aunts-uncles', 'niece-nephew', 'nieces-nephews', 'prince-princess',
  'king-queen', 'kings-queens', 'granddaughter-grandson', 'grandfather-grandmother', 'godfather-godmother',
  'stepbrother-stepsister', 'dame-lord', 'gal-guy', 'gals-man', 'gals-men', 'female-male', 'females-males', 'man-woman', 'men-women',
  'countess-count', 'hero-heroine', 'heroes-heroines', 'just', 'easy', 'simple', 'clearly', 'obvious', 'obviously',
  'everyone-knows', 'of-course', 'basically', 'straightforward', 'special', 'nuts', 'failed', 'host', 'hosts', 'execute', 'kill'
]

const options = z.strictObject({
  /** Rules of retext-equality that are not applied. */
  ignore: z.array(z.string().max(128)).max(1000).default(COMMON),
  /** Characters of each field that are looked at. */
  max_chars: z.number().int().min(1).default(8000)
})

/**
 * Wording that leaves people out or may hurt them, by retext-equality (the rules of alex). It parses sentences, which takes
 * milliseconds, and it is often wrong about what is meant: a warning on a sample.
 */
export const equality = defineCheck({
  name: 'equality',
  version: 1,
  cost: 'slow',
  needs: 'record',
  codes: { insensitive: 'warn' },
  options,
  async prepare(set) {
    const [{ unified }, { default: english }, { default: rules }] = await Promise.all([
      import('unified'),
      import('retext-english'),
      import('retext-equality')
    ])
    const { VFile } = await import('vfile')
    const ignored = new Set(set.ignore)
    const processor = unified().use(english).use(rules)
    return ({ record, content }, report) => {
      if (record.language !== undefined && !/^en(?:-|$)/i.test(record.language)) return
      for (const field of content) {
        const file = new VFile(field.text.slice(0, set.max_chars))
        processor.runSync(processor.parse(file), file)
        for (const message of file.messages) {
          if (message.ruleId === undefined || ignored.has(message.ruleId)) continue
          report({
            code: 'insensitive',
            field: field.name,
            detail: `${message.actual ?? ''} (${message.ruleId})`
          })
        }
      }
    }
  }
})
