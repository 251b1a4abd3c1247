import { VdataError } from '../lib/errors.js'
import {
  generate,
  isAugmenting,
  loadRecipe,
  type Estimate,
  type GenerateResult,
  type Recipe
} from '../lib/generate/index.js'
import type { GenOptions } from './commands/gen.js'
import { checkGenerated, checkLine } from './check-file.js'
import type { Context } from './context.js'
import { EXIT_CODES } from './exit-codes.js'
import { augment } from './gen-augment.js'
import { renderEvents } from './gen-events.js'
import { askToContribute } from './gen-question.js'
import { dollars, estimateLines, summaryLines } from './gen-text.js'

/** Generates, and asks whether to contribute what was generated. */
export async function run(
  context: Context,
  output: string,
  recipeFile: string,
  options: GenOptions,
  changes: { [key: string]: unknown }
): Promise<void> {
  context.patient()
  const loaded = await loadRecipe(recipeFile, changes)
  if (isAugmenting(loaded)) return augment(context, output, loaded, options)
  const key = keyFor(context, loaded.recipe, options)
  const rendering = renderEvents(context, { estimate: options.dryRun === true })
  let result: GenerateResult
  try {
    result = await generate({
      loaded,
      output,
      key,
      fresh: options.fresh,
      dryRun: options.dryRun,
      wait: options.wait,
      // A budget is an answer to the question already.
      confirm: loaded.recipe.budget === undefined ? (estimate) => approve(context, rendering.end, estimate) : undefined,
      signal: context.signal,
      onEvent: rendering.onEvent
    })
  } finally {
    rendering.end()
  }
  await report(context, result, options)
}

async function report(context: Context, result: GenerateResult, options: GenOptions): Promise<void> {
  const { ended, sentNothing, ...facts } = result
  const { output } = result.files
  if (sentNothing === undefined) for (const line of summaryLines(result, context)) context.say(line)
  // What is not done yet is checked when it is.
  const check = ended || sentNothing ? undefined : await checkGenerated(context, output, result.records)
  if (check) context.say(checkLine(check, output))
  const problem = ended && { code: ended.code, message: ended.message, advice: ended.advice }
  context.emit({
    event: 'done',
    ...facts,
    ...(check && { check }),
    ...(problem && { ended: problem }),
    ...(sentNothing && { sent_nothing: sentNothing })
  })
  if (sentNothing === 'declined') {
    context.say('Nothing was sent.')
    return
  }
  if (ended) {
    if (ended.failure === 'interrupted') context.say(`${ended.message} ${ended.advice}`)
    else if (context.json) context.emit({ event: 'error', ...problem })
    else context.warn(`${ended.message} ${ended.advice}`)
    context.exit(EXIT_CODES[ended.failure])
    return
  }
  if (sentNothing === undefined && options.contribute) await askToContribute(context, result)
}

/** Asks a person; where there is none, nothing is bought unasked. */
async function approve(context: Context, clear: () => void, estimate: Estimate): Promise<boolean> {
  const high = dollars(estimate.cost?.high)
  if (context.yes) return true
  if (!context.interactive) {
    throw new VdataError(
      'usage',
      'APPROVAL_NEEDED',
      `This run may cost up to ${high}, and there is nobody to ask.`,
      'Approve it with --yes, or set a limit with --budget.'
    )
  }
  clear()
  for (const line of estimateLines(estimate)) context.say(line)
  return context.confirm(`This may cost up to ${high}. Go on?`, false)
}

/** The key: the flag's, else the environment's. */
function keyFor(context: Context, { provider }: Recipe, { apikey }: GenOptions): string | undefined {
  if (provider === 'template') return undefined
  if (apikey !== undefined) {
    context.warn(
      "Your shell's history keeps a key that is given with -k. Set OPENAI_API_KEY, GEMINI_API_KEY or APIKEY instead."
    )
  }
  const own = provider === 'openai' ? context.env['OPENAI_API_KEY'] : context.env['GEMINI_API_KEY']
  // A key that was pasted often has a line end, which no header can have.
  return [apikey, own, context.env['APIKEY']].map((key) => key?.trim()).find((key) => key !== undefined && key !== '')
}
