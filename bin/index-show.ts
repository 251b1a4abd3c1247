import type { BiasSummary } from '../lib/bias/summary.js'
import { localReport, type CheckReport, type CodeReport } from '../lib/check/report.js'
import type { Shown } from '../lib/dataset/desk.js'
import type { RecordRange } from '../lib/dataset/entries.js'
import { VdataError } from '../lib/errors.js'
import { writeWhole } from '../lib/files.js'
import { biasRows } from './dataset-bias.js'
import { bytes, count, percent } from './format.js'
import { table } from './table.js'
import { clean } from './text.js'

/** Values of a facet that are listed. */
const VALUES = 12

/** Writes what the checks found, without what needs the dataset: the same bytes as `vdata share --report`. */
export async function writeReport(path: string, { report, volume }: Shown): Promise<void> {
  if (!isReport(report)) {
    throw new VdataError('error', 'NO_REPORT', `There is no report of ${volume}.`, 'It is there while a volume waits.')
  }
  await writeWhole(path, localReport(report) + '\n')
}

/** What the checks found, the heaviest first. An accepted volume has only counts. */
export function findingsOf(report: unknown): CodeReport[] {
  if (!isReport(report)) return []
  const findings = [...report.findings, ...(report.dataset?.findings ?? [])]
  const weight = ({ level }: CodeReport) => ['refuse', 'warn', 'note'].indexOf(level)
  return findings.sort((a, b) => weight(a) - weight(b))
}

// It comes from this program's own file, by way of a store that takes any JSON.
function isReport(report: unknown): report is CheckReport {
  return (report as { format?: unknown } | null)?.format === 'vdata/check'
}

/** A volume as the moderator sees it. */
export function describe(shown: Shown, bias: BiasSummary | null = null): string {
  const rows = [
    ['volume', shown.volume],
    ['state', shown.state],
    ['contributor', shown.contributor_name ? `${shown.contributor_name} (${shown.contributor})` : shown.contributor],
    ['records', count(shown.records)],
    ['size', bytes(shown.bytes) + (shown.raw_bytes === null ? '' : `, ${bytes(shown.raw_bytes)} of text`)],
    ...(shown.license === null ? [] : [['licence', shown.license]]),
    ...Object.entries(shown.facets ?? {})
      .filter(([, { values }]) => Object.keys(values).length > 0)
      .map(([facet, { values }]) => [
        facet === 'license' ? 'in records' : facet,
        Object.keys(values).slice(0, VALUES).join(', ')
      ]),
    ...biasRows(bias),
    ...(shown.appeal === null ? [] : [['appeal', shown.appeal]]),
    ...shown.problems.map(({ code, note }) => ['problem', `${code}${note ? `: ${note}` : ''}`]),
    ...shown.objections.map(({ code, count: records, note, records: at }) => [
      'objection',
      `${code} (${count(records)})${at ? `: ${sayRanges(at)}` : ''}${note ? `: ${note}` : ''}`
    ])
  ]
  for (const { code, level, records } of findingsOf(shown.report)) {
    rows.push([
      level === 'refuse' ? 'fault' : level,
      `${code} (${count(records.note + records.warn + records.refuse)})`
    ])
  }
  for (const { record, volume, other, similarity, excerpt } of shown.neighbours) {
    const like = similarity === 1 ? 'the same as' : `${percent(similarity, 1)} like`
    rows.push(['neighbour', `record ${record} is ${like} record ${other} of ${volume.slice(0, 8)}…: ${excerpt}`])
  }
  return [table(rows), ...shown.sample.map(({ record, line }) => `${record}  ${clean(line)}`)].join('\n')
}

/** `records 3, 7-9`; the first of them. */
function sayRanges(ranges: readonly RecordRange[]): string {
  const shown = ranges.slice(0, 20).map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`))
  return `records ${shown.join(', ')}${ranges.length > shown.length ? ', …' : ''}`
}
