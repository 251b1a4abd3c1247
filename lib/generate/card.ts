import { writeFile, rename } from 'node:fs/promises'
import { summaryMarkdown } from '../bias/render/summary.js'
import type { GenerateResult } from './generate.js'
import { languageYaml, licenseYaml, markdownTable, sizeCategory, yamlList } from '../card.js'
import { canonical } from '../record/canonical.js'
import { RUN_KEYS } from './recipe/schema.js'
import type { Plan } from './recipe/plan.js'

/** Writes the dataset card beside the output: what it is, where it comes from, what was left out, and the recipe. */
export async function writeCard(plan: Plan, result: GenerateResult): Promise<void> {
  const temporary = `${result.files.card}.${process.pid}.tmp`
  await writeFile(temporary, cardText(plan, result))
  await rename(temporary, result.files.card)
}

/** The card, Markdown with the YAML that Hugging Face reads. */
export function cardText({ recipe, notes }: Plan, result: GenerateResult): string {
  const { records, dropped, flagged, balance, topics, estimate, bias } = result
  const yaml = [
    '---',
    ...licenseYaml(recipe.license === undefined ? [] : [recipe.license]),
    ...languageYaml(recipe.language === undefined ? [] : [recipe.language]),
    ...yamlList('size_categories', [sizeCategory(records)]),
    ...yamlList('tags', ['synthetic', 'vdata']),
    '---'
  ]
  const facts: [string, string][] = [
    ['Records', String(records)],
    ['Kind', recipe.kind],
    ['Provider', [recipe.provider, recipe.model, recipe.base_url].filter((part) => part !== undefined).join(', ')],
    ['Licence', recipe.license ?? 'not stated'],
    [
      'Tokens in, out',
      recipe.provider === 'template' ? 'none: written by templates' : `${result.inputTokens}, ${result.outputTokens}`
    ],
    ['Cost', result.spent === null ? 'unknown' : `$${result.spent.toFixed(4)}${result.unpriced > 0 ? ' at most' : ''}`],
    ['Energy', energyText(result)],
    ['Recipe', `\`${result.recipe}\``],
    ['Seed', String(recipe.seed)]
  ]
  const content = Object.fromEntries(
    Object.entries(recipe).filter(([key, value]) => value !== undefined && !RUN_KEYS.has(key))
  )
  return [
    ...yaml,
    '',
    `# ${result.files.output.split(/[\\/]/).at(-1)}`,
    '',
    'Synthetic training data, generated with [vdata](https://www.npmjs.com/package/vdata).',
    ...(result.ended ? ['', `**Not complete:** ${result.ended.message}`] : []),
    '',
    ...markdownTable(['', ''], facts),
    ...section('Balance', 'Records for each member of the balanced groups.', ['Member', 'Records'], balance),
    ...section('Topics', '', ['Topic', 'Records'], topics),
    ...section(
      'Left out',
      'Answers that were not kept, by reason; they are in the dropped file.',
      ['Reason', 'Count'],
      dropped
    ),
    ...section(
      'Flagged',
      'Records with what looks like personal data; `extra.pii` names it.',
      ['Kind', 'Records'],
      flagged
    ),
    ...(bias
      ? ['', '## Bias', '', summaryMarkdown(bias), '', 'Zero is best. What is behind the figures: `vdata bias`.']
      : []),
    ...(notes.length > 0 ? ['', '## Notes', '', ...notes.map((note) => `- ${note}`)] : []),
    ...(estimate.price ? ['', `Prices: ${estimate.price.source}, as of ${estimate.price.as_of}.`] : []),
    '',
    '## Recipe',
    '',
    '```json',
    JSON.stringify(JSON.parse(canonical(content)), null, 2),
    '```',
    ''
  ].join('\n')
}

function energyText({ estimate, counters }: GenerateResult): string {
  const { energy, requests } = estimate
  if (!energy || requests === 0) return 'unknown'
  const share = counters.sent / requests
  const carbon = energy.grams === null ? 'carbon unknown' : `${(energy.grams * share).toFixed(2)} g CO2e`
  return `about ${(energy.wattHours * share).toFixed(2)} Wh, ${carbon} in the last run (${energy.source})`
}

function section(
  title: string,
  text: string,
  head: [string, string],
  counts: { [name: string]: number | undefined }
): string[] {
  const rows = Object.entries(counts).map(([name, count]): [string, string] => [name, String(count)])
  if (rows.length === 0) return []
  return ['', `## ${title}`, '', ...(text === '' ? [] : [text, '']), ...markdownTable(head, rows)]
}
