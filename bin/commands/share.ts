import { Option, type Command } from 'commander'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { networkOptions } from '../network-options.js'
import { appeal, resume, shareFiles, type ShareOptions } from '../share.js'
import { showShares } from '../share-status.js'
import { collect, wholeNumber } from '../values.js'
import { FORMATS } from '../../lib/record/source.js'
import { VdataError } from '../../lib/errors.js'

/** `vdata share`: give records to a dataset. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Give records to a dataset: check them, seal them into a volume, offer it, and stay until the moderator or a ' +
        'seeder holds a full copy. What is shared can be copied by anyone, and cannot be taken back.'
    )
    .argument('[file...]', 'JSON Lines, a JSON array, CSV or text; - for standard input')
    .option('--to <link>', 'the dataset: vdata://… (default: the setting "dataset")')
    .option('--detach', 'seal and leave; `vdata share --resume` goes on')
    .option('--resume', 'go on with everything that waits for a copy or a verdict')
    .option('--appeal <volume>', 'say once, with --note, why the refusal of a volume was wrong')
    .option('--note <text>', 'what to say to the moderator', '')
    .option('--status', 'list what was shared from here, with its verdicts')
    .addOption(
      new Option('--format <format>', 'what the files are (default: by their name and content)').choices(FORMATS)
    )
    .addOption(
      new Option('--map <field=column>', 'a record field and the column that it comes from; several times')
        .argParser(collect)
        .default([], 'known shapes are recognised')
    )
    .option('--license <spdx>', "the volume's licence (default: that of the records)")
    .option('--name <name>', 'your public name (default: the setting "name")')
    .option('--check-only', 'say what the checks find, and share nothing')
    .option('--strict', 'share nothing where a record has a fault')
    .option('--leave-out', 'leave out the records that have faults')
    .option('--no-check', 'share without checks')
    .option('--report <file>', 'write what the checks find, as JSON: a line for each volume')
    .option('--keep-order', 'leave the records in the order of the file')
    .addOption(
      new Option('--wait <seconds>', 'how long to wait for the verdict of a moderator who is online')
        .argParser(wholeNumber(0, 86_400))
        .default(15)
    )
    .action((files: string[], options: ShareOptions) => run(context(), files, options))
  networkOptions(command)
  examples(command, [
    ['vdata share answers.jsonl --to vdata://…', 'give a file to a dataset'],
    ['vdata share qa.csv --map prompt=question --map response=answer', 'name the columns'],
    ['vdata share --appeal 5k3x --note "These are made-up addresses."', 'say why a refusal was wrong, once'],
    ['vdata share answers.jsonl --leave-out', 'only what has no personal data, insults, doubles and so on'],
    ['vdata share --status', 'see what became of it']
  ])
}

async function run(context: Context, files: string[], options: ShareOptions): Promise<void> {
  const modes = [files.length > 0, options.resume, options.status, options.appeal !== undefined].filter(Boolean).length
  if (modes !== 1) {
    throw new VdataError(
      'usage',
      'SHARE_WHAT',
      modes === 0 ? 'Name a file to share.' : 'Give either files, or --resume, or --status, or --appeal.',
      'See `vdata share --help`.'
    )
  }
  if (options.status) await showShares(context)
  else if (options.appeal !== undefined) await appeal(context, options.appeal, options)
  else if (options.resume) await resume(context, options)
  else await shareFiles(context, files, options)
}
