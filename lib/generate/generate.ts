import { VdataError } from '../errors.js'
import { writeCard } from './card.js'
import { checkOutput } from './check-output.js'
import { emitting, type OnEvent } from './events.js'
import { Journal } from './journal/journal.js'
import { lock } from './journal/lock.js'
import { Budget } from './money/budget.js'
import { estimateRun, type Estimate } from './money/estimate.js'
import { priceOf, type KnownPrice } from './money/prices.js'
import { counterFor } from './money/tokens.js'
import { emptyWritten, filesOf, writeOutput, type Files, type Written } from './output.js'
import { Gate } from './pace/gate.js'
import { Progress } from './progress.js'
import { clientOptions, openProvider } from './providers/open.js'
import { openaiBatches } from './providers/openai-batch.js'
import type { LoadedRecipe } from './recipe/load.js'
import { makePlan, readSources, type Plan, type Sources } from './recipe/plan.js'
import { placeholderLeaves } from './recipe/topics.js'
import { collectBatches, runBatches, type BatchOptions } from './run-batches.js'
import { runItems } from './run.js'
import type { Recipe } from './recipe/schema.js'
import { Missing, Sender, type Counters } from './send.js'
import { modelTopics } from './steps/model-topics.js'

export interface GenerateOptions {
  loaded: LoadedRecipe
  /** The file that gets the records; the journal, the card and what was dropped lie beside it. */
  output: string
  /** The provider's key. Never written anywhere. */
  key?: string
  /** Puts an existing journal aside, and pays for everything again. */
  fresh?: boolean
  /** Estimates and sends nothing. */
  dryRun?: boolean
  /** With batches: wait until they are done; else submit and leave. */
  wait?: boolean
  /** Asked when the run may cost more than the recipe's `confirm_over`. */
  confirm?: (estimate: Estimate) => Promise<boolean>
  signal?: AbortSignal
  onEvent?: OnEvent
  /** Milliseconds in which the limits "a minute" count; for tests. */
  window?: number
}

export interface GenerateResult extends Written {
  files: Files
  recipe: string
  items: number
  cached: number
  counters: Counters
  estimate: Estimate
  /** Dollars for this output over all runs; null when the price is not known. */
  spent: number | null
  /** Of these, dollars that may have been billed without an answer that says so. */
  possible: number
  /** Answers whose price could not be told. */
  unpriced: number
  /** Why it ended before it was done; then it can be resumed. */
  ended?: VdataError
  /** Nothing was sent: it was a dry run, or the question was answered with no. */
  sentNothing?: 'dry run' | 'declined'
}

/**
 * Generates the records of a recipe into a file. Throws a VdataError when it can't start; one that ends a run on its way
 * is in the result, beside what was bought until then.
 */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const files = filesOf(options.output)
  await checkOutput(files)
  const unlock = await lock(`${options.output}.lock`)
  try {
    const { recipe } = options.loaded
    const journal =
      recipe.provider === 'template' ? undefined : await Journal.open(files.journal, { fresh: options.fresh })
    try {
      return await withJournal(options, files, journal)
    } finally {
      await journal?.close()
    }
  } finally {
    await unlock()
  }
}

async function withJournal(
  options: GenerateOptions,
  files: Files,
  journal: Journal | undefined
): Promise<GenerateResult> {
  const { loaded, key } = options
  const { recipe } = loaded
  const onEvent = options.onEvent ?? (() => undefined)
  const provider = openProvider(recipe, key)
  const price = priceOf(recipe)
  checkBudget(loaded, price)
  const { count, exact } = await counterFor(recipe.provider, recipe.model)
  const budget = new Budget(recipe.budget, journal?.committed ?? 0)
  const gate = new Gate({
    concurrency: recipe.concurrency,
    limits: { requestsPerMinute: recipe.requests_per_minute, tokensPerMinute: recipe.tokens_per_minute },
    defaults: provider.defaults,
    budget,
    window: options.window
  })
  const stopping = new AbortController()
  const abandoned = new AbortController()
  const emit = emitting(onEvent, key)
  let progress: Progress | undefined
  let warned = false
  const sender = new Sender({
    recipe,
    provider,
    journal,
    gate,
    price,
    count,
    stopping: stopping.signal,
    abandoned: abandoned.signal,
    onEvent: emit,
    onSettled: () => {
      warnOfBudget()
      progress?.tick()
    }
  })

  const sources = await readSources(loaded)
  const recalled = await recallTopics(loaded, sources, sender)
  const estimate = await estimateRun(recalled, sender, { count, exact, price })
  for (const note of recalled.notes) emit({ event: 'notice', message: note })
  const { items, variants } = recalled
  const records = items * variants.length * (recipe.verbalized?.keep ?? 1)
  emit({
    event: 'plan',
    items,
    records,
    cached: estimate.cached,
    provider: provider.name,
    model: recipe.model,
    recipe: loaded.hash
  })
  emit({ event: 'estimate', estimate })

  const result = (more: Partial<GenerateResult>): GenerateResult => ({
    ...emptyWritten(),
    files,
    recipe: loaded.hash,
    items,
    cached: 0,
    counters: sender.counters,
    estimate,
    spent: price ? (journal?.committed ?? 0) : null,
    possible: journal?.spending.possible ?? 0,
    unpriced: journal?.spending.unpriced ?? 0,
    ...more
  })
  if (options.dryRun) return result({ sentNothing: 'dry run' })
  if ((estimate.cost?.high ?? 0) > recipe.confirm_over && options.confirm && !(await options.confirm(estimate))) {
    return result({ sentNothing: 'declined' })
  }

  const leaves = await modelTopics(recipe, sender.ask)
  const plan = leaves ? makePlan(loaded, sources, leaves) : recalled
  progress = new Progress(
    { items: plan.items, gate, budget, journal, priced: price !== undefined, onEvent: emit },
    sender.counters
  )
  const signal = options.signal ?? new AbortController().signal
  const known = (journal?.answers ?? 0) > 0
  const run = () =>
    runItems({ plan, sender, gate, progress: progress!, signal, stopping, abandoned, known, onEvent: emit })
  const batches: BatchOptions | undefined =
    journal && recipe.provider === 'openai'
      ? {
          plan,
          provider,
          client: openaiBatches(clientOptions(recipe, key)),
          baseUrl: recipe.base_url,
          journal,
          sender,
          budget,
          price,
          wait: options.wait ?? true,
          scratch: `${files.output}.batch.tmp`,
          signal,
          onEvent: emit
        }
      : undefined
  const ended = await generateAll(recipe, batches, run)
  emit({ event: 'progress', ...progress.snapshot() })
  emit({ event: 'writing' })
  const written = await writeOutput(plan, sender.recall, provider, files)
  const finished = result({
    ...written,
    items: plan.items,
    cached: progress.cached,
    ended: ended ?? interrupted(written, signal)
  })
  await writeCard(plan, finished)
  return finished

  function warnOfBudget(): void {
    const { budget_warn: warn } = recipe
    if (warn === undefined || warned || budget.spent < warn) return
    warned = true
    emit({ event: 'budget_warning', spent: budget.spent, warn })
  }
}

/** Asks for everything: as batches, or one by one after what batches of earlier runs gave was collected. */
async function generateAll(
  { batch }: Recipe,
  batches: BatchOptions | undefined,
  run: () => Promise<VdataError | undefined>
): Promise<VdataError | undefined> {
  try {
    if (batch && batches) return await runBatches(batches)
    const waiting = batches && (await collectBatches({ ...batches, wait: false }))
    return waiting ?? (await run())
  } catch (error) {
    // What was bought until now is written all the same.
    if (batches?.signal.aborted) return undefined
    if (error instanceof VdataError) return error
    throw error
  }
}

/** The plan with its topics as far as the journal knows them; stand-ins where a model has yet to build them. */
async function recallTopics(loaded: LoadedRecipe, sources: Sources, sender: Sender): Promise<Plan> {
  const { topics } = loaded.recipe
  if (topics === undefined || Array.isArray(topics)) return makePlan(loaded, sources)
  try {
    return makePlan(loaded, sources, await modelTopics(loaded.recipe, sender.recall))
  } catch (error) {
    if (!(error instanceof Missing)) throw error
    return makePlan(loaded, sources, placeholderLeaves(topics))
  }
}

function checkBudget({ recipe }: LoadedRecipe, price: KnownPrice | undefined): void {
  if ((recipe.budget === undefined && recipe.budget_warn === undefined) || price) return
  throw new VdataError(
    'config',
    'PRICE_UNKNOWN',
    `The price of ${recipe.model} is not known, so no budget can be kept.`,
    'Give it with --price-in and --price-out (dollars for a million tokens; 0 for a server of your own).'
  )
}

function interrupted(written: Written, signal: AbortSignal): VdataError | undefined {
  if (signal.aborted) {
    return new VdataError('interrupted', 'INTERRUPTED', 'Stopped on your wish.', 'Run the same command again to go on.')
  }
  if (written.unanswered === 0) return undefined
  return new VdataError(
    'unfinished',
    'UNANSWERED',
    `${written.unanswered} prompts have no answer yet.`,
    'Run the same command again; only they are asked for.'
  )
}
