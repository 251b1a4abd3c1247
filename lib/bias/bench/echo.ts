import { z } from 'zod'
import { nonsense, postJson, type Endpoint } from './http.js'
import { noPromptLogprobs, type LogProbabilities, type Prompt, type Scorer } from './scorer.js'

const answer = z.object({
  choices: z
    .array(
      z.object({
        text: z.string().nullish(),
        logprobs: z
          .object({
            token_logprobs: z.array(z.number().nullable()).nullish(),
            tokens: z.array(z.string()).nullish(),
            text_offset: z.array(z.number()).nullish()
          })
          .nullish()
      })
    )
    .min(1)
})

export interface EndpointModel extends Endpoint {
  model: string
  /** Text before every sentence that is not scored itself, such as <|endoftext|> for GPT-2. */
  startToken?: string
}

/**
 * Asks a completions endpoint to echo the prompt with log-probabilities, as vLLM and the old OpenAI API do: one generated
 * token is the least that vLLM allows, and is left out.
 */
export class EchoScorer implements Scorer {
  readonly method = 'echo'
  readonly identity: string
  private readonly options: EndpointModel
  private readonly url: string

  constructor(options: EndpointModel) {
    this.options = options
    this.url = options.baseUrl.replace(/\/+$/, '') + '/completions'
    this.identity = JSON.stringify(['echo', this.url, options.model, options.startToken ?? ''])
  }

  async score({ context, text }: Prompt, signal?: AbortSignal): Promise<LogProbabilities> {
    const before = (this.options.startToken ?? '') + context
    const prompt = before + text
    const body = { model: this.options.model, prompt, max_tokens: 1, temperature: 0, echo: true, logprobs: 1 }
    const parsed = answer.safeParse(await postJson(this.url, body, this.options, signal))
    if (!parsed.success) throw nonsense(this.url, 'there are no choices in its answer')
    const choice = parsed.data.choices[0]!
    const scores = choice.logprobs?.token_logprobs
    if (scores === undefined || scores === null || scores.length === 0) {
      throw noPromptLogprobs('its answer has no log-probabilities')
    }
    // Without echo there is the one generated token's; with it the text comes back. Some servers put a mark before it.
    if (scores.length < 3 || (typeof choice.text === 'string' && !choice.text.includes(text))) {
      throw noPromptLogprobs('it ignores echo and gives log-probabilities of what it generated only')
    }
    return sentenceScores(scores.slice(0, -1), choice.logprobs?.text_offset ?? choice.logprobs?.tokens, before)
  }
}

/** Of the prompt's scores those of the sentence: of tokens that begin where the sentence does, or later. */
function sentenceScores(
  scores: (number | null)[],
  places: number[] | string[] | null | undefined,
  before: string
): LogProbabilities {
  let from = 0
  if (before.length > 0) {
    const starts = startsOf(places)
    if (starts === undefined) throw noPromptLogprobs('its answer does not say where tokens begin')
    // A token that takes the space before the sentence with it belongs to the sentence.
    const sentenceStart = before.trimEnd().length
    while (from < scores.length && (starts[from] ?? 0) < sentenceStart) from++
  } else if (scores[0] === null) from = 1
  const own = scores.slice(from)
  if (own.length === 0 || own.includes(null)) throw noPromptLogprobs('some of its log-probabilities are missing')
  return own as number[]
}

function startsOf(places: number[] | string[] | null | undefined): number[] | undefined {
  if (places === null || places === undefined) return undefined
  let at = 0
  return places.map((place) => {
    if (typeof place === 'number') return place
    const start = at
    at += place.length
    return start
  })
}
