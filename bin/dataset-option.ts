import { VdataError } from '../lib/errors.js'
import type { Context } from './context.js'
import { readSettings } from './settings.js'

/**
 * The link that was given, else the one of `vdata config set dataset`.
 * @param flag how the command takes a link: `--from`, `--to`, `<link>`
 */
export function resolveLink({ home }: Pick<Context, 'home'>, given: string | undefined, flag: string): string {
  const link = given ?? readSettings(home).dataset
  if (link !== undefined) return link
  throw new VdataError(
    'config',
    'NO_DATASET',
    'No dataset was named.',
    `Name one with ${flag} vdata://…, or once for all with 'vdata config set dataset vdata://…'.`
  )
}
