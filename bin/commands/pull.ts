import type { Command } from 'commander'
import type { PullOptions } from '../../lib/pull/options.js'
import { pull } from '../../lib/pull/pull.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { pullOptions, resolvePull, type PullFlags } from '../pull-options.js'
import { PullPanel, showExplanation } from '../pull-panel.js'

/** `vdata pull`: the dataset, or the part that is wanted, in the form that is wanted. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Get a dataset, or the part of it that you need, into a file. Only the blocks that can hold a wanted record are ' +
        'fetched, each is verified, and the target is replaced only once everything is there. A pull that was ' +
        'interrupted goes on where it was.'
    )
    .action((output: string | undefined, flags: PullFlags) => run(context(), output, flags))
  pullOptions(command)
  examples(command, [
    ['vdata pull data.jsonl --from vdata://…', 'get everything as JSON Lines'],
    ['vdata pull law.csv -c --where topic=law --limit 1000', 'get a part as CSV, from the dataset of your settings'],
    [
      'vdata pull chat.jsonl.zst --format chat --split train=0.9,test=0.1',
      'get training and test data for a chat model'
    ],
    [
      'vdata pull - --sql "SELECT topic, count(*) AS n FROM records GROUP BY topic ORDER BY n DESC" -c',
      'ask a question, and see only the answer'
    ],
    ['vdata pull my-dataset/', 'get a folder that datasets.load_dataset opens']
  ])
}

async function run(context: Context, output: string | undefined, flags: PullFlags): Promise<void> {
  const panel = new PullPanel(context)
  const resolved = await resolvePull(context, output, flags)
  const options = { ...resolved, onEvent: panel.onEvent }
  const asked = flags.sql === undefined ? options : { ...options, sql: await statement(context, flags.sql, options) }
  if (flags.dryRun || flags.explain) {
    const { explain } = await import('../../lib/pull/explain.js')
    const explanation = await explain(asked)
    panel.clear()
    showExplanation(context, explanation, flags.explain === true)
    return
  }
  const result = await pull(asked)
  panel.end(asked.output, result)
}

async function statement(context: Context, given: string | true, options: PullOptions): Promise<string | undefined> {
  const { resolveSql } = await import('../pull-sql.js')
  return resolveSql(context, given, options)
}
