import test from 'brittle'
import { biasTable, comparisonTable } from '../../bin/bias-table.js'
import { driftLines } from '../../bin/bias-drift.js'
import { compareReports, compareSummaries } from '../../lib/bias/compare.js'
import { driftsOf } from '../../lib/bias/drift.js'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import { biasHtml, comparisonHtml } from '../../lib/bias/render/html.js'
import { biasMarkdown, comparisonMarkdown, markdownTable } from '../../lib/bias/render/markdown.js'
import { figureRows, TOO_FEW } from '../../lib/bias/render/rows.js'
import { biasLines, changeLines, changeMarkdown, summaryMarkdown } from '../../lib/bias/render/summary.js'
import type { BiasReport } from '../../lib/bias/report.js'
import { summarize } from '../../lib/bias/summary.js'
import { bareFigures } from './bare.js'
import { SMALL } from './lexicons.js'

const HOSTILE = '<script>alert(1)</script>|`\u001b[31m"\n# x'

function reportOf(women: number, count = 200): BiasReport {
  const next = random(2)
  const meter = new BiasMeter(SMALL, { by: ['topic'] })
  for (let n = 0; n < count; n++) {
    const woman = next() < women
    const text = `The ${n % 2 ? 'doctor' : 'nurse'} said that ${woman ? 'she' : 'he'} was ${woman ? 'kind' : 'angry'}.`
    meter.add({ kind: 'text', text, topic: n % 3 ? 'work' : HOSTILE })
  }
  meter.add('A hindu and a muslim.')
  return meter.report()
}

test('no figure without its counts, and an interval or the words "too few"', (t) => {
  const rows = figureRows(reportOf(0.8))
  t.ok(rows.length > 10)
  for (const [label, value, interval, , texts, count] of rows) {
    t.ok(/^[\d,]+$/.test(texts!) && /^[\d,]+$/.test(count!), label)
    if (value === TOO_FEW) t.is(interval, '', label)
    else t.ok(/^-?\d+\.\d{3}$/.test(value!) && /^-?\d+\.\d{3} to -?\d+\.\d{3}$/.test(interval!), label)
  }
  t.ok(rows.some(([, value]) => value === TOO_FEW))
})

test('no form of a report has a figure that stands alone', { timeout: 600_000 }, (t) => {
  const [before, after] = [reportOf(0.8), reportOf(0.3)]
  const comparison = compareReports(before, after)
  const [past, now] = [summarize(before), summarize(after)]
  const rules = { off: false, moved: 0.01, min_texts: 10, most: {} }
  const forms = {
    table: biasTable(before),
    markdown: biasMarkdown(before),
    html: biasHtml(before),
    'table of a comparison': comparisonTable(comparison),
    'comparison as Markdown': comparisonMarkdown(comparison),
    'comparison as HTML': comparisonHtml(comparison),
    'lines of a summary': biasLines(past, 9).join('\n'),
    'lines of a change': changeLines(past, now, 9).join('\n'),
    'summary in a card': summaryMarkdown(past),
    'change in a card': changeMarkdown(past, now),
    'drift of a release': driftLines(compareSummaries(past, now), 'Bias').join('\n'),
    'objections to a volume': driftsOf(now, past, rules)
      .map(({ sentence }) => sentence.replace(/, by more than 0.01$/, ''))
      .join('\n')
  }
  for (const [form, text] of Object.entries(forms)) {
    t.ok(/\d\.\d{3}/.test(text), `${form} has figures`)
    t.alike(bareFigures(text), [], form)
  }
  t.ok(forms.html.includes('>too few ('), 'what is too few is named')
  t.alike(bareFigures('gender: 0.123 (0.100 to 0.200)\n| a | 0.123 | | 9 |'), [
    'gender: 0.123 (0.100 to 0.200)',
    '| a | 0.123 | | 9 |'
  ])
  t.is(bareFigures('<!doctype html><body><table><tr><td>a</td><td>0.123</td></tr></table>').length, 1)
})

test('Markdown: tables whose rows have all their cells, and no markup of others', (t) => {
  const report = reportOf(0.8)
  for (const text of [
    biasMarkdown(report, HOSTILE),
    comparisonMarkdown(compareReports(report, reportOf(0.3)), HOSTILE)
  ]) {
    t.absent(/[^\\]<script/.test(text))
    t.absent(text.includes('\u001b'))
    let columns = 0
    for (const line of text.split('\n')) {
      const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).length : 0
      if (cells > 0 && columns > 0) t.is(cells, columns)
      columns = cells
    }
  }
  t.is(markdownTable(['a', 'b'], [['x|y', '*']]), '| a | b |\n| --- | ---: |\n| x\\|y | \\* |')
})

test('HTML: one file with plots that runs nothing and loads nothing', (t) => {
  const report = reportOf(0.8)
  const pages = [biasHtml(report, HOSTILE), comparisonHtml(compareReports(report, reportOf(0.3)), HOSTILE)]
  for (const page of pages) {
    t.ok(page.startsWith('<!doctype html>'))
    t.ok(page.includes("default-src 'none'"))
    t.ok((page.match(/<svg /g) ?? []).length > 0)
    t.absent(/<script|<link|<img|src=|href=|url\(|@import|\u001b/i.test(page))
    t.absent(/NaN|undefined|Infinity/.test(page))
    // Every tag that is opened is closed.
    for (const tag of ['svg', 'table', 'tr', 'td', 'text', 'p', 'h2', 'ul', 'div']) {
      const opened = page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0
      const closed = page.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0
      t.is(closed, opened, tag)
    }
  }
  t.ok(pages[0]!.includes('Occupations'))
})

test('a report of nothing renders, too', (t) => {
  const report = new BiasMeter(SMALL).report()
  t.is(figureRows(report).length, 0)
  t.ok(biasHtml(report).includes('0 texts'))
  t.ok(biasMarkdown(report).includes('0 texts'))
  const { sentence } = compareReports(report, report)
  t.is(sentence, 'There is no figure that both have enough texts for.')
})
