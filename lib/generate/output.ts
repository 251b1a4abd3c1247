import { BiasMeter } from '../bias/meter.js'
import { summarize, type BiasSummary } from '../bias/summary.js'
import { checkFields, sizeProblem } from '../record/schema.js'
import type { TrainingRecord } from '../record/types.js'
import { AtomicFile } from './atomic-file.js'
import { inspect, Repeats } from './keep/keep.js'
import { findPii, type PiiKind } from './keep/pii.js'
import type { Provider } from './providers/interface.js'
import type { Item, Plan } from './recipe/plan.js'
import { Missing } from './send.js'
import { produce, type Draft } from './steps/produce.js'
import { Dropped, type Ask, type Reason } from './steps/reply.js'

export interface Files {
  output: string
  dropped: string
  card: string
  journal: string
}

/** The files of a run, all beside its output. */
export function filesOf(output: string): Files {
  return {
    output,
    dropped: `${output}.dropped.jsonl`,
    card: `${output}.card.md`,
    journal: `${output}.journal.jsonl`
  }
}

/** What became of the answers that a journal holds. */
export interface Written {
  records: number
  dropped: { [reason in Reason]?: number }
  /** Records that contain personal data, by its kind. */
  flagged: { [kind in PiiKind]?: number }
  /** Records for each member of the balanced groups. */
  balance: { [label: string]: number }
  topics: { [topic: string]: number }
  /** Items without an answer yet. */
  unanswered: number
  inputTokens: number
  outputTokens: number
  /** Of the records; null where none was written. */
  bias: BiasSummary | null
}

export function emptyWritten(): Written {
  return {
    records: 0,
    dropped: {},
    flagged: {},
    balance: {},
    topics: {},
    unanswered: 0,
    inputTokens: 0,
    outputTokens: 0,
    bias: null
  }
}

const MOST_TOPICS = 1000

/**
 * Writes the output and the dropped file anew from what the journal holds, in the recipe's order: the same journal gives
 * the same files. Both replace their targets only when they are complete.
 */
export async function writeOutput(plan: Plan, recall: Ask, provider: Provider, files: Files): Promise<Written> {
  const written = emptyWritten()
  const repeats = new Repeats(plan.recipe)
  const records = new AtomicFile(files.output)
  const dropped = new AtomicFile(files.dropped)
  const meter = new BiasMeter()
  try {
    for (const item of plan.list()) {
      try {
        for (const set of await produce(plan, item, recall)) await keep(set, item)
      } catch (error) {
        if (error instanceof Missing) written.unanswered++
        else if (error instanceof Dropped) await drop(error, item, plan.variants.length)
        else throw error
      }
    }
    await records.finish()
    if (Object.keys(written.dropped).length > 0) await dropped.finish()
    else await dropped.remove()
    if (meter.texts > 0) written.bias = summarize(meter.report())
    return written
  } catch (error) {
    await Promise.all([records.discard(), dropped.discard()])
    throw error
  }

  async function keep(set: Draft[], item: Item): Promise<void> {
    try {
      for (const draft of set) inspect(plan.recipe, draft)
      repeats.check(set)
      const lines = set.map((draft) => recordLine(plan, draft, provider))
      for (const [index, { record, line, pii }] of lines.entries()) {
        await records.write(line)
        // The members of a set are one piece of evidence.
        meter.add(record, {}, item.index)
        count(set[index]!, pii)
      }
    } catch (error) {
      if (!(error instanceof Dropped)) throw error
      await drop(error, item, set.length)
    }
  }

  async function drop({ reason, message, answer }: Dropped, item: Item, lost: number): Promise<void> {
    // One bad member takes its set with it, or the others would outnumber it.
    written.dropped[reason] = (written.dropped[reason] ?? 0) + 1
    if (lost > 1) written.dropped.unbalanced = (written.dropped.unbalanced ?? 0) + lost - 1
    const line = {
      reason,
      detail: message,
      records: lost,
      item: item.index,
      sample: item.sample,
      prompt: promptOf(plan, item),
      answer
    }
    await dropped.write(JSON.stringify(line))
  }

  function count(draft: Draft, pii: PiiKind[]): void {
    written.records++
    for (const kind of pii) written.flagged[kind] = (written.flagged[kind] ?? 0) + 1
    if (draft.label !== '') written.balance[draft.label] = (written.balance[draft.label] ?? 0) + 1
    const { topic } = draft
    if (
      topic !== undefined &&
      (Object.hasOwn(written.topics, topic) || Object.keys(written.topics).length < MOST_TOPICS)
    ) {
      written.topics[topic] = (written.topics[topic] ?? 0) + 1
    }
    written.inputTokens += draft.reply.answer.usage.input ?? 0
    written.outputTokens += draft.reply.answer.usage.output ?? 0
  }
}

function promptOf({ templates, variants }: Plan, item: Item): string {
  try {
    return templates.prompt.render({ ...item.scope, ...variants[0]!.scope })
  } catch {
    return templates.prompt.source
  }
}

interface Line {
  record: TrainingRecord
  line: string
  pii: PiiKind[]
}

/** A draft as a line of the output, with where it comes from. Throws Dropped when it would be no record. */
function recordLine({ recipe, hash }: Plan, draft: Draft, provider: Provider): Line {
  const { reply, swappedFrom, judgeScore } = draft
  const { request, answer } = reply
  const pii = findPii(Object.values(draft.content).flatMap(textsOf).join('\n'))
  // What was rewritten for another member was paid once, with the answer that it comes from.
  const paid = swappedFrom === undefined
  const extra = {
    ...(draft.label !== '' && { group: draft.label }),
    ...(swappedFrom !== undefined && { swapped_from: swappedFrom }),
    ...(judgeScore !== undefined && { judge_score: judgeScore }),
    ...(pii.length > 0 && { pii })
  }
  const terms = recipe.terms ?? provider.terms
  const tags = draft.tags.filter((tag) => tag !== '')
  const { record, problem } = checkFields({
    ...draft.content,
    ...(draft.topic !== undefined && draft.topic !== '' && { topic: draft.topic }),
    ...(recipe.language !== undefined && { language: recipe.language }),
    ...(tags.length > 0 && { tags }),
    provider: provider.name,
    ...(recipe.model !== undefined && { model: answer.model ?? request.model }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    seed: request.seed ?? recipe.seed,
    ...(paid && answer.usage.input !== null && { input_tokens: answer.usage.input }),
    ...(paid && answer.usage.output !== null && { output_tokens: answer.usage.output }),
    created_at: reply.at,
    recipe: hash,
    ...(recipe.license !== undefined && { license: recipe.license }),
    ...(terms !== undefined && { terms }),
    ...(Object.keys(extra).length > 0 && { extra })
  })
  const line = JSON.stringify(record)
  const wrong = problem ?? sizeProblem(line)
  if (record === undefined || wrong !== undefined) throw new Dropped('invalid', wrong ?? '', draft.generated)
  return { record, line, pii }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.map((message: { content: string }) => message.content) : []
}
