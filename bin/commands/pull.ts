import process from 'node:process'
import { Option, type Command } from 'commander'
import { pull, type PullEvent, type PullOptions, type PullResult } from '../../lib/pull/pull.js'
import type { OutputFormat } from '../../lib/pull/render.js'
import { parseWhere } from '../../lib/record/where.js'
import { VdataError } from '../../lib/errors.js'
import type { Context } from '../context.js'
import { resolveLink } from '../dataset-option.js'
import { bytes, duration, percent, plural, rate } from '../format.js'
import { examples } from '../help.js'
import { networkOptions, resolveNetwork, type NetworkOptions } from '../network-options.js'
import { collect, wholeNumber } from '../values.js'
import { tellHolder } from '../wait.js'

interface Options extends NetworkOptions {
  from?: string
  jsonl?: boolean
  text?: boolean
  csv?: boolean
  where: string[]
  limit?: number
  timeout: number
}

/** `vdata pull`: the dataset, or the part that is wanted, in one file. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Get a dataset, or the part of it that you need, into a file. Only the blocks that can hold a wanted record are ' +
        'fetched, each is verified, and the target is replaced only once everything is there. A pull that was ' +
        'interrupted goes on where it was.'
    )
    .argument('<output>', 'the file to write; - for standard output')
    .option('--from <link>', 'the dataset: vdata://… (default: the setting "dataset")')
    .option('-j, --jsonl', 'write JSON Lines (the default)')
    .option('-t, --text', 'write plain text')
    .option('-c, --csv', 'write CSV')
    .addOption(
      new Option('--where <field=value>', 'only records with this value; several: field=one,other')
        .argParser(collect)
        .default([], 'all')
    )
    .addOption(new Option('--limit <number>', 'at most so many records').argParser(wholeNumber(1, 1e12)))
    .addOption(
      new Option('--timeout <seconds>', 'how long to look for peers').argParser(wholeNumber(1, 3600)).default(20)
    )
    .action((output: string, options: Options) => run(context(), output, options))
  networkOptions(command)
  examples(command, [
    ['vdata pull data.jsonl --from vdata://…', 'get everything as JSON Lines'],
    ['vdata pull law.csv -c --where topic=law --limit 1000', 'get a part as CSV, from the dataset of your settings']
  ])
}

async function run(context: Context, output: string, options: Options): Promise<void> {
  const panel = new PullPanel(context)
  const result = await pull({
    home: context.home,
    link: resolveLink(context, options.from, '--from'),
    output: output === '-' ? process.stdout : output,
    format: formatOf(output, options),
    where: options.where.map(parseWhere),
    limit: options.limit ?? Infinity,
    timeout: options.timeout * 1000,
    network: resolveNetwork(context, options),
    signal: context.signal,
    onEvent: (event) => panel.show(event)
  } satisfies PullOptions)
  panel.end(output, result)
}

function formatOf(output: string, { jsonl, text, csv }: Options): OutputFormat {
  const chosen = [jsonl && 'jsonl', text && 'text', csv && 'csv'].filter((format) => format !== undefined)
  if (chosen.length > 1) {
    throw new VdataError('usage', 'TWO_FORMATS', 'One file has one format.', 'Give only one of -j, -t and -c.')
  }
  if (chosen[0]) return chosen[0] as OutputFormat
  return /\.csv$/i.test(output) ? 'csv' : /\.txt$/i.test(output) ? 'text' : 'jsonl'
}

class PullPanel {
  private readonly context: Context
  private readonly progress
  private readonly started = Date.now()

  constructor(context: Context) {
    this.context = context
    this.progress = context.progress()
  }

  show(event: PullEvent): void {
    this.context.emit({ ...event })
    if (event.event === 'waiting') tellHolder(this.context)(event.holder)
    else if (event.event === 'connecting') this.progress.update('Looking for the dataset …')
    else if (event.event === 'index' && !event.fresh) {
      this.context.warn('Nobody could be reached: using the copy of the index that is on this computer.')
    } else if (event.event === 'plan') {
      const skipped = event.skipped > 0 ? `, ${bytes(event.skipped)} not needed` : ''
      this.progress.update(`${plural(event.batches, 'batch', 'batches')}, ${bytes(event.bytes)}${skipped}`)
    } else if (event.event === 'progress') this.progress.update(this.line(event))
  }

  end(output: string, result: PullResult): void {
    this.progress.clear()
    const { records, fetched, cached, skipped } = result
    const parts = [
      `${bytes(fetched)} fetched`,
      ...(cached > 0 ? [`${bytes(cached)} here already`] : []),
      ...(skipped > 0 ? [`${bytes(skipped)} not needed and not fetched`] : [])
    ]
    const time = duration(Date.now() - this.started)
    this.context.say(`${plural(records, 'record')} of ${result.dataset} in ${time}: ${parts.join(', ')}.`)
    if (result.purged > 0)
      this.context.warn(
        `${plural(result.purged, 'record')} of this release were purged since, and nobody gets them any more.`
      )
    if (output === '-') this.context.emit({ event: 'done', ...result })
    else this.context.result({ event: 'done', output, ...result }, output)
  }

  private line({ received, read, total, records, peers }: Extract<PullEvent, { event: 'progress' }>): string {
    const seconds = Math.max(0.1, (Date.now() - this.started) / 1000)
    const done = Math.max(received, read)
    const left = done > 0 ? duration(((total - done) / (done / seconds)) * 1000) : 'unknown'
    return (
      `${percent(done, total)}  ${bytes(done)} of ${bytes(total)}  ${rate(received / seconds)}  ` +
      `${left} left  ${plural(records, 'record')}  ${plural(peers, 'peer')}`
    )
  }
}
