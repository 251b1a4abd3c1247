import { headlines, namedFigures, words } from '../figure-list.js'
import type { BiasReport, Figure, Measured } from '../report.js'

/** How reports say that there is no figure. */
export const TOO_FEW = 'too few'
export const NOTHING = 'none'

/** A figure as cells: value, interval, what chance alone gives, and the counts. Never a value without the others. */
export interface FigureCells {
  value: string
  interval: string
  chance: string
  texts: string
  count: string
}

export function cellsOf(figure: Figure): FigureCells {
  const counts = { texts: integer(figure.texts), count: integer(figure.count) }
  if (figure.value === null) return { value: figure.few ? TOO_FEW : NOTHING, interval: '', chance: '', ...counts }
  return {
    value: number(figure.value),
    interval: `${number(figure.low!)} to ${number(figure.high!)}`,
    chance: figure.chance === undefined ? '' : number(figure.chance),
    ...counts
  }
}

/** A figure in one line, with its interval and counts. */
export function figureLine(label: string, figure: Figure): string {
  const { value, interval, texts } = cellsOf(figure)
  return `${label}: ${value}${interval === '' ? '' : `, 95 % interval ${interval}`}, ${texts} texts`
}

export const FIGURE_HEAD = ['figure', 'value', '95 % interval', 'by chance', 'texts', 'count'] as const

/** The figures of a report as rows under FIGURE_HEAD; those with nothing to measure are left out, those of too few are not. */
export function figureRows(measured: Measured): string[][] {
  return namedFigures(measured)
    .filter(({ figure }) => figure.texts > 0)
    .map(({ label, figure }) => {
      const { value, interval, chance, texts, count } = cellsOf(figure)
      return [label, value, interval, chance, texts, count]
    })
}

export const OCCUPATION_HEAD = ['occupation', 'share', '95 % interval', 'labour', 'texts', 'pronouns'] as const

export function occupationRows({ pronouns }: Measured): string[][] {
  return Object.entries(pronouns?.occupations ?? {})
    .sort(([, a], [, b]) => b.share.texts - a.share.texts)
    .map(([word, { share, labour }]) => {
      const { value, interval, texts, count } = cellsOf(share)
      return [word, value, interval, number(labour), texts, count]
    })
}

export const WORD_HEAD = ['word', 'leans to', 'value', '95 % interval', 'texts', 'count'] as const

/** The strongest associations of an axis, of all lists. */
export function wordRows(measured: Measured, axis: string, most = 10): string[][] {
  return Object.values(measured.axes[axis]?.associations ?? {})
    .flatMap(({ strongest }) => strongest)
    .sort((a, b) => (b.figure.low ?? 0) - (a.figure.low ?? 0) || b.figure.texts - a.figure.texts)
    .filter(({ figure }) => (figure.low ?? 0) > 0)
    .slice(0, most)
    .map(({ word, group, figure }) => {
      const { value, interval, texts, count } = cellsOf(figure)
      return [word, words(group), value, interval, texts, count]
    })
}

/** The headline figures side by side for each value of a facet: a head and rows. */
export function facetRows(values: { [value: string]: Measured }): { head: string[]; rows: string[][] } {
  const named = Object.entries(values).map(([value, measured]) => [value, headlines(measured)] as const)
  const ids = [
    ...new Set(named.flatMap(([, figures]) => figures.filter(({ figure }) => figure.texts > 0).map(({ id }) => id)))
  ]
  const head = ['figure', ...named.map(([value]) => value)]
  const rows = ids.map((id) => {
    const label = named.flatMap(([, figures]) => figures).find((figure) => figure.id === id)!.label
    const cells = named.map(([, figures]) => {
      const { value, interval, texts } = cellsOf(figures.find((figure) => figure.id === id)!.figure)
      return interval === '' ? `${value} (${texts})` : `${value} [${interval}] (${texts})`
    })
    return [label, ...cells]
  })
  return { head, rows }
}

/** One line that says what was measured, with what. */
export function preamble(report: BiasReport): string {
  const { lexicon } = report
  return (
    `${integer(report.texts)} texts, ${integer(report.words)} words, ${integer(report.sentences)} sentences; ` +
    `lexicon ${lexicon.name} (${lexicon.language}, ${lexicon.license}); ` +
    `figures that rest on fewer than ${report.min_texts} texts are "${TOO_FEW}".`
  )
}

export const READING =
  'Distances (representation, gap, association, co-occurrence, distance) are zero where no group is treated differently. ' +
  'The interval is of the true value: where "by chance" is close to the value, it lies below the value and may reach zero.'

export function number(value: number): string {
  return value.toFixed(3)
}

export function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
