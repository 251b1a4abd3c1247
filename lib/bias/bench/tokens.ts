import { z } from 'zod'
import type { EndpointModel } from './echo.js'
import { nonsense, postJson } from './http.js'
import { noPromptLogprobs, type LogProbabilities, type Prompt, type Scorer } from './scorer.js'

const tokenized = z.object({ tokens: z.array(z.number().int()).max(100_000) })
const answer = z.object({
  choices: z
    .array(
      z.object({
        logprobs: z
          .object({ content: z.array(z.object({ id: z.number().int(), logprob: z.number() })).min(1) })
          .nullish()
      })
    )
    .min(1)
})

/** So much is added to the wanted token's logit that no other is sampled; its reported log-probability is from before. */
const CERTAIN = 100

/**
 * The exact way for llama.cpp servers, which give log-probabilities of generated tokens only (and ignore `echo` without a
 * word): for each token of the sentence, have the server generate just that one after those before it.
 */
export class TokenScorer implements Scorer {
  readonly method = 'tokens'
  readonly identity: string
  private readonly options: EndpointModel
  private readonly completions: string
  private readonly tokenize: string

  constructor(options: EndpointModel) {
    this.options = options
    const base = options.baseUrl.replace(/\/+$/, '')
    this.completions = base + '/completions'
    this.tokenize = base.replace(/\/v1$/, '') + '/tokenize'
    this.identity = JSON.stringify(['tokens', this.completions, options.model, options.startToken ?? ''])
  }

  async score({ context, text }: Prompt, signal?: AbortSignal): Promise<LogProbabilities> {
    const before = (this.options.startToken ?? '') + context
    const whole = await this.tokens(before + text, signal)
    const plain = await this.tokens(before + text, signal, false)
    const marks = whole.length > plain.length && endsWith(whole, plain) ? whole.length - plain.length : 0
    const skipped = before === '' ? 0 : commonStart(plain, await this.tokens(before.trimEnd(), signal, false))
    const scores: LogProbabilities = []
    // With nothing at all before it, the first token has no probability.
    for (let n = Math.max(1, marks + skipped); n < whole.length; n++) {
      scores.push(await this.next(whole.slice(0, n), whole[n]!, signal))
    }
    if (scores.length === 0) throw noPromptLogprobs('it finds no tokens in a sentence')
    return scores
  }

  private async tokens(content: string, signal: AbortSignal | undefined, special = true): Promise<number[]> {
    const body = { content, add_special: special, parse_special: true }
    const parsed = tokenized.safeParse(await postJson(this.tokenize, body, this.options, signal))
    if (!parsed.success) throw nonsense(this.tokenize, 'there are no tokens in its answer')
    return parsed.data.tokens
  }

  private async next(prompt: number[], token: number, signal?: AbortSignal): Promise<number> {
    const body = {
      model: this.options.model,
      prompt,
      max_tokens: 1,
      temperature: 0,
      logprobs: 2,
      logit_bias: [[token, CERTAIN]]
    }
    const parsed = answer.safeParse(await postJson(this.completions, body, this.options, signal))
    if (!parsed.success) throw noPromptLogprobs('its answer has no log-probabilities with token numbers')
    const generated = parsed.data.choices[0]!.logprobs?.content[0]
    if (generated?.id !== token) throw noPromptLogprobs('it does not generate the token that logit_bias asks for')
    return generated.logprob
  }
}

function endsWith(whole: number[], end: number[]): boolean {
  return end.every((token, n) => whole[whole.length - end.length + n] === token)
}

function commonStart(a: number[], b: number[]): number {
  let n = 0
  while (n < a.length && n < b.length && a[n] === b[n]) n++
  return n
}
