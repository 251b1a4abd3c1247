import { languageYaml, licenseYaml, plain, quoted, sizeCategory, yamlList } from '../../card.js'
import type { PullOptions } from '../options.js'
import type { Plan } from '../plan.js'
import type { DatasetState } from '../state.js'
import type { WrittenFile } from './sink.js'
import type { Content } from './target.js'

const MIT_HINT = 'https://spdx.org/licenses/'

/** The texts of a dataset folder: README.md with the card that Hugging Face reads, LICENSE and ATTRIBUTION.md. */
export function cardOf(options: PullOptions, content: Content, data: WrittenFile[]): { [name: string]: string } {
  return {
    'README.md': readme(options, content, data),
    LICENSE: licence(content),
    'ATTRIBUTION.md': attribution(content)
  }
}

/** How many records each licence, contributor or language has in the volumes of a plan, most first. */
export function sharesOf(plan: Plan, of: 'license' | 'contributor'): [string, number][] {
  const sums = new Map<string, number>()
  for (const { volume, batches } of plan.volumes) {
    const records = batches.reduce((sum, batch) => sum + batch.records, 0)
    sums.set(volume.entry[of], (sums.get(volume.entry[of]) ?? 0) + records)
  }
  return [...sums].sort(([, a], [, b]) => b - a)
}

/** The values of a facet in the volumes of a plan. */
export function facetValuesOf(plan: Plan, facet: string): string[] {
  const values = new Set<string>()
  for (const { volume } of plan.volumes) {
    for (const value of Object.keys(volume.entry.facets[facet]?.values ?? {})) values.add(value)
  }
  return [...values].sort()
}

export function splitsOf(data: readonly WrittenFile[]): Map<string, WrittenFile[]> {
  const splits = new Map<string, WrittenFile[]>()
  for (const file of data) {
    const split = /^data\/(.+)-\d{5}-of-\d{5}\.parquet$/.exec(file.path)?.[1] ?? 'train'
    splits.set(split, [...(splits.get(split) ?? []), file])
  }
  return splits
}

function readme(options: PullOptions, { state, plan }: Content, data: WrittenFile[]): string {
  const records = data.reduce((sum, file) => sum + file.records, 0)
  const bytes = data.reduce((sum, file) => sum + file.bytes, 0)
  const licenses = sharesOf(plan, 'license').map(([id]) => id)
  const splits = [...splitsOf(data)]
  const yaml = [
    '---',
    `pretty_name: ${quoted(state.title || state.name)}`,
    ...licenseYaml(licenses, 'LICENSE'),
    ...languageYaml(facetValuesOf(plan, 'language')),
    ...yamlList('tags', ['synthetic', 'vdata']),
    ...yamlList('size_categories', [sizeCategory(records)]),
    'dataset_info:',
    '  splits:',
    ...splits.flatMap(([split, files]) => [
      `  - name: ${split}`,
      `    num_examples: ${files.reduce((sum, file) => sum + file.records, 0)}`
    ]),
    `  download_size: ${bytes}`,
    'configs:',
    '- config_name: default',
    '  data_files:',
    ...splits.flatMap(([split]) => [`  - split: ${split}`, `    path: data/${split}-*.parquet`]),
    '---'
  ]
  return yaml.join('\n') + '\n\n' + body(options, state, records, licenses, plan)
}

function body(options: PullOptions, state: DatasetState, records: number, licenses: string[], plan: Plan): string {
  const asked = options.sql ?? options.where?.map(({ field, values }) => `${field} = ${values.join(' or ')}`).join(', ')
  const link = `vdata://${state.index}${state.release === undefined ? '' : `/${state.release}`}`
  const lines = [
    `# ${plain(state.title || state.name)}`,
    '',
    ...(state.description ? [plain(state.description), ''] : []),
    `${records} records of synthetic training text, pulled from ${link} (index of ${state.length} entries, tree hash`,
    `\`${state.hash}\`). Everyone who pulls this state gets the same files.`,
    '',
    ...(asked ? ['It is the part of the dataset that this asks for:', '', fenced(asked), ''] : []),
    '```python',
    'from datasets import load_dataset',
    'data = load_dataset("path/to/this/folder")',
    '```',
    '',
    '## Licence and origin',
    '',
    `Licences: ${licenses.map(plain).join(', ') || 'none'}; each record names its own where the column \`license\` is kept.`,
    `Given by ${sharesOf(plan, 'contributor').length} contributors: see ATTRIBUTION.md. The text was made by language models: the`,
    'columns `provider`, `model` and `terms` say which, and under which terms.'
  ]
  return lines.join('\n') + '\n'
}

function licence({ plan }: Content): string {
  const lines = sharesOf(plan, 'license').map(
    ([id, records]) => `${plain(id)}: ${records} records (${MIT_HINT}${spdx(id)})`
  )
  return `Each record is under the licence that it was given with.\n\n${lines.join('\n')}\n`
}

function attribution({ state, plan }: Content): string {
  const rows = sharesOf(plan, 'contributor').map(([id, records]) => {
    return `| ${plain(state.names.get(id) || 'unnamed').replaceAll('|', '/')} | \`${id}\` | ${records} |`
  })
  return ['# Contributors', '', '| name | key | records |', '|---|---|---:|', ...rows].join('\n') + '\n'
}

function spdx(id: string): string {
  return encodeURIComponent(id.split(' ')[0] ?? '')
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return `${fence}sql\n${text}\n${fence}`
}
