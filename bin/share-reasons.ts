import type { CheckReport } from '../lib/check/report.js'
import type { Reason, RecordRange } from '../lib/dataset/entries.js'
import { ShareNotes, type SourceLine } from '../lib/dataset/notes.js'
import { ShareFiles, type Share, type SharedVolume } from '../lib/dataset/shares.js'
import { plural } from './format.js'

/** Why a volume was refused, in terms of the contributor's own files. */
export interface ExplainedReason extends Reason {
  /** The first lines that it is about; empty where it is about the volume as a whole. */
  lines: { file: string; line: number }[]
}

const LINES_MAX = 1000
const LINES_SHOWN = 12

/** A verdict's reasons, each with the lines that it is about: as the moderator said, else as the own checks had found. */
export async function explain(home: string, share: Share, volume: SharedVolume): Promise<ExplainedReason[]> {
  const reasons = volume.verdict?.reasons ?? []
  if (reasons.length === 0) return []
  const notes = new ShareNotes(new ShareFiles(home).directory(share.id))
  const text = await notes.report(volume.id)
  const report = text === null ? null : (JSON.parse(text) as CheckReport)
  return Promise.all(
    reasons.map(async (reason) => {
      const ranges = reason.records ?? foundAt(report, reason.code)
      return { ...reason, lines: namedLines(share, await notes.lines(volume.id, ranges, LINES_MAX)) }
    })
  )
}

export function namedLines(
  { sources }: Pick<Share, 'sources'>,
  lines: readonly SourceLine[]
): ExplainedReason['lines'] {
  return lines.map(({ source, line }) => ({ file: sources[source] ?? '?', line })).sort(inOrder)
}

export function sayReason({ code, note, lines }: ExplainedReason): string {
  const where = lines.length > 0 ? ` at ${sayLines(lines)}` : ''
  return `${note ? `${code} (${note})` : code}${where}`
}

/** `a.jsonl:3, 7-9, b.csv:2`; the first of them. */
export function sayLines(lines: ExplainedReason['lines']): string {
  const parts: string[] = []
  const shown = lines.slice(0, LINES_SHOWN)
  for (let at = 0; at < shown.length;) {
    const { file, line } = shown[at]!
    let to = at
    while (shown[to + 1]?.file === file && shown[to + 1]!.line === shown[to]!.line + 1) to++
    const numbers = to === at ? String(line) : `${line}-${shown[to]!.line}`
    parts.push(at > 0 && shown[at - 1]!.file === file ? numbers : `${file}:${numbers}`)
    at = to + 1
  }
  const more = lines.length - shown.length
  return parts.join(', ') + (more > 0 ? ` and ${plural(more, 'more', 'more')}` : '')
}

function foundAt(report: CheckReport | null, code: string): RecordRange[] {
  const found = report?.findings.find((finding) => finding.code === code)
  return (found?.at ?? []).map(([from, to]) => ({ from, to }))
}

function inOrder(a: ExplainedReason['lines'][number], b: ExplainedReason['lines'][number]): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1
}
