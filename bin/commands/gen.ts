import process from 'node:process'
import { InvalidArgumentError, type Command } from 'commander'
import { VdataError } from '../../lib/errors.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { wholeNumber } from '../values.js'
import { check, init, journal } from '../gen-modes.js'
import { run } from '../gen-run.js'

export interface GenOptions {
  count?: number
  apikey?: string
  provider?: string
  model?: string
  baseUrl?: string
  seed?: number
  budget?: number
  budgetWarn?: number
  priceIn?: number
  priceOut?: number
  rpm?: number
  tpm?: number
  concurrency?: number
  batch?: boolean
  wait: boolean
  dryRun?: boolean
  fresh?: boolean
  contribute: boolean
  init?: boolean
  check?: boolean
  journal?: boolean
}

/** `vdata gen`: generate records from a recipe. */
export function define(command: Command, context: () => Context): void {
  hideArguments()
  command
    .description(
      'Generate training records from a recipe: with its own templates, or with a model. What was paid for is kept in a ' +
        'journal beside the output, so that a second run of the same command goes on where the first one ended.'
    )
    .argument('[output]', 'the file that gets the records, JSON Lines')
    .argument('[recipe]', 'the recipe, a JSON file')
    .option('-n, --count <records>', 'how many records to aim for', wholeNumber())
    .option('-k, --apikey <key>', "the provider's key; better: OPENAI_API_KEY, GEMINI_API_KEY or APIKEY")
    .option('--provider <name>', 'template, openai, gemini or augment')
    .option('--model <name>', 'the model')
    .option('--base-url <url>', 'a compatible server, http://127.0.0.1:11434/v1')
    .option('--seed <number>', 'same recipe, same seed: same requests', wholeNumber(0))
    .option('--budget <dollars>', 'never spend more, over all runs for this output', dollars)
    .option('--budget-warn <dollars>', 'say when so much is spent', dollars)
    .option('--price-in <dollars>', 'price of a million tokens of input', price)
    .option('--price-out <dollars>', 'price of a million tokens of output', price)
    .option('--rpm <requests>', 'requests a minute', wholeNumber())
    .option('--tpm <tokens>', 'tokens a minute', wholeNumber())
    .option('--concurrency <requests>', 'the most requests in flight', wholeNumber(1, 4096))
    .option('--batch', "OpenAI's Batch API: half the price, within a day")
    .option('--no-wait', 'with --batch: submit and leave; the same command collects later')
    .option('--dry-run', 'say what it would take, and send nothing')
    .option('--fresh', 'ignore the journal; it is put aside, and everything is paid again')
    .option('--no-contribute', 'do not ask whether to contribute')
    .option('--init', 'write a commented starter recipe to <output>')
    .option('--check', 'validate <recipe> (or <output>, alone) and print its first prompts')
    .option('--journal', 'show what the journal of <output> holds')
    .action((output: string | undefined, recipe: string | undefined, options: GenOptions) =>
      act(context(), output, recipe, options)
    )
  examples(command, [
    ['vdata gen --init recipe.json', 'write a recipe to begin with'],
    ['vdata gen out.jsonl recipe.json', 'generate; the same again goes on where it ended'],
    ['vdata gen out.jsonl recipe.json --budget 5', 'never spend more than five dollars'],
    ['vdata gen out.jsonl recipe.json --dry-run', 'see requests, tokens and cost first']
  ])
}

async function act(
  context: Context,
  output: string | undefined,
  recipe: string | undefined,
  options: GenOptions
): Promise<void> {
  if (options.init) return init(context, output ?? 'recipe.json')
  const first = output ?? missing('the output is missing')
  if (options.journal) return journal(context, first)
  if (options.check) return check(context, recipe ?? first, changesOf(options))
  return run(context, first, recipe ?? missing('the recipe is missing'), options, changesOf(options))
}

/** What flags change in the recipe. */
function changesOf(options: GenOptions): { [key: string]: unknown } {
  const changes: { [key: string]: unknown } = {
    count: options.count,
    provider: options.provider,
    model: options.model,
    base_url: options.baseUrl,
    seed: options.seed,
    budget: options.budget,
    budget_warn: options.budgetWarn,
    requests_per_minute: options.rpm,
    tokens_per_minute: options.tpm,
    concurrency: options.concurrency,
    batch: options.batch
  }
  if ((options.priceIn === undefined) !== (options.priceOut === undefined))
    missing('--price-in and --price-out go together')
  if (options.priceIn !== undefined) changes['prices'] = { input: options.priceIn, output: options.priceOut }
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

function missing(what: string): never {
  throw new VdataError('usage', 'USAGE', `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, "See 'vdata gen --help'.")
}

function price(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN
  if (Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number of dollars, such as 0.15.')
}

function dollars(text: string): number {
  const value = price(text.replace(/^\$/, ''))
  if (value > 0) return value
  throw new InvalidArgumentError('It must be more than 0.')
}

/** Takes the arguments, and with them a key, out of what other users of this computer see in the list of processes. */
function hideArguments(): void {
  if (process.argv.some((argument) => /^(?:-[a-z]*k|--apikey)/.test(argument))) process.title = 'vdata gen'
}
