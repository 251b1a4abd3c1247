import { VdataError } from '../../errors.js'
import type { Recipe } from '../recipe/schema.js'
import { gemini } from './gemini.js'
import type { Provider, ProviderOptions } from './interface.js'
import { openai } from './openai.js'
import { embedded } from './template.js'

/** Opens the recipe's provider. Throws a VdataError when it needs a key and has none. */
export function openProvider(recipe: Recipe, key?: string): Provider {
  if (recipe.provider === 'template') return embedded()
  const options = clientOptions(recipe, key)
  return recipe.provider === 'openai' ? openai(options) : gemini(options)
}

/** What a provider's client is opened with. Throws a VdataError when it needs a key and has none. */
export function clientOptions(
  { provider, base_url: baseUrl, timeout }: Recipe,
  key: string | undefined
): ProviderOptions {
  // A server of one's own seldom asks for a key, and the clients want some text for it.
  const given = key ?? (baseUrl === undefined ? undefined : 'none')
  if (given === undefined) throw keyMissing(provider)
  return { key: given, baseUrl, timeout: timeout * 1000 }
}

function keyMissing(provider: Recipe['provider']): VdataError {
  const [name, variable] = provider === 'openai' ? ['OpenAI', 'OPENAI_API_KEY'] : ['Gemini', 'GEMINI_API_KEY']
  return new VdataError(
    'config',
    'KEY_MISSING',
    `There is no key for ${name}.`,
    `Set ${variable} (or APIKEY), or give it with --apikey.`
  )
}
