import { Option, type Command } from 'commander'
import { compareBench, parseBenchResult } from '../../lib/bias/bench/compare.js'
import { CROWS_SOURCE, parseCrowsPairs } from '../../lib/bias/bench/crows.js'
import { connect, METHODS, type Method } from '../../lib/bias/bench/endpoint.js'
import { openOnnx } from '../../lib/bias/bench/onnx.js'
import { benchRecipe } from '../../lib/bias/bench/recipe.js'
import { benchStereoSet, runBench, type BenchOptions, type BenchResult } from '../../lib/bias/bench/run.js'
import type { Scorer } from '../../lib/bias/bench/scorer.js'
import { parsePredictions } from '../../lib/bias/bench/stereoset-score.js'
import { parseStereoSet, STEREOSET_SOURCE, type StereoSet } from '../../lib/bias/bench/stereoset.js'
import { BENCH_HEAD, benchMarkdown, benchRows } from '../../lib/bias/render/markdown.js'
import { VdataError } from '../../lib/errors.js'
import { readNamed, writeWhole } from '../bias-files.js'
import { crowsTable, stereoSetTable } from '../bias-table.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { table } from '../table.js'
import { wholeNumber } from '../values.js'

interface Flags {
  baseUrl?: string
  model?: string
  apikey?: string
  method: Method
  startToken?: string
  onnx?: string
  stereoset?: string
  intersentence?: boolean
  crows?: string
  output?: string
  cache?: string
  concurrency: number
  recipe?: boolean
}

/** `vdata bench`: the bias of a model, by StereoSet and CrowS-Pairs. */
export function define(command: Command, context: () => Context): void {
  command
    .description(
      'Measure the bias of a model with StereoSet and CrowS-Pairs, through a completions endpoint that gives ' +
        'log-probabilities of its prompt (vLLM, llama.cpp).'
    )
    .option('--base-url <url>', "the server's address, as OpenAI clients are given it")
    .option('--model <name>', "the model's name on the server, or in the folder of --onnx")
    .option('-k, --apikey <key>', 'the API key, where the server wants one; else OPENAI_API_KEY')
    .addOption(new Option('--method <method>', 'how text is scored').choices(METHODS).default('auto'))
    .option('--start-token <text>', "text before every sentence that is not scored, such as GPT-2's <|endoftext|>")
    .option('--onnx <folder>', 'run the model in this process, from this folder')
    .option('--stereoset <file>', "StereoSet's dev.json")
    .option('--intersentence', "score StereoSet's intersentence half as well (not comparable with published figures)")
    .option('--crows <file>', "CrowS-Pairs' crows_pairs_anonymized.csv")
    .option('-o, --output <file>', 'write the result as JSON, such as bench compare reads')
    .option('--cache <file>', 'where scores are kept so that a run can go on; by default beside --output')
    .option('--concurrency <count>', 'requests at the same time', wholeNumber(1, 256), 4)
    .option('--recipe', 'print the steps of a before and after, from data to comparison')
    .action((flags: Flags) => (flags.recipe ? recipe : bench)(context(), flags))
  examples(command, [
    [
      'vdata bench --base-url http://127.0.0.1:8000/v1 --model gpt2 --stereoset dev.json -o before.json',
      'bench a model'
    ],
    ['vdata bench --recipe', 'see how to measure what training on a dataset does']
  ])

  // commander gives bench itself those options that it shares with its sub-commands, wherever they stand: they are
  // declared there for the help, and read from both.
  const score = command
    .command('score')
    .summary("score a file of predictions of StereoSet's own project")
    .argument('<predictions>', 'a JSON file of scores by sentence')
    .option('--stereoset <file>', "StereoSet's dev.json")
    .option('-o, --output <file>', 'write the result as JSON, such as bench compare reads')
    .action((file: string, _: unknown, self: Command) => scoreFile(context(), file, self.optsWithGlobals()))
  examples(score, [['vdata bench score predictions.json --stereoset dev.json', 'LMS, SS and ICAT of a model']])

  const compare = command
    .command('compare')
    .summary('compare two results, pair by pair')
    .argument('<before>', 'a result of vdata bench')
    .argument('<after>', 'another')
    .option('--markdown <file>', 'write the comparison as Markdown')
    .option('-o, --output <file>', 'write the comparison as JSON')
    .action((before: string, after: string, _: unknown, self: Command) =>
      compareFiles(context(), before, after, self.optsWithGlobals())
    )
  examples(compare, [['vdata bench compare before.json after.json', 'say whether the model has changed']])
}

async function bench(context: Context, flags: Flags): Promise<void> {
  if (flags.stereoset === undefined && flags.crows === undefined) {
    throw new VdataError(
      'usage',
      'NO_BENCHMARK',
      'There is no benchmark to run.',
      'Give --stereoset FILE, --crows FILE or both.'
    )
  }
  const { model = '' } = flags
  if (model === '') throw new VdataError('usage', 'NO_MODEL', 'It is not said which model.', 'Give --model NAME.')
  const stereoset = flags.stereoset === undefined ? undefined : await stereoSetOf(context, flags.stereoset)
  const crows =
    flags.crows === undefined
      ? undefined
      : parseCrowsPairs(await readNamed(flags.crows, download('crows')), flags.crows)
  if (crows?.known === false)
    context.warn('This is not the published CrowS-Pairs file: its figures compare with no others.')
  const scorer = await scorerOf(context, model, flags)
  const progress = context.progress()
  const cache = flags.cache ?? (flags.output === undefined ? undefined : `${flags.output}.cache.jsonl`)
  const options: BenchOptions = {
    model,
    stereoset,
    crows,
    intersentence: flags.intersentence,
    cache,
    concurrency: flags.onnx === undefined ? flags.concurrency : 1,
    signal: context.signal,
    onEvent: ({ done, total, cached }) =>
      progress.update(`Scored ${done} of ${total} sentences (${cached} from the cache)`)
  }
  let result: BenchResult
  try {
    result = await runBench(scorer, options)
  } finally {
    progress.clear()
    await scorer.close?.()
  }
  await finish(context, result, flags.output)
}

async function scorerOf(context: Context, model: string, flags: Flags): Promise<Scorer> {
  if (flags.onnx !== undefined) return openOnnx({ folder: flags.onnx, model })
  if (flags.baseUrl === undefined) {
    throw new VdataError(
      'usage',
      'NO_ENDPOINT',
      'There is no model server to ask.',
      'Give --base-url URL, or --onnx FOLDER.'
    )
  }
  const endpoint = {
    baseUrl: flags.baseUrl,
    apiKey: flags.apikey ?? context.env['OPENAI_API_KEY'],
    model,
    startToken: flags.startToken
  }
  return connect(endpoint, flags.method, context.signal)
}

async function scoreFile(
  context: Context,
  file: string,
  flags: { stereoset?: string; output?: string }
): Promise<void> {
  if (flags.stereoset === undefined) {
    throw new VdataError(
      'usage',
      'NO_BENCHMARK',
      'Predictions are scored with the benchmark.',
      'Give --stereoset FILE.'
    )
  }
  const stereoset = await stereoSetOf(context, flags.stereoset)
  const predictions = parsePredictions((await readNamed(file)).toString('utf8'), file)
  const result: BenchResult = {
    format: 'vdata/bench',
    version: 1,
    model: file,
    method: 'predictions',
    created_at: new Date().toISOString(),
    stereoset: benchStereoSet(stereoset, predictions, { ownIntersentence: false })
  }
  await finish(context, result, flags.output)
}

async function finish(context: Context, result: BenchResult, output: string | undefined): Promise<void> {
  if (output !== undefined) {
    await writeWhole(output, JSON.stringify(result, null, 2) + '\n')
    context.say(`Wrote ${output}`)
  }
  const tables = [
    ...(result.stereoset === undefined ? [] : [stereoSetTable(result.stereoset)]),
    ...(result.crows === undefined ? [] : [crowsTable(result.crows.scores)])
  ]
  context.result(result, tables.join('\n\n'))
}

async function compareFiles(
  context: Context,
  before: string,
  after: string,
  flags: { markdown?: string; output?: string }
): Promise<void> {
  const [first, second] = [await readNamed(before), await readNamed(after)]
  const comparison = compareBench(
    parseBenchResult(first.toString('utf8'), before),
    parseBenchResult(second.toString('utf8'), after)
  )
  if (flags.output !== undefined) await writeWhole(flags.output, JSON.stringify(comparison, null, 2) + '\n')
  if (flags.markdown !== undefined) await writeWhole(flags.markdown, benchMarkdown(comparison))
  const overall = comparison.differences.filter(({ id }) => id.includes('.overall.')).map(({ sentence }) => sentence)
  const rows = table(benchRows(comparison), { head: BENCH_HEAD, right: [1, 2, 3, 5, 6] })
  context.result(comparison, [rows, ...overall].join('\n'))
}

async function recipe(context: Context): Promise<void> {
  const steps = benchRecipe()
  const text = steps.map(({ what, commands }, n) => `# ${n + 1}. ${what}\n${commands.join('\n')}`).join('\n\n')
  context.result({ steps }, text)
}

async function stereoSetOf(context: Context, path: string): Promise<StereoSet> {
  const set = parseStereoSet(await readNamed(path, download('stereoset')), path)
  if (!set.known) context.warn('This is not the published StereoSet file: its figures compare with no others.')
  return set
}

function download(benchmark: 'stereoset' | 'crows'): string {
  return benchmark === 'stereoset'
    ? `Get StereoSet (${STEREOSET_SOURCE.license}) with: curl -fLo dev.json ${STEREOSET_SOURCE.url}`
    : `Get CrowS-Pairs (${CROWS_SOURCE.license}) with: curl -fLo crows_pairs_anonymized.csv ${CROWS_SOURCE.url}`
}
