import { VdataError } from '../errors.js'
import type { Provider, ProviderFailure } from './providers/interface.js'
import type { Recipe } from './recipe/schema.js'

/** The error that ends a run because of this failure; undefined when the other requests may fare better. */
export async function stopsEverything(
  failure: ProviderFailure,
  recipe: Recipe,
  provider: Provider,
  signal: AbortSignal
): Promise<VdataError | undefined> {
  const who = recipe.base_url ?? provider.name
  const options = { cause: failure }
  switch (failure.kind) {
    case 'auth':
      return new VdataError(
        'config',
        'KEY_REFUSED',
        `${who} refused the key: ${failure.message}.`,
        'Check the key (--apikey, OPENAI_API_KEY, GEMINI_API_KEY or APIKEY) and what it may be used for.',
        options
      )
    case 'quota':
      return new VdataError(
        'config',
        'QUOTA_EXCEEDED',
        `The account at ${who} has no money or quota left: ${failure.message}.`,
        "Look at the provider's billing page, then run the same command again; what was bought is kept.",
        options
      )
    case 'model_not_found':
      return modelNotFound(failure, recipe, provider, signal)
    case 'bad_request':
      return new VdataError(
        'config',
        'REQUEST_REFUSED',
        `${who} does not take the request: ${failure.message}.`,
        'Change what it names in the recipe.',
        options
      )
    default:
      return undefined
  }
}

async function modelNotFound(
  failure: ProviderFailure,
  recipe: Recipe,
  provider: Provider,
  signal: AbortSignal
): Promise<VdataError> {
  // A server without a list of models is no reason to hide the first failure.
  const offered = await provider.models(signal).catch(() => [])
  const shown = offered.slice(0, 30).join(', ')
  const more = offered.length > 30 ? ` and ${offered.length - 30} more` : ''
  return new VdataError(
    'config',
    'MODEL_NOT_FOUND',
    `${recipe.base_url ?? provider.name} has no model ${JSON.stringify(recipe.model)}: ${failure.message}.`,
    offered.length === 0 ? 'Choose another model.' : `It offers ${shown}${more}.`,
    { cause: failure }
  )
}

/** The error for a provider from which not one answer came. */
export function neverAnswered(kind: ProviderFailure['kind'], message: string, where: string): VdataError {
  if (kind === 'connection' || kind === 'timeout') {
    return new VdataError(
      'network',
      'PROVIDER_UNREACHABLE',
      `${where} could not be reached: ${message}.`,
      'Check the address and whether the server runs.'
    )
  }
  if (kind === 'bad_response') {
    return new VdataError(
      'error',
      'BAD_RESPONSE',
      `What ${where} answers can't be read: ${message}.`,
      'Check base_url: most servers want /v1 at its end.'
    )
  }
  return new VdataError(
    'unfinished',
    'PROVIDER_FAILING',
    `${where} answered no request: ${message}.`,
    'Run the same command again later.'
  )
}
