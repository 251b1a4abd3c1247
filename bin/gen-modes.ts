import { open, stat } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeOf, VdataError } from '../lib/errors.js'
import { filesOf, loadRecipe, previewRecipe, starterRecipe } from '../lib/generate/index.js'
import { Journal } from '../lib/generate/journal/journal.js'
import type { Context } from './context.js'
import { count, plural } from './format.js'
import { dollars } from './gen-text.js'

/** `vdata gen --init`: writes a starter recipe; never over a file that is there. */
export async function init(context: Context, file: string): Promise<void> {
  const schema = pathToFileURL(fileURLToPath(new URL('../../schema/recipe.schema.json', import.meta.url)))
  try {
    await using handle = await open(file, 'wx')
    await handle.writeFile(starterRecipe(schema.href))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new VdataError('usage', 'RECIPE_EXISTS', `${file} exists.`, 'Choose another name.')
  }
  context.say(`Edit it, then: vdata gen out.jsonl ${file}`)
  context.result({ recipe: file }, file)
}

/** `vdata gen --check`: validates a recipe and prints its first prompts. */
export async function check(context: Context, file: string, changes: { [key: string]: unknown }): Promise<void> {
  const loaded = await loadRecipe(file, changes)
  const { prompts, records, combinations, notes } = await previewRecipe(loaded)
  const facts =
    records === null || combinations === null
      ? prompts.length > 0
        ? 'its first records and their counterfactuals'
        : 'but no record of its data has a word to swap'
      : `${plural(records, 'record')} from ${plural(combinations, 'combination')}`
  const lines = [`${file} is valid: ${facts}.`, ...notes]
  for (const { label, system, prompt, response } of prompts) {
    lines.push('', context.color.bold(titleOf(label, records !== null)))
    if (system !== undefined) lines.push(context.color.dim(system))
    lines.push(prompt)
    if (response !== undefined) lines.push(context.color.dim('Answer'), response)
  }
  context.result({ recipe: loaded.hash, records, combinations, notes, prompts }, lines.join('\n'))
}

function titleOf(label: string, prompts: boolean): string {
  if (!prompts) return label.charAt(0).toUpperCase() + label.slice(1)
  return label === '' ? 'Prompt' : `Prompt (${label})`
}

/** `vdata gen --journal`: what the journal of an output holds. */
export async function journal(context: Context, output: string): Promise<void> {
  const { journal: file } = filesOf(output)
  const size = await stat(file).then(
    (stats) => stats.size,
    () => undefined
  )
  if (size === undefined) {
    throw new VdataError(
      'error',
      'JOURNAL_MISSING',
      `There is no journal ${file}.`,
      'It begins with the first request to a model.'
    )
  }
  const facts = await Journal.inspect(file)
  const { spending, batches } = facts
  context.result(
    { file, bytes: size, ...facts },
    [
      `${file}`,
      `answers    ${count(facts.answers)}`,
      `refused    ${count(facts.refusals)}`,
      `tokens     in ${count(spending.inputTokens)}, out ${count(spending.outputTokens)}`,
      `spent      ${dollars(spending.known)}${spending.unpriced > 0 ? `, and ${plural(spending.unpriced, 'answer')} of unknown cost` : ''}`,
      `possible   ${dollars(facts.committed - spending.known)} may have been billed without an answer that says so`,
      `batches    ${batches.length === 0 ? 'none open' : batches.map(({ id, name }) => id ?? name).join(', ')}`,
      ...(facts.damaged > 0 ? [`damaged    ${plural(facts.damaged, 'line')} that can't be read`] : [])
    ].join('\n')
  )
}
