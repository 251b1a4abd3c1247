import { readFile } from 'node:fs/promises'
import process from 'node:process'
import type { Command } from 'commander'
import { readBenchmarks } from '../../lib/check/benchmark-files.js'
import { benchmarkTable } from '../../lib/check/benchmarks.js'
import { CheckRun } from '../../lib/check/engine.js'
import { REASONS } from '../../lib/check/reasons.js'
import {
  countRecords,
  exceededIn,
  levelOf,
  refusedRecords,
  type CheckReport,
  type CodeReport
} from '../../lib/check/report.js'
import { checkRules, type CheckRules } from '../../lib/check/rules.js'
import { LEVELS, type Level } from '../../lib/check/types.js'
import { codeOf, messageOf, VdataError } from '../../lib/errors.js'
import { parseMapping } from '../../lib/record/shapes.js'
import { addFile } from '../check-file.js'
import type { Context } from '../context.js'
import { EXIT_CODES } from '../exit-codes.js'
import { count, percent, plural } from '../format.js'
import { examples } from '../help.js'

interface CheckFlags {
  rules?: string
  benchmarks: string[]
  map: string[]
  thorough?: boolean
  strict?: boolean
}

/** Which of a run's records are a file's, and at which of its lines. */
interface CheckedFile {
  file: string
  /** The ordinal of its first record in the run. */
  first: number
  records: number
}

const SHOWN_EXAMPLES = 3

/** `vdata check`: what a dataset's moderator will be told of these records, before they are shared. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Check records as a moderator will: format, duplicates, personal data, language, quality and more.')
    .argument('<file...>', 'files of records; - is standard input')
    .option('--rules <file>', 'a JSON file with thresholds and levels, instead of the defaults')
    .option('--thorough', 'look at every record with the slow checks, too, and not at a sample')
    .option('--strict', 'end with 8 where any record has a fault, and not only where too many have')
    .option('--benchmarks <file>', 'a benchmark that the records must not share text with; can be repeated', append, [])
    .option('--map <field=column>', 'take a field from another column; can be repeated', append, [])
    .action((files: string[], flags: CheckFlags) => check(files, flags, context()))
  examples(command, [
    ['vdata check answers.jsonl', 'see what would be refused, with line numbers'],
    ['vdata check answers.jsonl --benchmarks stereoset.json --json', 'as JSON, and look for text of a benchmark']
  ])
}

function append(value: string, list: string[]): string[] {
  return [...list, value]
}

async function check(files: string[], flags: CheckFlags, context: Context): Promise<void> {
  const rules = flags.rules === undefined ? checkRules() : await readRules(flags.rules)
  const mapping = flags.map.length > 0 ? parseMapping(flags.map) : undefined
  const benchmarks = flags.benchmarks.length > 0 ? benchmarkTable(await readBenchmarks(flags.benchmarks)) : undefined
  const progress = context.progress()
  const { signal } = context
  const run = new CheckRun(rules, {
    benchmarks,
    thorough: flags.thorough,
    signal,
    onEvent: ({ records }) => progress.update(`Checked ${plural(records, 'record')}`)
  })
  try {
    const checked: CheckedFile[] = []
    let first = 0
    for (const file of files) {
      const source = file === '-' ? { name: 'standard input', stream: process.stdin } : file
      const records = await addFile(run, source, { mapping, signal })
      checked.push({ file, first, records })
      first += records
    }
    const report = await run.finish()
    progress.clear()
    render(report, checked, context)
    const passes = exceededIn(report).length === 0
    context.result({ passes, level: levelOf(report), files: checked, report })
    const strictly = flags.strict === true && refusedRecords(report).length > 0
    if (!passes || strictly) context.exit(EXIT_CODES.refused)
  } finally {
    progress.clear()
    await run.close()
  }
}

async function readRules(path: string): Promise<CheckRules> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new VdataError(
      'usage',
      'RULES_UNREADABLE',
      `The rules in ${path} can't be read: ${codeOf(error) || messageOf(error)}.`,
      'Give a JSON file such as {"checks":{"pii":{"levels":{"pii_email":"warn"}}}}.',
      { cause: error }
    )
  }
  return checkRules(value)
}

const TITLES: { readonly [level in Level]: string } = { refuse: 'Faults', warn: 'Warnings', note: 'Notes' }

function render(report: CheckReport, files: readonly CheckedFile[], context: Context): void {
  const { color } = context
  const paint: { readonly [level in Level]: (text: string) => string } = {
    refuse: color.red,
    warn: color.yellow,
    note: color.dim
  }
  const findings = [...report.findings, ...(report.dataset?.findings ?? [])]
  for (const level of LEVELS.toReversed()) {
    const these = findings.filter((finding) => finding.level === level)
    if (these.length === 0) continue
    context.say(color.bold(paint[level](TITLES[level])))
    for (const finding of these) renderFinding(finding, report.records, files, context)
    context.say()
  }
  for (const { code, records, limit } of exceededIn(report)) {
    const what = code === 'too_many' ? 'all faults' : code
    context.say(color.red(`Too many: ${what}, ${plural(records, 'record')}; at most ${percent(limit, 1)} may have it.`))
  }
  context.say(summary(report))
}

function renderFinding(finding: CodeReport, total: number, files: readonly CheckedFile[], context: Context): void {
  const { color } = context
  const records = LEVELS.reduce((sum, level) => sum + finding.records[level], 0)
  context.say(
    `  ${color.bold(finding.code)}  ${plural(records, 'record')} (${percent(records, total)}). ${REASONS[finding.code]}`
  )
  const heaviest = finding.examples.filter(({ level }) => level === finding.level)
  for (const { record, line, field, detail } of heaviest.slice(0, SHOWN_EXAMPLES)) {
    const file = files.findLast(({ first }) => first <= record)?.file ?? ''
    context.say(
      color.dim(
        `    ${file}:${line ?? '?'}${field === undefined ? '' : `  ${field}`}${detail === undefined ? '' : `  ${detail}`}`
      )
    )
  }
}

function summary(report: CheckReport): string {
  const refused = countRecords(refusedRecords(report))
  const checked = `${plural(report.records, 'record')} checked`
  if (exceededIn(report).length > 0) return `${checked}: ${count(refused)} with faults, too many to pass.`
  if (refused > 0) return `${checked}: ${count(refused)} with faults, few enough to pass.`
  return levelOf(report) === 'warn'
    ? `${checked}: no faults; a moderator will see the warnings.`
    : `${checked}: nothing against them.`
}
