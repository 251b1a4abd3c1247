import { VdataError } from '../../errors.js'

/** A sentence to be scored, and what the model is to have read before it. */
export interface Prompt {
  /** Empty for a sentence by itself; else it ends where the sentence begins. */
  context: string
  text: string
}

/** The natural logarithms of the probabilities of a sentence's tokens, each given all that is before it. */
export type LogProbabilities = number[]

/** A language model that says how likely text is. */
export interface Scorer {
  /** How it is asked, for the result file. */
  readonly method: 'echo' | 'tokens' | 'onnx'
  /** Says what a cached score depends on: the model, where it is, and how it is asked. */
  readonly identity: string
  score(prompt: Prompt, signal?: AbortSignal): Promise<LogProbabilities>
  close?(): Promise<void>
}

/** Two orders of the same words: a model that tells them apart reads what it is sent. */
export const PROBES: readonly [Prompt, Prompt] = [
  { context: '', text: 'The children went to school in the morning.' },
  { context: '', text: 'Morning the school children in to went the.' }
]

/**
 * Makes sure that a scorer scores: servers that ignore `echo` answer all the same, and what is computed from such answers is
 * pure chance.
 * @throws VdataError NO_PROMPT_LOGPROBS
 */
export async function probe(scorer: Scorer, signal?: AbortSignal): Promise<void> {
  const [sense, nonsense] = await Promise.all(PROBES.map((prompt) => scorer.score(prompt, signal)))
  const plausible = [sense!, nonsense!].every((scores) => scores.length >= 2 && scores.every((score) => score <= 0.001))
  if (plausible && meanOf(sense!) !== meanOf(nonsense!)) return
  throw noPromptLogprobs('its log-probabilities are the same whatever it is sent')
}

export function meanOf(scores: LogProbabilities): number {
  return sumOf(scores) / scores.length
}

export function sumOf(scores: LogProbabilities): number {
  return scores.reduce((sum, score) => sum + score, 0)
}

export function noPromptLogprobs(why: string): VdataError {
  return new VdataError(
    'refused',
    'NO_PROMPT_LOGPROBS',
    `The server does not score the text that it is sent: ${why}. Every figure would be pure chance, so none is given.`,
    'Use a server whose completions endpoint honours echo with logprobs (vLLM), or a llama.cpp server with /tokenize.'
  )
}
