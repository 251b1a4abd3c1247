import type Corestore from 'corestore'
import { biasLines } from '../lib/bias/render/summary.js'
import { countRecords, exceededIn, refusedRecords, type CheckReport } from '../lib/check/report.js'
import type { Checked, DraftChecks } from '../lib/dataset/draft.js'
import { placesAt, type CheckedDraft } from '../lib/dataset/draft-check.js'
import type { DatasetEntry, RecordRange } from '../lib/dataset/entries.js'
import { lookUpDataset } from '../lib/dataset/look-up.js'
import { VdataError } from '../lib/errors.js'
import { writeWhole } from '../lib/files.js'
import { fileAndLine, placesOf } from '../lib/volume/places.js'
import { contributorChecks } from './checks.js'
import type { Context } from './context.js'
import { biasOfVolumes } from './dataset-bias.js'
import { resolveLink } from './dataset-option.js'
import { plural } from './format.js'
import { resolveNetwork } from './network-options.js'
import type { ShareOptions } from './share.js'
import { namedLines, sayLines } from './share-reasons.js'

/** Thrown where only the checks were wanted. */
export class CheckedOnly extends Error {
  readonly passes: boolean

  constructor(passes: boolean) {
    super('only checked')
    this.passes = passes
  }
}

/** The checks before a share is sealed: by the dataset's rules, told in a few lines, and decided by whoever shares. */
export class ShareChecks implements DraftChecks {
  readonly open = contributorChecks
  private readonly context: Context
  private readonly options: ShareOptions
  private readonly sources: string[]
  private readonly makeWay: () => void

  constructor(context: Context, options: ShareOptions, sources: string[], makeWay: () => void) {
    this.context = context
    this.options = options
    this.sources = sources
    this.makeWay = makeWay
  }

  dataset(store: Corestore): Promise<DatasetEntry | null> {
    const { context, options } = this
    const link = resolveLink(context, options.to, '--to')
    return lookUpDataset(store, { link, network: resolveNetwork(context, options), signal: context.signal })
  }

  async decide(checked: Checked): Promise<'all' | 'faultless'> {
    const { context, options } = this
    const { dataset, drafts, license } = checked
    this.makeWay()
    const reports = drafts.map(({ findings }) => findings.report as CheckReport)
    const records = reports.reduce((sum, report) => sum + report.records, 0)
    const faulty = reports.reduce((sum, report) => sum + countRecords(refusedRecords(report)), 0)
    const notTaken = dataset && dataset.licenses.length > 0 && !dataset.licenses.includes(license)
    const passes = !notTaken && reports.every((report) => exceededIn(report).length === 0)
    if (options.report !== undefined) {
      await writeWhole(options.report, drafts.map(({ findings }) => findings.local + '\n').join(''))
    }
    const bias = biasOfVolumes(drafts.map(({ findings }, n) => ({ id: String(n), entry: findings })))
    context.emit({ event: 'checked', rules: dataset ? dataset.name : null, records, faulty, passes, bias })
    const rules = dataset ? `the rules of ${dataset.name}` : 'the default rules: the dataset was not found'
    const found = faulty === 0 ? 'no faults' : `${plural(faulty, 'record')} with faults`
    context.say(
      `Checked ${plural(records, 'record')} by ${rules}: ${found}${passes ? '' : ', and they will not pass'}.`
    )
    if (notTaken) context.warn(`${dataset.name} takes ${dataset.licenses.join(', ')}; this volume says ${license}.`)
    for (const line of await this.summary(drafts)) context.say(line)
    for (const line of bias ? biasLines(bias, 2) : []) context.say(`  bias: ${line}`)

    if (options.checkOnly) throw new CheckedOnly(passes && !(options.strict && faulty > 0))
    if (options.strict && (faulty > 0 || !passes)) throw stopped(faulty)
    if (faulty === 0 || options.leaveOut) return 'faultless'
    const choices = [
      { value: 'all' as const, label: passes ? 'Share all' : 'Share all; the moderator will decide' },
      { value: 'faultless' as const, label: `Leave out ${plural(faulty, 'record')}` },
      { value: 'stop' as const, label: 'Stop' }
    ]
    const choice = await context.choose('What is to be shared?', choices, 'all')
    if (choice === 'stop') throw stopped(faulty)
    return choice
  }

  /** A line for each fault, with the first lines of the files that have it, and one for all warnings. */
  private async summary(drafts: readonly CheckedDraft[]): Promise<string[]> {
    const faults = new Map<string, { records: number; lines: ReturnType<typeof namedLines> }>()
    const warnings = new Map<string, number>()
    for (const { draft, findings } of drafts) {
      for (const { code, level, records, at } of (findings.report as CheckReport).findings) {
        if (records.warn > 0) warnings.set(code, (warnings.get(code) ?? 0) + records.warn)
        if (level !== 'refuse') continue
        const fault = faults.get(code) ?? { records: 0, lines: [] }
        faults.set(code, fault)
        fault.records += records.refuse
        const ranges = at.map(([from, to]) => ({ from, to }))
        fault.lines.push(...namedLines({ sources: this.sources }, await linesOf(placesOf(draft.path), ranges)))
      }
    }
    const lines = [...faults].map(([code, fault]) => {
      return `  ${code}  ${plural(fault.records, 'record')}  ${sayLines(fault.lines)}`
    })
    if (warnings.size === 0) return lines
    return [...lines, `  warnings: ${[...warnings].map(([code, records]) => `${code} ${records}`).join(', ')}`]
  }
}

const LINES_MAX = 100

async function linesOf(places: string, ranges: readonly RecordRange[]): Promise<{ source: number; line: number }[]> {
  const lines: { source: number; line: number }[] = []
  for await (const place of placesAt(places, ranges)) {
    const { file, line } = fileAndLine(place)
    if (lines.push({ source: file, line }) >= LINES_MAX) break
  }
  return lines
}

function stopped(faulty: number): VdataError {
  const what = faulty > 0 ? `${plural(faulty, 'record')} with faults` : 'what the dataset does not take'
  return new VdataError(
    'refused',
    'FAULTS',
    `Nothing was shared: there ${faulty === 1 || faulty === 0 ? 'is' : 'are'} ${what}.`,
    'Mend them, or share the others with --leave-out.'
  )
}
