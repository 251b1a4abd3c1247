// What the cards of generated, pulled and released data have in common: Markdown, with the YAML that Hugging Face reads.

/** A string of YAML: JSON is one. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** A list of YAML under a name; nothing where it is empty. */
export function yamlList(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name}:`, ...values.map((value) => `- ${quoted(value)}`)]
}

/** Outside text for one line of Markdown: it ends no line, draws nothing on a terminal and is no HTML. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').replace(/[<>]/g, '')
}

/** Rows as a table of Markdown; cells are outside text. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => plain(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)]
}

const SIZES: readonly [number, string][] = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [1e7, '1M<n<10M'],
  [1e8, '10M<n<100M'],
  [1e9, '100M<n<1B']
]

export function sizeCategory(records: number): string {
  return SIZES.find(([most]) => records < most)?.[1] ?? 'n>1B'
}

/** Licences that Hugging Face knows, by what its identifiers are in SPDX. */
const HUB_LICENSES: { readonly [spdx: string]: string } = {
  'odc-by-1.0': 'odc-by',
  'odbl-1.0': 'odbl',
  'pddl-1.0': 'pddl',
  'gpl-3.0-only': 'gpl-3.0',
  'gpl-3.0-or-later': 'gpl-3.0',
  'agpl-3.0-only': 'agpl-3.0',
  'agpl-3.0-or-later': 'agpl-3.0'
}
const SAME_ON_HUB =
  /^(apache-2\.0|mit|unlicense|cc0-1\.0|cc-by-(2\.0|2\.5|3\.0|4\.0)|cc-by-sa-(3\.0|4\.0)|cc-by-nc-(2\.0|3\.0|4\.0)|cc-by-nd-4\.0|cc-by-nc-nd-(3\.0|4\.0)|cc-by-nc-sa-(2\.0|3\.0|4\.0)|cdla-(permissive|sharing)-[12]\.0|bsd-[23]-clause)$/

/** The licences as Hugging Face takes them: one that it knows, or `other` with a name and a place to read on. */
export function licenseYaml(spdx: readonly string[], link = 'https://spdx.org/licenses/'): string[] {
  const [only = ''] = spdx
  const id = HUB_LICENSES[only.toLowerCase()] ?? only.toLowerCase()
  if (spdx.length === 1 && (SAME_ON_HUB.test(id) || Object.hasOwn(HUB_LICENSES, only.toLowerCase()))) {
    return [`license: ${id}`]
  }
  return ['license: other', `license_name: ${quoted(spdx.join(', ') || 'unknown')}`, `license_link: ${quoted(link)}`]
}

/** Languages as Hugging Face takes them: the language itself, and the whole tags where they say more. */
export function languageYaml(tags: readonly string[]): string[] {
  const languages = [...new Set(tags.map((tag) => tag.split('-')[0]!.toLowerCase()))].sort()
  const whole = tags.some((tag) => tag.includes('-')) ? tags : []
  return [...yamlList('language', languages), ...yamlList('language_bcp47', whole)]
}
