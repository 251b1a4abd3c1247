import { Option, type Command } from 'commander'
import { compareReports } from '../../lib/bias/compare.js'
import { biasHtml, comparisonHtml } from '../../lib/bias/render/html.js'
import { biasMarkdown, comparisonMarkdown } from '../../lib/bias/render/markdown.js'
import { FACETS, type Facet } from '../../lib/bias/report.js'
import { VdataError } from '../../lib/errors.js'
import { FORMATS } from '../../lib/record/read.js'
import { writeWhole } from '../bias-files.js'
import { measureFiles, reportOf, type MeasureFlags } from '../bias-source.js'
import { biasTable, comparisonTable } from '../bias-table.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { networkOptions } from '../network-options.js'
import { collect, wholeNumber } from '../values.js'

interface Flags extends MeasureFlags {
  compare?: boolean
  paired?: boolean
  markdown?: string
  html?: string
  output?: string
}

/** `vdata bias`: measures the bias of text, or compares that of two. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Measure the bias of text: who is spoken of, with what words, in what tone. Needs no model; a link needs the network.'
    )
    .argument('<file...>', 'files of records, - for standard input, or links of datasets; with --compare also reports')
    .addOption(
      new Option('--where <field=value>', 'only records with this value; several: field=one,other')
        .argParser(collect)
        .default([], 'all')
    )
    .option('--compare', 'compare the first with the second, with a test and effect sizes')
    .option('--paired', 'with --compare: the n-th records of both belong together')
    .option('--by <facet...>', `give the figures by ${FACETS.join(', ')} as well`, facets)
    .addOption(new Option('--part <part>', 'what of a record is measured').choices(['all', 'output']).default('all'))
    .option('--lexicon <file>', 'groups, target words and attribute words of your own, instead of the English ones')
    .option('--min-texts <count>', 'figures that rest on fewer texts are "too few"', wholeNumber(1), 10)
    .option('--map <field=column...>', 'which columns of a foreign file are which fields')
    .addOption(new Option('--as <format>', 'the format of the files, where their names do not say it').choices(FORMATS))
    .option('--threads <count>', 'worker threads; by default one for each core', wholeNumber(1, 64))
    .option('--markdown <file>', 'write the report as Markdown')
    .option('--html <file>', 'write the report as one HTML file with plots')
    .option('-o, --output <file>', 'write the report as JSON, such as --compare reads')
    .option('--offline', 'of a dataset use what is on this computer')
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
    .action((files: string[], flags: Flags) => (flags.compare ? compare : report)(context(), files, flags))
  networkOptions(command)
  examples(command, [
    ['vdata bias data.jsonl', 'measure a file'],
    ['vdata bias vdata://…/v1 --where topic=law --by contributor', 'measure a part of a release'],
    ['vdata bias data.jsonl --by model --html bias.html', 'compare models, on a page with plots'],
    ['vdata bias --compare before.jsonl after.jsonl', 'say whether bias has changed by more than noise']
  ])
}

async function report(context: Context, files: string[], flags: Flags): Promise<void> {
  const measured = (await measureFiles(context, files, flags)).report()
  const title = `Bias of ${files.join(', ')}`
  await writeReports(context, flags, {
    json: measured,
    markdown: () => biasMarkdown(measured, title),
    html: () => biasHtml(measured, title)
  })
  context.result(measured, biasTable(measured))
}

async function compare(context: Context, files: string[], flags: Flags): Promise<void> {
  const [first, second] = files
  if (first === undefined || second === undefined || files.length !== 2) {
    throw new VdataError(
      'usage',
      'COMPARE_TWO',
      '--compare takes two files.',
      'vdata bias --compare before.jsonl after.jsonl'
    )
  }
  const paired = flags.paired === true
  const [before, after] = paired
    ? await pairOf(context, first, second, flags)
    : [await reportOf(context, first, flags), await reportOf(context, second, flags)]
  const comparison = compareReports(before, after, { paired })
  const title = `Bias: ${first} and ${second}`
  await writeReports(context, flags, {
    json: comparison,
    markdown: () => comparisonMarkdown(comparison, title),
    html: () => comparisonHtml(comparison, title)
  })
  context.result(comparison, comparisonTable(comparison))
}

async function pairOf(context: Context, first: string, second: string, flags: Flags) {
  const [before, after] = [await measureFiles(context, [first], flags), await measureFiles(context, [second], flags)]
  if (before.texts !== after.texts) {
    throw new VdataError(
      'usage',
      'NOT_PAIRS',
      `${first} has ${before.texts} records and ${second} has ${after.texts}, so they are no pairs.`,
      'Leave out --paired.'
    )
  }
  return [before.report(), after.report()] as const
}

interface Reports {
  json: unknown
  markdown: () => string
  html: () => string
}

async function writeReports(context: Context, flags: Flags, { json, markdown, html }: Reports): Promise<void> {
  const write = async (path: string | undefined, text: () => string): Promise<void> => {
    if (path === undefined) return
    await writeWhole(path, text())
    context.say(`Wrote ${path}`)
  }
  await write(flags.output, () => JSON.stringify(json, null, 2) + '\n')
  await write(flags.markdown, markdown)
  await write(flags.html, html)
}

function facets(text: string, before: Facet[] = []): Facet[] {
  const named = text.split(',').map((name) => {
    const facet = FACETS.find((known) => known === name.trim())
    if (facet === undefined) {
      throw new VdataError(
        'usage',
        'FACET_UNKNOWN',
        `There is no facet '${name}'.`,
        `The facets are ${FACETS.join(', ')}.`
      )
    }
    return facet
  })
  return [...new Set([...before, ...named])]
}
