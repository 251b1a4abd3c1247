import { statfs } from 'node:fs/promises'
import { diskUse } from '../lib/network/space.js'

export interface RoomOptions {
  /** The folder that is measured. */
  directory: string
  /** Bytes that it may take, as `du` counts them. */
  quota: number
  /** Bytes of the file system that stay free for others. */
  keepFree: number
  /** Bytes that the databases in it may write beyond what was asked for, before they give them back. */
  margin: number
}

/** No room: by the owner's quota, or because the disk is full. */
export type Shortage = 'quota' | 'disk'

/**
 * A hard limit on real disk use: nothing is asked for that would not fit with all that was asked for before, and what
 * counts is what the file system says, not what we think to have written.
 */
export class Room {
  used = 0
  free = Infinity
  /** Why the last question was answered with no. */
  shortage: Shortage | null = null
  private readonly options: RoomOptions
  private tables = 0
  /** Bytes that were granted and have not arrived, and those that arrived after the last measurement. */
  private asked = 0
  private arrived = 0

  constructor(options: RoomOptions) {
    this.options = options
  }

  get quota(): number {
    return this.options.quota
  }

  /** What has to stay unused: write buffers, and a second copy of the tables while they are rewritten. */
  get margin(): number {
    return this.options.margin + this.tables
  }

  async measure(): Promise<void> {
    const before = this.arrived
    const { bytes, tables } = await diskUse(this.options.directory)
    this.used = bytes
    this.tables = tables
    // What arrived while we looked may or may not be counted; it counts once more.
    this.arrived -= before
    const { bavail, bsize } = await statfs(this.options.directory)
    this.free = bavail * bsize
  }

  /** Whether so many bytes may be asked for; measures again before it says no. They count from now on. */
  async take(bytes: number): Promise<boolean> {
    if (this.free === Infinity || !this.fits(bytes) || this.arrived > this.options.margin / 4) await this.measure()
    if (!this.fits(bytes)) return false
    this.asked += bytes
    return true
  }

  /** Bytes that were granted have arrived. */
  settle(bytes: number): void {
    this.asked -= bytes
    this.arrived += bytes
  }

  /** Bytes that were granted will not arrive. */
  giveBack(bytes: number): void {
    this.asked -= bytes
  }

  private fits(bytes: number): boolean {
    const { quota, keepFree } = this.options
    const more = this.asked + this.arrived + bytes
    this.shortage =
      this.used + more + this.margin > quota ? 'quota' : this.free - more - this.margin < keepFree ? 'disk' : null
    return this.shortage === null
  }
}
