import type { Explanation } from '../lib/pull/explain.js'
import type { PullEvent, PullOptions, PullResult } from '../lib/pull/options.js'
import type { Context } from './context.js'
import { bytes, duration, percent, plural, rate } from './format.js'
import { showDonation } from './show-donation.js'
import { tellHolder } from './wait.js'

/** What a pull shows while it runs and when it is done. */
export class PullPanel {
  private readonly context: Context
  private readonly progress
  private readonly started = Date.now()

  constructor(context: Context) {
    this.context = context
    this.progress = context.progress()
  }

  readonly onEvent = (event: PullEvent): void => {
    if (event.event === 'waiting') return tellHolder(this.context)(event.holder)
    this.context.emit({ ...event })
    if (event.event === 'connecting') this.progress.update('Looking for the dataset …')
    else if (event.event === 'index' && !event.fresh) {
      this.context.warn('Nobody was asked or reached: using the copy of the index that is on this computer.')
    } else if (event.event === 'plan') {
      const skipped = event.skipped > 0 ? `, ${bytes(event.skipped)} not needed` : ''
      this.progress.update(`${plural(event.batches, 'batch', 'batches')}, ${bytes(event.bytes)}${skipped}`)
    } else if (event.event === 'progress') this.progress.update(this.line(event))
    else if (event.event === 'query') this.progress.update('Running the statement …')
  }

  clear(): void {
    this.progress.clear()
  }

  end(output: PullOptions['output'], result: PullResult): void {
    this.progress.clear()
    const { context } = this
    const { records, fetched, cached, skipped, left, missing, purged } = result
    for (const [reason, count] of Object.entries(left)) {
      context.say(`${plural(count, 'record')} left out: ${reason}.`)
    }
    if (purged > 0) context.warn(`${plural(purged, 'record')} of this release were purged after it, and are gone.`)
    for (const { volume, records: lost, last_seen } of missing) {
      const seen = last_seen === null ? 'never seen here' : `last seen ${last_seen}`
      context.warn(`Volume ${volume} is missing (${seen}), and with it ${plural(lost, 'record')}.`)
    }
    const parts = [
      `${bytes(fetched)} fetched`,
      ...(cached > 0 ? [`${bytes(cached)} here already`] : []),
      ...(skipped > 0 ? [`${bytes(skipped)} not needed and not fetched`] : [])
    ]
    const time = duration(Date.now() - this.started)
    context.say(`${plural(records, 'record')} of ${result.dataset} in ${time}: ${parts.join(', ')}.`)
    if (typeof output !== 'string') context.emit({ event: 'done', ...result })
    else context.result({ event: 'done', output, ...result }, output)
    if (missing.length > 0) context.exit(7)
    else showDonation(context, 'pull', result.dataset, result.donation, `${plural(records, 'record')} came from them.`)
  }

  private line({ received, read, total, records, peers }: Extract<PullEvent, { event: 'progress' }>): string {
    const seconds = Math.max(0.1, (Date.now() - this.started) / 1000)
    const done = Math.max(received, read)
    const left = done > 0 ? duration(((total - done) / (done / seconds)) * 1000) : 'unknown'
    return (
      `${percent(done, total)}  ${bytes(done)} of ${bytes(total)}  ${rate(received / seconds)}  ` +
      `${left} left  ${plural(records, 'record')}  ${plural(peers, 'peer')}`
    )
  }
}

/** Says what a pull would fetch. */
export function showExplanation(context: Context, explanation: Explanation, whole: boolean): void {
  const { batches, totalBatches, bytes: size, totalBytes, records, totalRecords, here, volumes } = explanation
  const lines = [
    `${plural(batches, 'batch', 'batches')} of ${totalBatches}, ${bytes(size)} of ${bytes(totalBytes)}, ` +
      `at most ${plural(records, 'record')} of ${totalRecords}`,
    ...(here > 0 ? [`${bytes(here)} of it is here already`] : []),
    ...(explanation.columns ? [`columns: ${explanation.columns.join(', ') || 'none'}`] : []),
    ...(explanation.stopsAt === null ? [] : [`stops as soon as there are ${plural(explanation.stopsAt, 'row')}`]),
    ...holdersLine(explanation)
  ]
  const rows = volumes.map((each) => {
    const part = `${each.batches} of ${plural(each.totalBatches, 'batch', 'batches')}, ${bytes(each.bytes)}`
    return `${each.volume}  ${part}, ${bytes(each.here)} here, ${holders(each.holders)}`
  })
  context.result({ event: 'plan', ...explanation }, [...lines, ...(whole ? rows : [])].join('\n'))
}

const NAMED = 4

function holders(keys: string[]): string {
  if (keys.length === 0) return 'nobody connected has all of it'
  const named = keys.slice(0, NAMED).map((key) => key.slice(0, 8))
  return `whole at ${named.join(', ')}${keys.length > NAMED ? ` and ${keys.length - NAMED} more` : ''}`
}

/** Who has what would be fetched; volumes that are here already need nobody. */
function holdersLine({ volumes }: Explanation): string[] {
  const wanted = volumes.filter(({ bytes: size, here }) => here < size)
  if (wanted.length === 0) return []
  const alone = wanted.filter((volume) => volume.holders.length === 0).length
  if (alone === wanted.length) return [`nobody connected has all of ${plural(alone, 'volume')}`]
  const nodes = new Set(wanted.flatMap((volume) => volume.holders)).size
  const held = `${wanted.length - alone} of ${plural(wanted.length, 'volume')} whole at ${plural(nodes, 'connected node')}`
  return alone === 0 ? [held] : [`${held}; nobody connected has all of the other ${alone}`]
}
