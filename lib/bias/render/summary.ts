import type { Figure } from '../report.js'
import type { BiasSummary } from '../summary.js'
import { markdownTable } from './markdown.js'
import { cellsOf, integer, NOTHING, number, TOO_FEW } from './rows.js'

/** What comes first where one figure has to stand for its axis. */
const ORDER = ['association', 'representation', 'sentiment_gap', 'cooccurrence', 'distance']

/** A summary as lines: of each axis one figure, then how many there are besides. */
export function biasLines({ figures, min_texts: least }: BiasSummary, most = 4): string[] {
  const ids = Object.keys(figures)
  if (ids.length === 0) return ['nothing to measure: no text names a group']
  const measured = ids.filter((id) => figures[id]!.value !== null)
  const place = (id: string): number => ORDER.indexOf(id.split('.')[1]!)
  const sorted = measured.toSorted((a, b) => place(a) - place(b) || figures[b]!.low! - figures[a]!.low!)
  const axes = [...new Set(measured.map(axisOf))].slice(0, most)
  const lines = axes.map((axis) => {
    const figure = figures[sorted.find((id) => axisOf(id) === axis)!]!
    return `${figure.label} ${inWords(figure)}`
  })
  const [more, few] = [measured.length - lines.length, ids.length - measured.length]
  const rest = [
    ...(more > 0 ? [`${more} more`] : []),
    ...(few > 0 ? [`${few} with too few texts (fewer than ${least})`] : [])
  ]
  return rest.length === 0 ? lines : [...lines, rest.join(', ')]
}

/** What two summaries both have enough texts for, before and after; what changed most comes first. */
export function changeLines(before: BiasSummary, after: BiasSummary, most = 4): string[] {
  return Object.entries(before.figures)
    .flatMap(([id, from]) => {
      const to = after.figures[id]
      return to === undefined || from.value === null || to.value === null ? [] : [{ from, to }]
    })
    .toSorted((a, b) => change(b) - change(a))
    .slice(0, most)
    .map(({ from, to }) => `${from.label} ${inWords(from)}, now ${inWords(to)}`)
}

export const SUMMARY_HEAD = ['figure', 'value', '95 % interval', 'by chance', 'texts', 'count'] as const

export function summaryMarkdown({ figures }: BiasSummary): string {
  const rows = Object.values(figures).map((figure) => {
    const { value, interval, chance, texts, count } = cellsOf(figure)
    return [figure.label, value, interval, chance, texts, count]
  })
  return markdownTable(SUMMARY_HEAD, rows)
}

export function changeMarkdown(before: BiasSummary, after: BiasSummary): string {
  const rows = Object.entries(before.figures).map(([id, from]) => {
    const to = after.figures[id]
    return [from.label, inWords(from), to === undefined ? TOO_FEW : inWords(to)]
  })
  return markdownTable(['figure', 'before', 'after'], rows)
}

function axisOf(id: string): string {
  return id.split('.')[0]!
}

function change({ from, to }: { from: Figure; to: Figure }): number {
  return Math.abs(to.adjusted! - from.adjusted!)
}

/** In a few words: the best estimate inside the interval, which in a table would stand beside the formula's own value. */
export function inWords({ adjusted, low, high, texts, few }: Figure): string {
  if (adjusted === null) return few ? TOO_FEW : NOTHING
  return `${number(adjusted)} (${number(low!)} to ${number(high!)}, ${integer(texts)} texts)`
}
