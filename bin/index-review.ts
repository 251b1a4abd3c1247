import type { ReasonCode } from '../lib/check/reasons.js'
import type { Desk, Shown } from '../lib/dataset/desk.js'
import { codeOf, messageOf, VdataError } from '../lib/errors.js'
import type { Context } from './context.js'
import { plural } from './format.js'
import { openDesk, type AcceptOptions } from './index-desk.js'
import { describeRecord, reasonFor, reasonsFor } from './index-reasons.js'
import { describe } from './index-show.js'

export interface ReviewOptions extends AcceptOptions {
  sample: number
}

/** `vdata index review`: one volume or record at a time. */
export async function review(context: Context, options: ReviewOptions): Promise<void> {
  if (!context.interactive) {
    throw new VdataError(
      'usage',
      'NEEDS_TERMINAL',
      'A review asks questions, and there is nobody to answer.',
      'Use `vdata index queue`, `show`, `accept` and `reject` in scripts.'
    )
  }
  await openDesk(context, options, (desk) => new Review(context, desk, options).walk())
}

/** What was decided last. It is published when the moderator moves on: until then it can be undone, because nobody saw it. */
interface Held {
  /** Where in the walk. */
  at: number
  /** Null for what was skipped. */
  publish: (() => Promise<string>) | null
}

type Marks = Map<number, ReasonCode>

class Review {
  private readonly context: Context
  private readonly desk: Desk
  private readonly options: ReviewOptions
  private held: Held | null = null
  private published = 0

  constructor(context: Context, desk: Desk, options: ReviewOptions) {
    this.context = context
    this.desk = desk
    this.options = options
  }

  async walk(): Promise<void> {
    const queue = await this.desk.queue()
    const waiting = queue.filter(({ state }) => state === 'ready').map(({ volume }) => volume)
    let at = 0
    for (;;) {
      const answer =
        at < waiting.length ? await this.decide(waiting[at]!, at, waiting.length) : await this.confirmLast()
      if (answer === 'quit') break
      if (answer === 'undo') {
        at = this.held?.at ?? at
        this.held = null
        continue
      }
      await this.publish()
      this.held = answer
      at++
    }
    await this.publish()
    const { dryRun } = this.options
    this.context.say(
      `${plural(this.published, 'decision')} ${dryRun ? 'not written: --dry-run' : 'published'}.` +
        (waiting.length === 0 ? ' Nothing waits.' : '')
    )
  }

  /** Shows a volume until there is a decision on it, or on the walk. */
  private async decide(volume: string, at: number, of: number): Promise<Held | 'undo' | 'quit'> {
    const { context, desk, options } = this
    let shown: Shown
    try {
      shown = await desk.show(volume, options.sample)
    } catch (error) {
      // Somebody else, or the machine, was quicker.
      if (codeOf(error) !== 'NOT_QUEUED') throw error
      return { at, publish: null }
    }
    const marks: Marks = new Map()
    context.say(describe({ ...shown, sample: [] }))
    for (;;) {
      const marked = marks.size > 0 ? `, without ${plural(marks.size, 'record')}` : ''
      const key = await context.press(
        `Volume ${at + 1} of ${of}, ${volume.slice(0, 8)}…`,
        [
          { value: 'a', label: `Accept${marked}` },
          { value: 'r', label: 'Reject' },
          { value: 's', label: 'Skip' },
          { value: 'l', label: `Look at ${plural(shown.sample.length, 'record')}, one by one` },
          ...(this.held ? [{ value: 'u' as const, label: 'Undo: back to the one before' }] : []),
          { value: 'q', label: 'Quit' }
        ],
        'q'
      )
      if (key === 'a') return { at, publish: () => this.accept(volume, marks) }
      if (key === 'r') return { at, publish: await this.rejection(shown, marks) }
      if (key === 's') return { at, publish: null }
      if (key === 'u') return 'undo'
      if (key === 'q') return 'quit'
      await this.lookAtRecords(shown, marks)
    }
  }

  /** Behind the last volume, its decision can still be undone. */
  private async confirmLast(): Promise<'undo' | 'quit'> {
    if (!this.held) return 'quit'
    const key = await this.context.press(
      'That was the last one.',
      [
        { value: 'p', label: 'Publish and end' },
        { value: 'u', label: 'Undo: back to the one before' }
      ],
      'p'
    )
    return key === 'u' ? 'undo' : 'quit'
  }

  private async lookAtRecords({ sample, report }: Shown, marks: Marks): Promise<void> {
    const { context } = this
    for (let at = 0; at < sample.length;) {
      const { record, line } = sample[at]!
      context.say(describeRecord(record, line))
      const key = await context.press(
        `Record ${at + 1} of ${sample.length}, number ${record}${marks.has(record) ? ', taken out' : ''}`,
        [
          { value: 'k', label: 'Keep' },
          { value: 'x', label: 'Take out' },
          { value: 'u', label: 'Undo: back to the one before' },
          { value: 'b', label: 'Back to the volume' }
        ],
        'b'
      )
      if (key === 'b') return
      if (key === 'x') marks.set(record, await this.chooseReason(report, 'Why is it taken out?'))
      if (key === 'k') marks.delete(record)
      at = key === 'u' ? Math.max(0, at - 1) : at + 1
    }
  }

  private async rejection(shown: Shown, marks: Marks): Promise<() => Promise<string>> {
    const code = await this.chooseReason(shown.report, 'Why is it rejected?')
    const note = await this.context.ask('A sentence more for the contributor, if you like', '')
    const named = marks.size > 0 ? rangesOf(marks) : undefined
    return async () => {
      await this.desk.reject(shown.volume, [reasonFor(code, note, shown, named)], this.options.dryRun)
      return `${shown.volume.slice(0, 8)}… rejected: ${code}`
    }
  }

  private chooseReason(report: unknown, question: string): Promise<ReasonCode> {
    const choices = reasonsFor(report)
    return this.context.choose(question, choices, choices[0]!.value)
  }

  private async accept(volume: string, marks: Marks): Promise<string> {
    const { dryRun } = this.options
    await this.desk.accept(volume, dryRun)
    const without = marks.size > 0 ? `, without ${plural(marks.size, 'record')}` : ''
    for (const code of new Set(marks.values())) {
      // What is not listed yet has nothing to drop.
      if (dryRun) break
      const ranges = rangesOf(new Map([...marks].filter(([, each]) => each === code)))
      await this.desk.drop({ volume, ranges, code, scope: 'hide', note: 'Seen in review.' })
    }
    return `${volume.slice(0, 8)}… accepted${without}`
  }

  private async publish(): Promise<void> {
    const { held, context } = this
    this.held = null
    if (!held?.publish) return
    try {
      context.say(await held.publish())
      this.published++
    } catch (error) {
      context.warn(messageOf(error))
    }
  }
}

function rangesOf(marks: Marks): { from: number; to: number }[] {
  return [...marks.keys()].sort((a, b) => a - b).map((record) => ({ from: record, to: record }))
}
