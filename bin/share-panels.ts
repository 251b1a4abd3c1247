import type { ContributeEvent } from '../lib/dataset/contribute.js'
import type { PrepareEvent } from '../lib/dataset/prepare.js'
import type { Share } from '../lib/dataset/shares.js'
import type { Context } from './context.js'
import { bytes, duration, percent, plural, rate } from './format.js'
import { showDonation } from './show-donation.js'
import { tellHolder } from './wait.js'

/** Lines that were not records are listed up to here; the count says the rest. */
const REFUSALS_SHOWN = 20

/** What people see while a share is made. */
export class PreparePanel {
  private readonly context: Context
  private readonly progress
  private readonly started = Date.now()
  private refused = 0

  constructor(context: Context) {
    this.context = context
    this.progress = context.progress()
  }

  show(event: PrepareEvent): void {
    if (event.event === 'waiting') return tellHolder(this.context)(event.holder)
    this.context.emit({ ...event })
    if (event.event === 'reading') {
      const speed = rate(event.bytes / Math.max(0.1, (Date.now() - this.started) / 1000))
      this.progress.update(
        `Reading  ${percent(event.bytes, event.total)}  ${plural(event.records, 'record')}  ${speed}`
      )
    } else if (event.event === 'looking') {
      this.progress.update('Looking for the rules of the dataset')
    } else if (event.event === 'checking') {
      this.progress.update(`Checking  ${percent(event.records, event.total)}`)
    } else if (event.event === 'sealing') {
      this.progress.update(`Sealing  ${percent(event.blocks, event.length)}`)
    } else if (++this.refused <= REFUSALS_SHOWN) {
      this.context.say(`${event.file}:${event.line}: ${event.reason}`)
    }
  }

  /** Makes way for a question or an answer. */
  clear(): void {
    this.progress.clear()
  }

  end({ records, refused, left_out, volumes, license }: Share, known: boolean): void {
    this.progress.clear()
    if (known) {
      this.context.say('This was shared from here before: nothing is sealed again.')
      return
    }
    const size = volumes.reduce((sum, volume) => sum + volume.bytes, 0)
    const time = duration(Date.now() - this.started)
    this.context.say(
      `${plural(records, 'record')} sealed into ${plural(volumes.length, 'volume')}, ${bytes(size)}, in ${time}.`
    )
    if (refused > 0) this.context.warn(`${plural(refused, 'line')} refused: not records.`)
    if (left_out > 0) this.context.say(`${plural(left_out, 'record')} left out: they have faults.`)
    if (license === 'NOASSERTION') this.context.warn('No licence was given; say it with --license, such as CC0-1.0.')
  }
}

/** What people see while a share is offered. */
export class OfferPanel {
  private readonly context: Context
  private readonly progress
  private readonly started = Date.now()
  private readonly told = new Set<string>()
  private dataset: Extract<ContributeEvent, { event: 'dataset' }> | null = null

  constructor(context: Context) {
    this.context = context
    this.progress = context.progress()
  }

  show(event: ContributeEvent): void {
    if (event.event === 'waiting') return tellHolder(this.context)(event.holder)
    if (event.event === 'dataset') {
      this.dataset = event
      return
    }
    if (event.event !== 'progress') this.context.emit({ ...event })
    if (event.event === 'progress') {
      const waited = duration(Date.now() - this.started)
      this.progress.update(
        event.peers === 0
          ? `Looking for the moderator or a seeder for ${waited}; \`vdata share --resume\` can go on later.`
          : `${percent(event.bytes, event.total)} of ${bytes(event.total)} copied, ${plural(event.peers, 'peer')}, ${waited}`
      )
    } else if (event.event === 'held') {
      this.context.say(`The ${event.by} holds a full copy of ${event.volume.slice(0, 8)}….`)
    } else if (event.event === 'answer' && event.status !== 'queued' && event.status !== 'known') {
      const line = `${event.volume.slice(0, 8)}…: ${event.status}${event.code ? ` (${event.code})` : ''}`
      if (!this.told.has(line)) this.context.say(line)
      this.told.add(line)
    }
  }

  end(): void {
    this.progress.clear()
    if (this.dataset) showDonation(this.context, 'contribution', this.dataset.name, this.dataset.donation)
  }
}
