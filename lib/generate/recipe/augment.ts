import { z } from 'zod'
import { parseMapping } from '../../record/mapping.js'
import { FORMATS } from '../../record/read.js'
import { messageOf } from '../../errors.js'
import { checkFacets, type Report } from './check.js'
import { describe } from './problems.js'

const text = (most: number) => z.string().min(1).max(most)

const seeds = z.union([
  text(4096).describe('Path of a file of records, relative to the recipe'),
  z.strictObject({
    file: text(4096),
    format: z.enum(FORMATS).optional().describe('Where the file name does not say it'),
    map: z.array(text(500)).max(100).optional().describe('field=column, as with --map'),
    limit: z.number().int().min(1).optional().describe('Only the first records')
  })
])

/** A recipe of provider `augment`: records that are there already, and their counterfactuals. */
export const augmentSchema = z.strictObject({
  $schema: z.string().max(4096).optional().describe('Where the JSON Schema of recipes is, for editors'),
  provider: z.literal('augment').describe('Writes the counterfactuals of records; needs no key'),
  data: z
    .union([seeds, z.array(seeds).min(1).max(100)])
    .optional()
    .describe('The records: files of any shape that vdata reads'),
  records: z.array(z.record(z.string(), z.unknown())).min(1).max(100_000).optional().describe('The records themselves'),
  originals: z
    .boolean()
    .default(true)
    .describe('Whether the records are written too, each before its counterfactual: together they are balanced'),
  names: z
    .boolean()
    .default(true)
    .describe('Whether first names are swapped as well; not where texts speak of real people'),
  count: z.number().int().min(1).max(10_000_000).optional().describe('Records to write at most; pairs are not split'),
  license: text(100).optional().describe('SPDX identifier, for records that name no licence'),
  topic: text(1000).optional().describe('For records without a topic'),
  language: text(35).optional().describe('BCP 47, for records that name no language')
})
export type AugmentRecipe = z.output<typeof augmentSchema>
export type AugmentRecipeInput = z.input<typeof augmentSchema>
export type Seeds = z.output<typeof seeds>

export function isAugment(recipe: { provider: string }): recipe is AugmentRecipe {
  return recipe.provider === 'augment'
}

export function checkAugment(recipe: AugmentRecipe, report: Report): void {
  checkFacets(recipe, report)
  if ((recipe.data === undefined) === (recipe.records === undefined)) {
    report(['data'], recipe.data === undefined ? 'nothing' : 'data and records', 'either data (files) or records')
  }
  if (recipe.originals && recipe.count === 1) {
    report(['count'], describe(recipe.count), 'at least 2: a record and its counterfactual')
  }
  for (const source of seedsOf(recipe)) {
    if (typeof source === 'string' || source.map === undefined) continue
    try {
      parseMapping(source.map)
    } catch (error) {
      report(['data', 'map'], describe(source.map.join(' ')), messageOf(error))
    }
  }
}

/** The files that a recipe names. */
export function seedsOf({ data }: AugmentRecipe): Seeds[] {
  if (data === undefined) return []
  return Array.isArray(data) ? data : [data]
}
