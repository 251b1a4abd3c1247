import { basename } from 'node:path'
import { changeMarkdown } from '../bias/render/summary.js'
import { languageYaml, licenseYaml, sizeCategory, yamlList } from '../card.js'
import { writeWhole } from '../files.js'
import { canonical } from '../record/canonical.js'
import type { AugmentResult } from './augment.js'
import type { AugmentRecipe } from './recipe/augment.js'
import type { LoadedRecipe } from './recipe/load.js'

/** Writes the card beside an augmented output: what it is made of, its bias before and after, the recipe. */
export async function augmentCard(
  { recipe }: LoadedRecipe<AugmentRecipe>,
  { files, read, counterfactuals, records, bias, recipe: hash }: AugmentResult
): Promise<void> {
  const { records: _inline, ...shown } = recipe
  const lines = [
    '---',
    ...licenseYaml(recipe.license === undefined ? [] : [recipe.license]),
    ...languageYaml(recipe.language === undefined ? [] : [recipe.language]),
    ...yamlList('size_categories', [sizeCategory(records)]),
    ...yamlList('tags', ['synthetic', 'vdata', 'counterfactual']),
    '---',
    '',
    `# ${basename(files.output)}`,
    '',
    `${records} records: the counterfactuals (tag "counterfactual") of ${counterfactuals} of ${read} records` +
      (recipe.originals ? ', each after its original.' : '.'),
    '',
    '## Bias',
    '',
    'Of the records that were read, and of those that were written.',
    '',
    changeMarkdown(bias.before, bias.after),
    '',
    '## Recipe',
    '',
    `\`${hash}\``,
    '',
    '```json',
    JSON.stringify(JSON.parse(canonical(shown)), null, 2),
    '```',
    ''
  ]
  await writeWhole(files.card, lines.join('\n'))
}
