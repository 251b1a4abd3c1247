import type { Command } from 'commander'
import { parseLink, formatKey } from '../../lib/dataset/link.js'
import { clearCache, describeCache } from '../../lib/pull/cache.js'
import type { Context } from '../context.js'
import { bytes, plural } from '../format.js'
import { examples } from '../help.js'
import { byteSize } from '../values.js'
import { tellHolder } from '../wait.js'

interface ClearOptions {
  keep?: number
}

/** `vdata cache`: what pulls left on this computer, so that the next one need not fetch it again. */
export function define(command: Command, context: () => Context): void {
  command
    .description('See and empty the cache of what was pulled.')
    .argument('[link]', 'only of this dataset')
    .action((link?: string) => show(context(), link))
  examples(command, [
    ['vdata cache', 'see what the cache holds'],
    ['vdata cache clear', 'empty it']
  ])
  const clear = command
    .command('clear')
    .description('Remove what was pulled from the cache; outputs stay.')
    .argument('[link]', 'only of this dataset')
    .option('--keep <size>', 'keep so much of what was used last', byteSize)
    .action((link: string | undefined, options: ClearOptions) => empty(context(), link, options))
  examples(clear, [
    ['vdata cache clear', 'empty the cache'],
    ['vdata cache clear --keep 5GB', 'keep 5 GB of what was used last']
  ])
}

async function show(context: Context, link: string | undefined): Promise<void> {
  const summary = await describeCache({ home: context.home, dataset: keyOf(link) })
  const lines = summary.datasets.map((each) => {
    return `vdata://${each.dataset}  ${bytes(each.bytes)} in ${plural(each.volumes, 'volume')}, last used ${each.used}`
  })
  context.result({ event: 'cache', ...summary }, [...lines, `${bytes(summary.bytes)} in all`].join('\n'))
}

async function empty(context: Context, link: string | undefined, { keep }: ClearOptions): Promise<void> {
  const onWait = tellHolder(context)
  const freed = await clearCache({ home: context.home, dataset: keyOf(link), keep, signal: context.signal, onWait })
  const text = `${bytes(freed.bytes)} in ${plural(freed.volumes, 'volume')} removed`
  context.result({ event: 'cleared', ...freed }, text)
}

function keyOf(link: string | undefined): string | undefined {
  return link === undefined ? undefined : formatKey(parseLink(link).key)
}
