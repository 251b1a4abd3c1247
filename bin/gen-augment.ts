import { changeLines } from '../lib/bias/render/summary.js'
import { augmentData, type AugmentRecipe, type AugmentResult, type LoadedRecipe } from '../lib/generate/index.js'
import type { GenOptions } from './commands/gen.js'
import { checkGenerated, checkLine } from './check-file.js'
import type { Context } from './context.js'
import { count, plural } from './format.js'
import { askToContribute } from './gen-question.js'

/** `vdata gen` with provider augment: writes the counterfactuals, and says what they change. */
export async function augment(
  context: Context,
  output: string,
  loaded: LoadedRecipe<AugmentRecipe>,
  options: GenOptions
): Promise<void> {
  const progress = context.progress()
  let result: AugmentResult
  try {
    result = await augmentData({
      loaded,
      output,
      dryRun: options.dryRun,
      signal: context.signal,
      onEvent: (event) => {
        context.emit({ ...event })
        progress.update(`${count(event.read)} records read, ${count(event.records)} written`)
      }
    })
  } finally {
    progress.clear()
  }
  for (const line of linesOf(context, result, options.dryRun === true)) context.say(line)
  const check = options.dryRun ? undefined : await checkGenerated(context, result.files.output, result.records)
  if (check) context.say(checkLine(check, result.files.output))
  context.emit({ event: 'done', ...result, ...(check && { check }) })
  if (!options.dryRun && options.contribute) await askToContribute(context, result)
}

function linesOf({ color }: Context, result: AugmentResult, dry: boolean): string[] {
  const { records, files, read, counterfactuals, dropped, bias } = result
  const changes = changeLines(bias.before, bias.after)
  const lines = [
    dry
      ? `${plural(records, 'record')} would be written`
      : `${color.bold(plural(records, 'record'))} in ${files.output}`,
    `swapped    ${count(counterfactuals)} of ${plural(read, 'record')}; the others name nobody`,
    `dropped    ${dropped.invalid ? `invalid ${count(dropped.invalid)} (${files.dropped})` : 'none'}`,
    ...changes.map((change, n) => `${n === 0 ? 'bias      ' : '          '} ${change}`)
  ]
  return dry ? lines : [...lines, `card       ${files.card}`]
}
