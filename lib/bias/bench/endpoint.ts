import { VdataError } from '../../errors.js'
import { EchoScorer, type EndpointModel } from './echo.js'
import { probe, type Scorer } from './scorer.js'
import { TokenScorer } from './tokens.js'

export const METHODS = ['auto', 'echo', 'tokens'] as const
export type Method = (typeof METHODS)[number]

/**
 * Finds the way in which a server scores text, and makes sure that it does. `auto` tries echo, then the token-by-token way.
 * @throws VdataError NO_PROMPT_LOGPROBS where there is none
 */
export async function connect(options: EndpointModel, method: Method = 'auto', signal?: AbortSignal): Promise<Scorer> {
  const echo = new EchoScorer(options)
  const tokens = new TokenScorer(options)
  const first = method === 'tokens' ? tokens : echo
  try {
    await probe(first, signal)
    return first
  } catch (error) {
    if (method !== 'auto' || !(error instanceof VdataError) || error.code !== 'NO_PROMPT_LOGPROBS') throw error
    try {
      await probe(tokens, signal)
      return tokens
    } catch {
      signal?.throwIfAborted()
      // That it is no llama.cpp server either is not what there is to say.
      throw error
    }
  }
}
