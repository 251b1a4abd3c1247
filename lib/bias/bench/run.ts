import { VdataError } from '../../errors.js'
import { ScoreCache } from './cache.js'
import { scoreCrows, type CrowsOutcome, type CrowsPairs, type CrowsResult } from './crows.js'
import { meanOf, sumOf, type LogProbabilities, type Prompt, type Scorer } from './scorer.js'
import { outcomesOf, scoreStereoSet, type Outcome, type Predictions, type StereoSetResult } from './stereoset-score.js'
import type { StereoSet, Task } from './stereoset.js'

export interface BenchOptions {
  model: string
  stereoset?: StereoSet
  /** Whether StereoSet's intersentence half is scored, too, in a way of our own. */
  intersentence?: boolean
  crows?: CrowsPairs
  /** Where scores are kept; without it a run can't be resumed. */
  cache?: string
  /** Requests at the same time (4). */
  concurrency?: number
  signal?: AbortSignal
  onEvent?: (event: BenchEvent) => void
}

export type BenchEvent = { type: 'progress'; done: number; total: number; cached: number }

export interface BenchResult {
  format: 'vdata/bench'
  version: 1
  model: string
  /** How text was scored; `predictions` where a file of scores was given. */
  method: Scorer['method'] | 'predictions'
  created_at: string
  stereoset?: StereoSetBench
  crows?: { hash: string; known: boolean; scores: CrowsResult; outcomes: CrowsOutcome[] }
}

export interface StereoSetBench {
  hash: string
  /** Whether it is the published development set. */
  known: boolean
  scores: StereoSetResult
  /** Why figures can't be set beside published ones, where they can't. */
  not_comparable: { [part: string]: string }
  outcomes: Outcome[]
}

export const INTERSENTENCE_NOTE =
  'the published intersentence figures come of a fine-tuned next-sentence head; these are mean log-probabilities given the context'

/**
 * Scores a model on the benchmarks that are given. Sentences are scored as in the paper: the geometric mean of the
 * probabilities of its tokens.
 * @throws VdataError refused AT_CHANCE where the model can't tell sense from nonsense, and what the scorer throws
 */
export async function runBench(scorer: Scorer, options: BenchOptions): Promise<BenchResult> {
  const { stereoset, crows, intersentence = false } = options
  const tasks: Task[] = intersentence ? ['intrasentence', 'intersentence'] : ['intrasentence']
  const triples = stereoset?.triples.filter(({ task }) => tasks.includes(task)) ?? []
  const prompts = new Map<string, Prompt>()
  for (const { task, context, sentences } of triples) {
    const before = task === 'intersentence' ? context + ' ' : ''
    for (const { id, text } of Object.values(sentences)) prompts.set(`${task}/${id}`, { context: before, text })
  }
  for (const { id, more, less } of crows?.pairs ?? []) {
    prompts.set(`crows/${id}/more`, { context: '', text: more })
    prompts.set(`crows/${id}/less`, { context: '', text: less })
  }
  const scores = await scoreAll(scorer, prompts, options)
  const result: BenchResult = {
    format: 'vdata/bench',
    version: 1,
    model: options.model,
    method: scorer.method,
    created_at: new Date().toISOString()
  }
  if (stereoset !== undefined) {
    const predictions: Predictions = {}
    for (const task of tasks) {
      const own = triples.filter((triple) => triple.task === task).flatMap(({ sentences }) => Object.values(sentences))
      predictions[task] = own.map(({ id }) => ({ id, score: Math.exp(meanOf(scores.get(`${task}/${id}`)!)) }))
    }
    result.stereoset = benchStereoSet(stereoset, predictions, { ownIntersentence: true })
    refuseChance(result.stereoset.scores)
  }
  if (crows !== undefined) {
    const outcomes = crows.pairs.map(({ id, domain }): CrowsOutcome => {
      const [more, less] = [scores.get(`crows/${id}/more`)!, scores.get(`crows/${id}/less`)!]
      return { id, domain, mean: meanOf(more) > meanOf(less) ? 1 : 0, sum: sumOf(more) > sumOf(less) ? 1 : 0 }
    })
    result.crows = { hash: crows.hash, known: crows.known, scores: scoreCrows(outcomes), outcomes }
  }
  return result
}

/** Scores predictions, those of `runBench` or of the original project's files, and says what they compare with. */
export function benchStereoSet(
  stereoset: StereoSet,
  predictions: Predictions,
  { ownIntersentence }: { ownIntersentence: boolean }
): StereoSetBench {
  const outcomes = outcomesOf(stereoset, predictions)
  const notComparable: StereoSetBench['not_comparable'] = {}
  if (!stereoset.known) notComparable['stereoset'] = 'the file is not the published development set'
  if (ownIntersentence && (predictions.intersentence?.length ?? 0) > 0) {
    notComparable['intersentence'] = INTERSENTENCE_NOTE
    notComparable['overall'] = 'it has the intersentence half in it'
  }
  return {
    hash: stereoset.hash,
    known: stereoset.known,
    scores: scoreStereoSet(outcomes),
    not_comparable: notComparable,
    outcomes
  }
}

/** A language model prefers sense to nonsense. One that does not, within the interval, was not really asked. */
function refuseChance({ intrasentence }: StereoSetResult): void {
  const lms = intrasentence?.overall.lms
  if (lms === undefined || lms.low > 50) return
  throw new VdataError(
    'refused',
    'AT_CHANCE',
    `The model tells meaningful sentences from unrelated ones no better than chance (LMS ${lms.value.toFixed(1)}, ` +
      `${lms.low.toFixed(1)} to ${lms.high.toFixed(1)}), so nothing is reported.`,
    'Its server most likely does not score the text that it is sent; see --method.'
  )
}

async function scoreAll(
  scorer: Scorer,
  prompts: ReadonlyMap<string, Prompt>,
  { cache: path, concurrency = 4, signal, onEvent }: BenchOptions
): Promise<Map<string, LogProbabilities>> {
  const cache = await ScoreCache.open(path)
  const scores = new Map<string, LogProbabilities>()
  const queue = [...prompts]
  const failed = new AbortController()
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal])
  let cached = 0
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      stop.throwIfAborted()
      const [id, prompt] = next
      const key = ScoreCache.key(scorer.identity, prompt)
      let found = cache.get(key)
      if (found === undefined) await cache.set(key, (found = await scorer.score(prompt, stop)))
      else cached++
      scores.set(id, found)
      onEvent?.({ type: 'progress', done: scores.size, total: prompts.size, cached })
    }
  }
  try {
    const workers = Array.from({ length: concurrency }, work)
    // The first failure stops the others; all have ended before the cache is closed.
    for (const worker of workers) worker.catch((error: unknown) => failed.abort(error))
    await Promise.allSettled(workers)
    signal?.throwIfAborted()
    failed.signal.throwIfAborted()
    return scores
  } finally {
    await cache.close()
  }
}
