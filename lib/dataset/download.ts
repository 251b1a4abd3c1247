import type Hypercore from 'hypercore'
import type { Offer } from '../network/inbox/offer.js'
import { VOLUME_LIMITS } from '../volume/limits.js'

/** Waits until so many bytes may be asked for; false where they may not. */
export type Pace = (bytes: number) => Promise<boolean>

/** Bytes asked for at a time where there is a pace. */
const STEP = 1024 * 1024

/** The download of one offered volume into quarantine; ends as soon as what comes cannot be what was offered. */
export class Download {
  /** Set by whoever runs it: when all that follows from it is done too. */
  done: Promise<void> = Promise.resolve()
  stalled = false
  /** Whether anything came. */
  brought = false
  private readonly stall: number
  private readonly patience: number
  private range: Hypercore.Range | null = null
  private stopped = false

  /**
   * @param stall milliseconds without a block after which the sources are taken for ones that will not send any
   * @param patience the same until the first block
   */
  constructor(stall: number, patience: number) {
    this.stall = stall
    this.patience = patience
  }

  /**
   * @returns a reason code when the volume is not what was offered, else null: then it is complete, or was stopped.
   */
  async run(core: Hypercore, offer: Offer, pace?: Pace): Promise<string | null> {
    if (this.stopped) return null
    let fault: string | null = null
    const examine = (bytes = 0) => {
      // The length and size of a static core are known before its first block arrives.
      if (core.length > 0 && (core.length !== offer.length || core.byteLength !== offer.bytes)) fault = 'wrong_totals'
      if (bytes > VOLUME_LIMITS.wireBytes) fault = 'too_large'
      if (fault) this.stop()
    }
    const timer = setInterval(() => {
      if (this.stalled) this.stop()
      this.stalled = true
    }, this.stall / 2)
    const first = setTimeout(() => {
      if (this.brought || pace) return
      this.stalled = true
      this.stop()
    }, this.patience)
    const onblock = (_index: number, bytes: number) => {
      this.stalled = false
      this.brought = true
      examine(bytes)
    }
    const onappend = () => examine()
    core.on('append', onappend)
    core.on('download', onblock)
    try {
      const mean = Math.max(1, offer.bytes / offer.length)
      const step = pace ? Math.max(1, Math.floor(STEP / mean)) : offer.length
      for (let start = 0; start < offer.length && !this.stopped; start += step) {
        const end = Math.min(offer.length, start + step)
        if (pace && !(await pace((end - start) * mean))) {
          this.stalled = true
          return fault
        }
        this.stalled = false
        if (this.stopped) break
        this.range = core.download({ start, end })
        examine()
        await this.range.done()
      }
      this.stalled = false
    } catch {
      // Stopped, or the core was closed.
    } finally {
      clearInterval(timer)
      clearTimeout(first)
      core.off('append', onappend)
      core.off('download', onblock)
    }
    return fault
  }

  stop(): void {
    this.stopped = true
    this.range?.destroy()
  }
}
