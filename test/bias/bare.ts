// What must never be in a report: a figure without its interval and its counts.

const FIGURE = /(?<![\d.])\d+\.\d{2,}/
const INTERVAL = /\d\.\d+ to [-+]?\d+\.\d+|\[-?\d+\.\d+, -?\d+\.\d+\]/
const COUNT = /[\d,]+ (texts|items)|\([\d,]+\)/

/**
 * The figures that stand alone in a report of any form: a line for people, a row of a table, or an element of HTML, whose
 * plots are drawn from elements with a title. Where a line is a row, a cell that is a whole number is its count.
 */
export function bareFigures(report: string): string[] {
  return units(report).filter((unit) => FIGURE.test(unit) && !(INTERVAL.test(unit) && hasCount(unit)))
}

function units(report: string): string[] {
  if (!report.startsWith('<!doctype html>')) return report.split('\n')
  const body = report.slice(report.indexOf('<body>'))
  // Numbers of an axis are no figures, and coordinates are no text.
  const plain = body.replace(/<text class="tick"[^>]* text-anchor="middle">[^<]*<\/text>/g, '')
  return plain
    .split(/<\/(?:tr|g|p|li|h2|circle|div|thead)>/)
    .map((element) => element.replace(/<\/t[dh]>/g, ' | ').replace(/<[^>]*>/g, ' '))
}

function hasCount(unit: string): boolean {
  const cells = unit.split(/\||\s{2,}/).map((cell) => cell.trim())
  return COUNT.test(unit) || cells.some((cell) => /^[\d,]+( \/ [\d,]+)?$/.test(cell))
}
