import type { StereoSetBench } from '../lib/bias/bench/run.js'
import type { CrowsResult } from '../lib/bias/bench/crows.js'
import type { Estimate } from '../lib/bias/bench/stereoset-score.js'
import type { Comparison } from '../lib/bias/compare.js'
import { COMPARISON_HEAD, comparisonRows } from '../lib/bias/render/markdown.js'
import {
  FIGURE_HEAD,
  OCCUPATION_HEAD,
  READING,
  TOO_FEW,
  facetRows,
  figureRows,
  occupationRows,
  preamble
} from '../lib/bias/render/rows.js'
import type { BiasReport } from '../lib/bias/report.js'
import { plural } from './format.js'
import { table } from './table.js'

/** A bias report for the terminal. */
export function biasTable(report: BiasReport): string {
  const rows = figureRows(report)
  const measured = rows.filter(([, value]) => value !== TOO_FEW)
  const few = rows.length - measured.length
  const parts = [preamble(report), table(measured, { head: FIGURE_HEAD, right: [1, 3, 4, 5] })]
  if (few > 0) parts.push(`${plural(few, 'figure')} more: ${TOO_FEW} texts. --markdown, --html and --json list them.`)
  const occupations = occupationRows(report)
  if (occupations.length > 0) {
    const head = [`${report.pronouns!.group} pronouns with`, ...OCCUPATION_HEAD.slice(1)]
    parts.push(table(occupations, { head, right: [1, 3, 4, 5] }))
  }
  for (const [facet, values] of Object.entries(report.facets)) {
    const { head, rows: side } = facetRows(values)
    if (side.length > 0) parts.push(table(side, { head: [`by ${facet}`, ...head.slice(1)] }))
  }
  return [...parts, READING].join('\n\n')
}

export function comparisonTable(comparison: Comparison): string {
  const real = comparison.differences.filter(({ more_than_noise: is }) => is).map(({ sentence }) => sentence)
  const rows = comparisonRows(comparison)
  return [table(rows, { head: COMPARISON_HEAD, right: [1, 2, 3, 5, 6] }), ...real, comparison.sentence].join('\n')
}

const BENCH_HEAD = ['part', 'domain', 'LMS', 'SS', 'ICAT', 'triples', 'terms'] as const

export function stereoSetTable({ scores, not_comparable: notes }: StereoSetBench): string {
  const rows: string[][] = []
  for (const part of ['intrasentence', 'intersentence'] as const) {
    for (const [domain, { lms, ss, icat, count, terms }] of Object.entries(scores[part] ?? {})) {
      rows.push([part, domain, cell(lms), cell(ss), cell(icat), String(count), String(terms)])
    }
  }
  if (scores.intrasentence && scores.intersentence) {
    const { lms, ss, icat, count, terms } = scores.overall
    rows.push(['both', 'overall', cell(lms), cell(ss), cell(icat), String(count), String(terms)])
  }
  const remarks = Object.entries(notes).map(
    ([part, why]) => `${part} is not comparable with published figures: ${why}.`
  )
  return [table(rows, { head: BENCH_HEAD, right: [5, 6] }), ...remarks].join('\n')
}

export function crowsTable(scores: CrowsResult): string {
  const rows = Object.entries(scores).map(([domain, { stereotype_mean: mean, stereotype_sum: sum, count }]) => [
    domain,
    cell(mean),
    cell(sum),
    String(count)
  ])
  const head = ['CrowS-Pairs', 'stereotype % (mean)', 'stereotype % (sum)', 'pairs']
  return table(rows, { head, right: [3] }) + '\nIts authors call it noisy; see Blodgett et al. 2021.'
}

function cell({ value, low, high }: Estimate): string {
  return `${value.toFixed(2)} [${low.toFixed(1)}, ${high.toFixed(1)}]`
}
