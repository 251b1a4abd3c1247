import type { Comparison } from '../compare.js'
import { headlines, words } from '../figure-list.js'
import type { BiasReport, Figure, Measured } from '../report.js'
import { COMPARISON_HEAD, comparisonRows } from './markdown.js'
import {
  FIGURE_HEAD,
  OCCUPATION_HEAD,
  READING,
  WORD_HEAD,
  facetRows,
  figureLine,
  figureRows,
  number,
  occupationRows,
  preamble,
  wordRows
} from './rows.js'
import { escapeHtml, intervalPlot, sharePlot } from './svg.js'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1e; --paper: #fff; --soft: #8a8a8e; --line: #d8d8dc; --mark: #2060c0; --warn: #c04020 }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --paper: #17171a; --soft: #9a9aa0; --line: #3a3a40; --mark: #78a8f0; --warn: #f08060 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
p { max-width: 46rem } .scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; margin: .7rem 0 } td, th { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
td:first-child, th:first-child { text-align: left } svg { width: 100%; max-width: 52rem; font-size: 12px } svg.square { max-width: 28rem }
svg text { fill: var(--ink) } svg text.tick { fill: var(--soft) } svg circle { fill: var(--mark) } svg rect { fill: none; stroke: var(--line) }
.range { stroke: var(--mark); stroke-width: 2 } .zero { stroke: var(--line); stroke-width: 1 } .mark { stroke: var(--warn); stroke-width: 2 }
`

/** A report as one HTML file with plots: no scripts, nothing is loaded. */
export function biasHtml(report: BiasReport, title = 'Bias'): string {
  const parts = [
    `<p>${escapeHtml(preamble(report))}</p><p>${escapeHtml(READING)} In the plots the upright mark is what chance alone gives.</p>`,
    '<h2>Distances from no bias</h2>',
    intervalPlot(distances(report), { from: 0 })
  ]
  for (const [axis, { groups }] of Object.entries(report.axes)) {
    const shares = Object.entries(groups).map(([group, { share }]) => ({ label: words(group), figure: share }))
    if (shares.every(({ figure }) => figure.texts === 0)) continue
    const sentiments = Object.entries(groups).map(([group, { sentiment }]) => ({
      label: words(group),
      figure: sentiment
    }))
    parts.push(
      `<h2>${escapeHtml(words(axis))}</h2><p>Share of each group in what is said of the axis; the line is an equal share.</p>`,
      intervalPlot(shares, { from: 0, to: 1, zero: 1 / shares.length }),
      '<p>Mean sentiment of the sentences that name the group alone.</p>',
      intervalPlot(sentiments, { from: -1, to: 1 })
    )
    const rows = wordRows(report, axis)
    if (rows.length > 0) parts.push('<p>Words that lean most.</p>', htmlTable(WORD_HEAD, rows))
  }
  parts.push(...occupations(report))
  for (const [facet, values] of Object.entries(report.facets)) {
    const { head, rows } = facetRows(values)
    if (rows.length > 0) parts.push(`<h2>By ${escapeHtml(facet)}</h2>`, htmlTable(head, rows))
  }
  parts.push('<h2>All figures</h2>', htmlTable(FIGURE_HEAD, figureRows(report)))
  parts.push(`<p>Source of the lexicon: ${escapeHtml(report.lexicon.source)}</p>`)
  return page(title, parts.join('\n'))
}

export function comparisonHtml(comparison: Comparison, title = 'Bias, compared'): string {
  const plot = comparison.differences.map(({ label, low, high, difference, before, after }) => ({
    label,
    figure: asFigure(low, high, difference, before.texts + after.texts)
  }))
  const real = comparison.differences.filter(({ more_than_noise: is }) => is)
  return page(
    title,
    [
      `<p>${escapeHtml(comparison.sentence)} (${comparison.test} test)</p>`,
      `<ul>${real.map(({ sentence }) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`,
      '<h2>Differences</h2>',
      intervalPlot(plot),
      htmlTable(COMPARISON_HEAD, comparisonRows(comparison)),
      `<p>Too few texts on one side or both: ${escapeHtml(comparison.not_compared.join(', ') || 'none')}.</p>`
    ].join('\n')
  )
}

/** A number with an interval in the shape that the plot takes. */
function asFigure(low: number, high: number, value: number, texts: number): Figure {
  return { value, low, high, adjusted: value, texts, count: 0, few: false }
}

function distances(report: Measured): { label: string; figure: Figure; mark?: number }[] {
  return headlines(report)
    .filter(({ figure }) => figure.value !== null)
    .map(({ label, figure }) => ({ label, figure, ...(figure.chance !== undefined && { mark: figure.chance }) }))
}

function occupations(report: BiasReport): string[] {
  const { pronouns } = report
  if (pronouns === null) return []
  const points = Object.entries(pronouns.occupations).flatMap(([word, { share, labour }]) =>
    share.value === null
      ? []
      : [
          {
            label: `${figureLine(word, share)}, labour statistics ${number(labour)}`,
            x: labour,
            y: share.value,
            low: share.low!,
            high: share.high!
          }
        ]
  )
  if (points.length === 0) return []
  const group = words(pronouns.group)
  return [
    '<h2>Occupations</h2>',
    `<p>Share of ${escapeHtml(group)} pronouns beside an occupation, and the share of the group in it.</p>`,
    sharePlot(points, 'labour statistics', `${group} pronouns`),
    htmlTable(OCCUPATION_HEAD, occupationRows(report))
  ]
}

function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map((row) => line(row, 'td')).join('')
  return `<div class="scroll"><table><thead>${line(head, 'th')}</thead><tbody>${body}</tbody></table></div>`
}

function line(cells: readonly string[], tag: string): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`
}
