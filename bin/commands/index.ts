import { Option, type Command } from 'commander'
import { KINDS, type Kind } from '../../lib/record/types.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { networkOptions } from '../network-options.js'
import { collect, wholeNumber, byteSize } from '../values.js'
import { LIMITS } from '../../lib/dataset/premises.js'
import { bytes } from '../format.js'
import * as desk from '../index-desk.js'
import * as curate from '../index-curate.js'
import { log, verify, type HistoryOptions } from '../index-log.js'
import { release, releases } from '../index-release.js'
import { review, type ReviewOptions } from '../index-review.js'
import { create, serve } from '../index-serve.js'

/** `vdata index`: run a dataset as its moderator. */
export function define(command: Command, context: () => Context): void {
  command.description('Run a dataset as its moderator: create it, serve it, decide what belongs to it.')
  examples(command, [
    ['vdata index create my-dataset', 'make a dataset and print its link'],
    ['vdata index serve', 'be online for it, and accept what passes the checks'],
    ['vdata index queue', 'see what waits for a decision']
  ])
  defineCreate(command, context)
  defineServe(command, context)
  defineDesk(command, context)
  defineCuration(command, context)
  defineHistory(command, context)
}

function defineCreate(command: Command, context: () => Context): void {
  const created = command
    .command('create')
    .summary('make a dataset and print its link')
    .argument('<name>', 'its name: lower-case letters, digits and dashes')
    .option('--title <text>', 'what it is called')
    .option('--description <text>', 'what it is for')
    .addOption(
      new Option('--license <spdx>', 'take records under this licence; several times for several').argParser(collect)
    )
    .addOption(new Option('--kind <kind>', 'take only records of this kind').choices(KINDS).argParser(collectKinds))
    .option('--rules <file>', 'thresholds and levels of the checks, as `vdata check --rules` takes them')
    .option('--moderator <name>', 'the name under which you moderate it')
    .option('--donate-url <url>', 'where people can support it')
    .option('--donate-text <text>', 'one sentence that goes with that address')
    .action((name: string, options: desk.CreateOptions) => create(context(), name, options))
  examples(created, [
    ['vdata index create law --title "Questions of law" --license CC0-1.0', 'a dataset with one licence']
  ])
}

function defineServe(command: Command, context: () => Context): void {
  const served = command
    .command('serve')
    .summary('be online for a dataset: take offers, check volumes, publish verdicts')
    .addOption(
      new Option('--auto <mode>', 'accept what passes the checks, or leave it in the queue for review')
        .choices(['accept', 'review'])
        .default('accept')
    )
    .addOption(
      new Option('--trust <number>', 'with --auto accept: only from contributors with so many accepted volumes')
        .argParser(wholeNumber(0, 1_000_000))
        .default(0)
    )
    .addOption(
      new Option(
        '--benchmarks <file>',
        'a benchmark that volumes must not share text with; several times for several'
      ).argParser(collect)
    )
    .addOption(
      new Option('--quota <size>', 'room for volumes in quarantine')
        .argParser(byteSize)
        .default(LIMITS.quota, bytes(LIMITS.quota))
    )
    .addOption(
      new Option('--per-day <size>', 'volumes to take in a day')
        .argParser(byteSize)
        .default(LIMITS.bytesADay, bytes(LIMITS.bytesADay))
    )
    .addOption(
      new Option('--per-contributor <size>', 'volumes to take of one contributor in a day')
        .argParser(byteSize)
        .default(LIMITS.bytesADayEach, bytes(LIMITS.bytesADayEach))
    )
    .action((options: desk.ServeOptions) => serve(context(), options))
  examples(served, [
    ['vdata index serve', 'accept whatever passes'],
    ['vdata index serve --auto review', 'decide each volume yourself'],
    [
      'vdata index serve --trust 3 --benchmarks stereoset.json',
      'newcomers wait for you, and so does text of a benchmark'
    ]
  ])
  networkOptions(withDataset(served))
}

function defineDesk(command: Command, context: () => Context): void {
  const queue = command
    .command('queue')
    .summary('list the volumes that wait for a decision')
    .action((options: desk.DeskOptions) => desk.queue(context(), options))
  examples(queue, [['vdata index queue --json', 'as JSON']])

  const refused = command
    .command('refused')
    .summary('list offers that were turned away at the door: too many, too fast, untrue, banned')
    .action((options: desk.DeskOptions) => desk.refused(context(), options))
  examples(refused, [['vdata index refused', 'the latest last']])

  const show = command
    .command('show')
    .summary('show what is known of a volume, with a sample of its records')
    .argument('<volume>', "the volume's key, or the start of it")
    .addOption(new Option('-n, --sample <number>', 'records to show').argParser(wholeNumber(0, 100)).default(5))
    .option('--report <file>', 'write what the checks found, as JSON: what `vdata share --report` writes')
    .action((volume: string, options: desk.ShowOptions) => desk.show(context(), volume, options))
  examples(show, [['vdata index show 5k3x -n 20', 'look at 20 of its records']])

  const accept = command
    .command('accept')
    .summary('take a waiting volume into the dataset')
    .argument('<volume>', "the volume's key, or the start of it")
    .action((volume: string, options: desk.AcceptOptions) => desk.accept(context(), volume, options))
  examples(accept, [['vdata index accept 5k3x', 'it is listed from then on, for good']])

  const reject = command
    .command('reject')
    .summary('refuse a waiting volume, with a reason that its contributor can read')
    .argument('<volume>', "the volume's key, or the start of it")
    .option('--reason <code>', 'why: a reason code, such as pii, quality, spam or off_topic')
    .option('--note <text>', 'a sentence more', '')
    .option('--records <ranges>', 'which records it is about: 3,7-9 (default: those in which the checks found it)')
    .action((volume: string, options: desk.RejectOptions) => desk.reject(context(), volume, options))
  examples(reject, [['vdata index reject 5k3x --reason quality --note "Many answers are cut off."', 'say why']])

  const reviewed = command
    .command('review')
    .summary('walk through what waits, one volume or record at a time: accept, reject, skip, undo')
    .addOption(
      new Option('-n, --sample <number>', 'records to walk through').argParser(wholeNumber(1, 100)).default(20)
    )
    .action((options: ReviewOptions) => review(context(), options))
  examples(reviewed, [['vdata index review', 'a decision is published when you move on to the next']])

  for (const each of [queue, refused, show, accept, reject, reviewed]) withDataset(each)
  for (const each of [accept, reject, reviewed]) withDryRun(each)
}

function defineCuration(command: Command, context: () => Context): void {
  const drop = command
    .command('drop')
    .summary('take records of an accepted volume out of the dataset')
    .argument('<volume>', "the volume's key, or the start of it")
    .option('--records <ranges>', 'which, counted from 0: 3,7-9')
    .option('--reason <code>', 'why: a reason code, such as pii, quality, spam or off_topic')
    .option('--note <text>', 'a sentence more', '')
    .addOption(
      new Option('--scope <scope>', 'hide: no longer given out. purge: seeders also clear the blocks that hold them')
        .choices(['hide', 'purge'])
        .default('hide')
    )
    .action((volume: string, options: curate.DropOptions) => curate.drop(context(), volume, options))
  examples(drop, [['vdata index drop 5k3x --records 3,7-9 --reason pii --scope purge', 'and clear them everywhere']])

  const ban = command
    .command('ban')
    .summary('take nothing more from a contributor')
    .argument('<contributor>', "the contributor's key, or the start of it")
    .option('--reason <code>', 'why: a reason code, such as pii, quality, spam or off_topic')
    .option('--note <text>', 'a sentence more', '')
    .action((contributor: string, options: curate.BanOptions) => curate.ban(context(), contributor, options))
  examples(ban, [['vdata index ban 9x1q --reason spam', 'what was accepted of theirs stays']])

  const unban = command
    .command('unban')
    .summary('take offers of a banned contributor again')
    .argument('<contributor>', "the contributor's key, or the start of it")
    .option('--note <text>', 'why', '')
    .action((contributor: string, options: curate.BanOptions) => curate.unban(context(), contributor, options))
  examples(unban, [['vdata index unban 9x1q', 'from now on']])

  const released = command
    .command('release')
    .summary('give a name to what the dataset is now: vdata://…/<name> stays exactly that')
    .argument('<name>', 'such as v1 or 2026-11')
    .option('--notes <text>', 'what is new in it', '')
    .option('--card <file>', "where to write its card (default: in the dataset's folder)")
    .option('--croissant <file>', "where to write its Croissant metadata (default: in the dataset's folder)")
    .action((name: string, options: curate.ReleaseOptions) => release(context(), name, options))
  examples(released, [['vdata index release v1 --notes "The first 10,000 questions."', 'and print its link']])

  const listed = command
    .command('releases')
    .summary('list the releases of the dataset')
    .action((options: desk.DeskOptions) => releases(context(), options))
  examples(listed, [['vdata index releases', 'oldest first']])

  const volumes = command
    .command('volumes')
    .summary('list the volumes that the dataset has')
    .action((options: desk.DeskOptions) => curate.volumes(context(), options))
  examples(volumes, [['vdata index volumes', 'oldest first']])

  const contributors = command
    .command('contributors')
    .summary('list who has offered something, and how they stand')
    .action((options: desk.DeskOptions) => curate.contributors(context(), options))
  examples(contributors, [['vdata index contributors --json', 'as JSON']])

  for (const each of [drop, ban, unban, released, listed, volumes, contributors]) withDataset(each)
  for (const each of [drop, ban, unban, released]) withDryRun(each)
}

function defineHistory(command: Command, context: () => Context): void {
  const logged = command
    .command('log')
    .summary('show who decided what, when and why, from the index itself')
    .argument('[link]', 'of any dataset (default: your own)')
    .action((link: string | undefined, options: HistoryOptions) => log(context(), link, options))
  examples(logged, [
    ['vdata index log', 'oldest first'],
    ['vdata index log vdata://… --json', "somebody else's"]
  ])

  const verified = command
    .command('verify')
    .summary('replay the index from its first entry, and say where it breaks its own rules')
    .argument('[link]', 'of any dataset (default: your own)')
    .action((link: string | undefined, options: HistoryOptions) => verify(context(), link, options))
  examples(verified, [['vdata index verify', 'ends with 5 where something is wrong']])

  for (const each of [logged, verified]) networkOptions(withDataset(each))
}

function withDryRun(command: Command): Command {
  return command.option('--dry-run', 'say what would be written, and write nothing')
}

/** The option of every sub-command that works on a dataset that exists. */
function withDataset(command: Command): Command {
  return command.option('--dataset <name>', 'which of your datasets; may be left out where you have one')
}

function collectKinds(value: string, before: Kind[] | undefined): Kind[] {
  return collect(value, before) as Kind[]
}
