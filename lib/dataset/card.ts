import { languageYaml, licenseYaml, markdownTable, plain, quoted, sizeCategory, yamlList } from '../card.js'
import type { Description } from './describe.js'
import type { FacetCounts } from './entries.js'

/** Values of a facet, contributors, and codes that a card lists. */
const LISTED = 50

/** A release's card, or one of the newest state: Markdown with the YAML that Hugging Face reads. */
export function cardText(state: Description): string {
  return [...frontMatter(state), '', ...introduction(state), ...contents(state), ...quality(state), ''].join('\n')
}

function frontMatter({ facts }: Description): string[] {
  const { dataset, facets, licenses, records } = facts
  return [
    '---',
    `pretty_name: ${quoted(dataset.title || dataset.name)}`,
    ...licenseYaml(Object.keys(licenses).sort()),
    ...languageYaml(valuesOf(facets, 'language')),
    'task_categories:',
    '- text-generation',
    ...['annotations_creators', 'language_creators'].flatMap((name) => yamlList(name, ['machine-generated'])),
    ...yamlList('source_datasets', ['original']),
    ...yamlList('size_categories', [sizeCategory(records)]),
    ...yamlList('tags', ['synthetic', 'vdata']),
    '---'
  ]
}

function introduction({ link, hash, facts, release }: Description): string[] {
  const { dataset, index, purged_since: purged } = facts
  const lines = [`# ${plain(dataset.title || dataset.name)}${release ? `, release ${release.name}` : ''}`, '']
  if (dataset.description) lines.push(plain(dataset.description), '')
  if (release?.notes) lines.push(plain(release.notes), '')
  lines.push(
    'Synthetic training text, given by the people below and kept by volunteers. Get it with',
    '',
    '```sh',
    `vdata pull data.jsonl --from ${link}`,
    '```',
    '',
    release
      ? `A release is one exact state: everybody gets the same files. It is the index of ${index} entries`
      : `This is the dataset as it was with an index of ${index} entries`,
    `with the tree hash \`${hash}\`${release ? `, named on ${release.at.slice(0, 10)}` : ''}.`
  )
  if (release?.jsonl) {
    const { sha256, bytes } = release.jsonl
    lines.push('', `The file that this command writes had ${bytes} bytes and the SHA-256 \`${sha256}\`.`)
  }
  if (purged > 0) {
    lines.push(
      `Since then ${purged} of its records were purged: nobody can have them any more, and the files lack them.`
    )
  }
  return lines
}

function contents({ facts, contributors, made }: Description): string[] {
  const { records, dropped, raw_bytes, volumes, facets, licenses, verdicts } = facts
  const rows = [
    ['Records', String(records)],
    ['Text', `${raw_bytes} bytes of JSON Lines`],
    ['Volumes', String(volumes)],
    ['Contributors', String(contributors.length)],
    ...(made ? [['Made', `${day(made.from)} to ${day(made.to)}`]] : []),
    ['Taken out again', `${dropped} records`],
    ['Volumes refused', String(verdicts.rejected)]
  ]
  const lines = ['', '## What it holds', '', ...markdownTable(['', ''], rows)]
  lines.push(...section('Licences', ['Licence', 'Records'], sorted(licenses)))
  for (const facet of ['kind', 'topic', 'language', 'model', 'provider', 'tags']) {
    const { values = {}, other = 0 } = facets[facet] ?? {}
    if (Object.keys(values).length > 0) lines.push(...section(titled(facet), ['', 'Records'], sorted(values, other)))
  }
  const givers = contributors.map(({ key, name, records: given }) => [name || 'unnamed', key, String(given)])
  return [...lines, ...section('Contributors', ['Name', 'Key', 'Records'], givers)]
}

function quality({ facts, bias }: Description): string[] {
  const found = sorted(facts.check)
  const lines = ['', '## Checks', '']
  if (found.length === 0) lines.push('The checks found nothing to note, or did not run.')
  else {
    lines.push(
      'What the checks found in the volumes when they were accepted, by reason code (dropped records among them).',
      ...section('', ['Code', 'Records'], found)
    )
  }
  if (bias.length > 0) {
    const rows = bias.map(({ label, value, low, high, texts }) => [
      label,
      value.toFixed(4),
      `${low.toFixed(4)} to ${high.toFixed(4)}`,
      String(texts)
    ])
    lines.push(
      ...section('Bias', ['Figure', 'Value', '95 % interval', 'Texts'], rows),
      '',
      'Zero is best. What is behind the figures: `vdata bias`.'
    )
  }
  return [
    ...lines,
    '',
    '## Before you use it',
    '',
    'The text was made by language models or templates: it can be wrong, and its authors are named by the columns `provider`,',
    '`model` and `terms`. Checks by machines miss things. Records that are dropped later leave the newest state, not this',
    'card; copies of what was purged may exist elsewhere.'
  ]
}

function section(title: string, head: string[], rows: string[][]): string[] {
  const rest = rows.length - LISTED
  return [
    '',
    ...(title ? [`## ${title}`, ''] : []),
    ...markdownTable(head, rows.slice(0, LISTED)),
    ...(rest > 0 ? ['', `and ${rest} more`] : [])
  ]
}

function sorted(counts: { [value: string]: number }, other = 0): string[][] {
  const rows = Object.entries(counts).sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1))
  return [...rows, ...(other > 0 ? [['others', other] as [string, number]] : [])].map(([a, n]) => [a, String(n)])
}

export function valuesOf(facets: FacetCounts, facet: string): string[] {
  return Object.keys(facets[facet]?.values ?? {}).sort()
}

function titled(facet: string): string {
  return facet === 'tags' ? 'Tags' : facet.charAt(0).toUpperCase() + facet.slice(1) + 's'
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
