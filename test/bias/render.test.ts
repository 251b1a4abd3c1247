import test from 'brittle'
import { compareReports } from '../../lib/bias/compare.js'
import { random } from '../../lib/bias/interval.js'
import { BiasMeter } from '../../lib/bias/meter.js'
import { biasHtml, comparisonHtml } from '../../lib/bias/render/html.js'
import { biasMarkdown, comparisonMarkdown, markdownTable } from '../../lib/bias/render/markdown.js'
import { figureRows, TOO_FEW } from '../../lib/bias/render/rows.js'
import type { BiasReport } from '../../lib/bias/report.js'
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
