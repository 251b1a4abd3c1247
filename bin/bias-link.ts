import type { MeasureItem } from '../lib/bias/measure.js'
import { Dataset, type RecordsQuery } from '../lib/pull/dataset.js'
import { matches, parseWhere } from '../lib/record/where.js'
import type { Context } from './context.js'
import { bytes } from './format.js'
import { resolveNetwork, type NetworkOptions } from './network-options.js'
import { tellHolder } from './wait.js'

export interface LinkFlags extends NetworkOptions {
  where: string[]
  timeout: number
  offline?: boolean
}

/** The records of a dataset or release: fetched, verified, without those that were dropped. */
export async function* recordsOfLink(context: Context, link: string, flags: LinkFlags): AsyncGenerator<MeasureItem[]> {
  const { home, signal } = context
  const dataset = await Dataset.open(link, {
    home,
    network: resolveNetwork(context, flags),
    timeout: flags.timeout * 1000,
    offline: flags.offline,
    purpose: 'bias',
    signal,
    onEvent: (event) => {
      if (event.event === 'waiting') tellHolder(context)(event.holder)
    }
  })
  try {
    const size = dataset.volumes.reduce((sum, volume) => sum + volume.bytes, 0)
    context.say(`Measuring ${dataset.name}: ${dataset.volumes.length} volumes, ${bytes(size)} on the wire at most.`)
    const where = flags.where.map(parseWhere)
    // Of two conditions on one field the last one says what is fetched; all say what is measured.
    const fetched: RecordsQuery['where'] = Object.fromEntries(where.map(({ field, values }) => [field, values]))
    for await (const { contributor, records } of dataset.batches({ where: fetched, signal })) {
      const name = dataset.names.get(contributor) || 'unnamed'
      const facets = { contributor: `${name} (${contributor.slice(0, 8)}…)` }
      yield records.filter((record) => matches(record, where)).map((record) => ({ record, facets }))
    }
  } finally {
    await dataset.close()
  }
}
