import type { BenchComparison } from '../bench/compare.js'
import type { Comparison } from '../compare.js'
import { words } from '../figure-list.js'
import type { BiasReport } from '../report.js'
import {
  FIGURE_HEAD,
  OCCUPATION_HEAD,
  READING,
  WORD_HEAD,
  facetRows,
  figureRows,
  number,
  occupationRows,
  preamble,
  wordRows
} from './rows.js'

/** A report as Markdown, such as goes into a dataset's card. */
export function biasMarkdown(report: BiasReport, title = 'Bias'): string {
  const parts = [
    `# ${escape(title)}`,
    escape(preamble(report)),
    READING,
    markdownTable(FIGURE_HEAD, figureRows(report))
  ]
  for (const axis of Object.keys(report.axes)) {
    const rows = wordRows(report, axis)
    if (rows.length > 0) parts.push(`## ${escape(words(axis))}: words that lean most`, markdownTable(WORD_HEAD, rows))
  }
  const occupations = occupationRows(report)
  if (occupations.length > 0) {
    const group = words(report.pronouns?.group ?? '')
    parts.push(`## Occupations: share of ${escape(group)} pronouns`, markdownTable(OCCUPATION_HEAD, occupations))
  }
  for (const [facet, values] of Object.entries(report.facets)) {
    const { head, rows } = facetRows(values)
    if (rows.length > 0) parts.push(`## By ${escape(facet)}`, markdownTable(head, rows))
  }
  parts.push(`Source of the lexicon: ${escape(report.lexicon.source)}`)
  return parts.join('\n\n') + '\n'
}

export const COMPARISON_HEAD = [
  'figure',
  'before',
  'after',
  'difference',
  '95 % interval',
  'd',
  'p (Holm)',
  'texts'
] as const

export function comparisonRows({ differences }: Comparison): string[][] {
  return differences.map(
    ({ label, before, after, from, to, difference, low, high, effect_size: size, p_adjusted: p }) => [
      label,
      number(from),
      number(to),
      number(difference),
      `${number(low)} to ${number(high)}`,
      size.toFixed(2),
      p < 0.001 ? '< 0.001' : p.toFixed(3),
      `${before.texts} / ${after.texts}`
    ]
  )
}

export function comparisonMarkdown(comparison: Comparison, title = 'Bias, compared'): string {
  const real = comparison.differences
    .filter(({ more_than_noise: is }) => is)
    .map(({ sentence }) => `- ${escape(sentence)}`)
  return (
    [
      `# ${escape(title)}`,
      `${escape(comparison.sentence)} (${comparison.test} test)`,
      ...(real.length > 0 ? [real.join('\n')] : []),
      markdownTable(COMPARISON_HEAD, comparisonRows(comparison)),
      ...(comparison.not_compared.length > 0
        ? [`Too few texts on one side or both: ${escape(comparison.not_compared.join(', '))}.`]
        : [])
    ].join('\n\n') + '\n'
  )
}

export const BENCH_HEAD = ['figure', 'before', 'after', 'difference', '95 % interval', 'p', 'items'] as const

export function benchRows({ differences }: BenchComparison): string[][] {
  return differences.map(({ id, before, after, difference, low, high, p, count }) => [
    id,
    before.toFixed(2),
    after.toFixed(2),
    difference.toFixed(2),
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
    p < 0.001 ? '< 0.001' : p.toFixed(3),
    String(count)
  ])
}

export function benchMarkdown(comparison: BenchComparison): string {
  const overall = comparison.differences.filter(({ id }) => id.includes('.overall.'))
  return (
    [
      `# ${escape(comparison.before)} and ${escape(comparison.after)}`,
      overall.map(({ sentence }) => `- ${escape(sentence)}`).join('\n'),
      markdownTable(BENCH_HEAD, benchRows(comparison))
    ].join('\n\n') + '\n'
  )
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), `|${head.map((_, n) => (n === 0 ? ' --- ' : ' ---: ')).join('|')}|`, ...rows.map(line)].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(escape).join(' | ')} |`
}

/** Outside text in one line of Markdown: no markup, no HTML, no control characters. */
function escape(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').replace(/[\\`*_{}[\]<>#|~]/g, (char) => '\\' + char)
}
