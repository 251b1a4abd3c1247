import type { Figure } from '../report.js'
import { cellsOf, figureLine, number } from './rows.js'

// Plots as inline SVG, in colours of the page. Widths are in the units of the viewBox.
const WIDTH = 720
const LABEL = 260
const RIGHT = 130
const ROW = 22

export interface PlotRow {
  label: string
  figure: Figure
  /** A mark beside the interval: an expected value. */
  mark?: number
}

/** Points with their intervals, one a row, on a common scale; the cells beside them say the values and the texts. */
export function intervalPlot(rows: PlotRow[], options: { from?: number; to?: number; zero?: number } = {}): string {
  const values = rows.flatMap(({ figure, mark }) => [figure.low, figure.high, figure.value, mark ?? null])
  const numbers = values.filter((value) => value !== null)
  const from = options.from ?? Math.min(0, ...numbers)
  const to = Math.max(options.to ?? Math.max(0, ...numbers), from + 1e-6)
  const x = (value: number): number => LABEL + ((WIDTH - LABEL - RIGHT) * (value - from)) / (to - from)
  const height = rows.length * ROW + 24
  const base = rows.length * ROW + 4
  const ticks = [from, (from + to) / 2, to].map(
    (value) =>
      `<text class="tick" x="${x(value).toFixed(1)}" y="${base + 14}" text-anchor="middle">${number(value)}</text>`
  )
  const zero = options.zero ?? 0
  const rule =
    zero >= from && zero <= to ? `<line class="zero" x1="${x(zero)}" x2="${x(zero)}" y1="0" y2="${base}"/>` : ''
  const lines = rows.map((row, n) => rowOf(row, n * ROW + ROW / 2, x))
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${rule}${lines.join('')}${ticks.join('')}</svg>`
}

function rowOf({ label, figure, mark }: PlotRow, y: number, x: (value: number) => number): string {
  const { value, texts } = cellsOf(figure)
  const parts = [
    `<g><title>${escapeHtml(figureLine(label, figure))}</title>`,
    `<text x="${LABEL - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(label)}</text>`,
    `<text class="tick" x="${WIDTH - RIGHT + 8}" y="${y + 4}">${escapeHtml(value)} (${texts} texts)</text>`
  ]
  if (figure.value !== null) {
    parts.push(
      `<line class="range" x1="${x(figure.low!).toFixed(1)}" x2="${x(figure.high!).toFixed(1)}" y1="${y}" y2="${y}"/>`,
      `<circle cx="${x(figure.value).toFixed(1)}" cy="${y}" r="4"/>`
    )
  }
  if (mark !== undefined) parts.push(`<line class="mark" x1="${x(mark)}" x2="${x(mark)}" y1="${y - 7}" y2="${y + 7}"/>`)
  return parts.join('') + '</g>'
}

export interface Point {
  label: string
  x: number
  y: number
  low: number
  high: number
}

/** A square of two shares, 0 to 1, with the diagonal on which they are equal. */
export function sharePlot(points: Point[], xLabel: string, yLabel: string): string {
  const size = 420
  const at = (value: number): number => 40 + value * (size - 60)
  const up = (value: number): number => size - 40 - value * (size - 60)
  const marks = points.map(
    (point) =>
      `<line class="range" x1="${at(point.x).toFixed(1)}" x2="${at(point.x).toFixed(1)}" y1="${up(point.low).toFixed(1)}" y2="${up(point.high).toFixed(1)}"/>` +
      `<circle cx="${at(point.x).toFixed(1)}" cy="${up(point.y).toFixed(1)}" r="4"><title>${escapeHtml(point.label)}</title></circle>`
  )
  const axes =
    `<line class="zero" x1="${at(0)}" y1="${up(0)}" x2="${at(1)}" y2="${up(1)}"/>` +
    `<rect x="${at(0)}" y="${up(1)}" width="${at(1) - at(0)}" height="${up(0) - up(1)}"/>`
  const labels =
    `<text x="${size / 2}" y="${size - 8}" text-anchor="middle">${escapeHtml(xLabel)}</text>` +
    `<text x="14" y="${size / 2}" text-anchor="middle" transform="rotate(-90 14 ${size / 2})">${escapeHtml(yLabel)}</text>`
  return `<svg class="square" viewBox="0 0 ${size} ${size}" role="img">${axes}${marks.join('')}${labels}</svg>`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, ' ')
}
