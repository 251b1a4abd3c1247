import type { GenerateResult } from '../lib/generate/index.js'
import { contribute } from './contribute.js'
import { parsePart, writePart, type Part } from './contribute-part.js'
import type { Context } from './context.js'
import { count, plural } from './format.js'

/** What was generated, by whatever provider. */
type Generated = Pick<GenerateResult, 'records' | 'topics'> & { files: { output: string } }
type Choice = 'all' | 'part' | 'topics' | 'none'

/** Asks a person whether to contribute all, part or none of what was generated, and does so. */
export async function askToContribute(context: Context, { files, records, topics }: Generated): Promise<void> {
  if (!context.interactive || records === 0) return
  const choices: { value: Choice; label: string }[] = [
    { value: 'none', label: 'none of it' },
    { value: 'all', label: `all of it, ${plural(records, 'record')}` },
    { value: 'part', label: 'a part: a number of records, or those with topic=…, tags=…, language=…' }
  ]
  if (Object.keys(topics).length > 1) choices.push({ value: 'topics', label: 'one topic' })
  const choice = await context.choose('Contribute it to a dataset?', choices, 'none')
  if (choice === 'none') return
  const file =
    choice === 'all' ? files.output : await partFile(context, files.output, await choosePart(context, choice, topics))
  if (file !== undefined) await contribute(context, file)
}

async function choosePart(context: Context, choice: Choice, topics: Generated['topics']): Promise<Part> {
  if (choice === 'part') return parsePart(await context.ask('Which? A number, or a condition such as topic=law', '100'))
  const [first = '', ...rest] = Object.keys(topics)
  const options = [first, ...rest].map((topic) => ({ value: topic, label: `${topic}, ${count(topics[topic] ?? 0)}` }))
  return { where: [{ field: 'topic', values: [await context.choose('Which topic?', options, first)] }] }
}

async function partFile(context: Context, output: string, part: Part): Promise<string | undefined> {
  const target = output.replace(/(\.\w+)?$/, '.part$1')
  const written = await writePart(output, target, part)
  context.say(`${plural(written, 'record')} in ${target}.`)
  return written > 0 ? target : undefined
}
