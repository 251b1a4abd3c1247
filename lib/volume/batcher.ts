import type { TrainingRecord } from '../record/types.js'
import { BATCH_BYTES, VOLUME_LIMITS } from './limits.js'

/** JSON Lines that are ready to become a batch. */
export interface ClosedBatch {
  lines: Buffer
  records: number
  /** Where each record was read from: see places.ts. */
  places: readonly number[]
}

export interface BatcherOptions {
  /** One sequence of batches in the order of the records, instead of one for each (topic, language, model). */
  keepOrder?: boolean
  /** A batch is closed before it grows over this; a single longer record is a batch of its own. */
  batchBytes?: number
  /** All open batches together. */
  openBytes?: number
  /** Number of open batches. */
  openBatches?: number
}

const OPEN_BYTES = 48 * 1024 * 1024
const OPEN_BATCHES = 4096
const FIRST_CAPACITY = 4096
/** New memory is slow: the system clears every page of it. */
const SPARE_MAX = 32

// With very many groups, most would be blocks of a few KiB, which cost a reader more to fetch one by one than they save.
// Then groups below SMALL share blocks of up to PACK with the groups that follow them in order of topic.
const FEW = 64
const SMALL = 64 * 1024
const PACK = 256 * 1024

/**
 * Groups records by (topic, language, model), so that a reader who wants one topic can leave the other batches alone:
 * one open batch for each combination, each of which is closed when it is full. Memory is bounded: when too much is open,
 * the largest batch is closed early, or, when there are only small ones, all of them, the small ones packed together.
 */
export class Batcher {
  readonly #keepOrder: boolean
  readonly #batchBytes: number
  readonly #openBytes: number
  readonly #openBatches: number
  readonly #groups = new Map<string, Group>()
  readonly #spare: Buffer[] = []
  #bytes = 0

  constructor(options: BatcherOptions = {}) {
    this.#keepOrder = options.keepOrder ?? false
    this.#batchBytes = options.batchBytes ?? BATCH_BYTES
    this.#openBytes = options.openBytes ?? OPEN_BYTES
    this.#openBatches = options.openBatches ?? OPEN_BATCHES
  }

  /** Takes a record's JSON (one line) and its place; returns the batches that were closed for it, usually none. */
  add(record: TrainingRecord, json: string, place = 0): readonly ClosedBatch[] {
    const group = this.#group(record)
    const before = group.capacity
    const closed = group.add(json, place, this.#batchBytes)
    this.#bytes += group.capacity - before
    if (this.#bytes <= this.#openBytes && this.#groups.size <= this.#openBatches) return closed ? [closed] : NONE
    return closed ? [closed, ...this.#evict()] : this.#evict()
  }

  /** Takes back the memory of a batch that nobody needs any more. */
  recycle(lines: Buffer): void {
    const { byteLength } = lines.buffer
    if (byteLength === this.#batchBytes && this.#spare.length < SPARE_MAX) this.#spare.push(Buffer.from(lines.buffer))
  }

  /** Closes everything that is open. */
  flush(): ClosedBatch[] {
    const groups = [...this.#groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
    this.#groups.clear()
    this.#bytes = 0
    return groups.length <= FEW ? groups.map((group) => group.close()) : pack(groups)
  }

  #group({ topic = '', language = '', model = '' }: TrainingRecord): Group {
    // A label has no control characters, so that the zero bytes keep the parts apart.
    const key = this.#keepOrder ? '' : `${topic}\0${language}\0${model}`
    let group = this.#groups.get(key)
    if (!group) {
      group = new Group(this.#spare)
      this.#groups.set(key, group)
      this.#bytes += group.capacity
    }
    return group
  }

  #evict(): ClosedBatch[] {
    let largest: [string, Group] | null = null
    for (const entry of this.#groups) {
      if (largest === null || entry[1].length > largest[1].length) largest = entry
    }
    if (largest === null || largest[1].length < PACK) return this.flush()
    this.#groups.delete(largest[0])
    this.#bytes -= largest[1].capacity
    return [largest[1].close()]
  }
}

function pack(groups: Group[]): ClosedBatch[] {
  const batches: ClosedBatch[] = []
  let shared: ClosedBatch[] = []
  let bytes = 0
  const closeShared = () => {
    if (shared.length > 0) {
      batches.push({
        lines: Buffer.concat(shared.map(({ lines }) => lines)),
        records: shared.reduce((sum, { records }) => sum + records, 0),
        places: shared.flatMap(({ places }) => places)
      })
    }
    shared = []
    bytes = 0
  }
  for (const group of groups) {
    const batch = group.close()
    if (batch.lines.length >= SMALL) {
      batches.push(batch)
      continue
    }
    if (bytes + batch.lines.length > PACK) closeShared()
    shared.push(batch)
    bytes += batch.lines.length
  }
  closeShared()
  return batches
}

/** The open batch of a group: its lines, one behind the other. */
class Group {
  length = 0
  #places: number[] = []
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY)
  readonly #spare: Buffer[]

  /** `spare` holds buffers of the size of a full batch. */
  constructor(spare: Buffer[]) {
    this.#spare = spare
  }

  get capacity(): number {
    return this.#buffer.length
  }

  /** Adds a line; where the batch is full without it, returns that batch and begins the next one with the line. */
  add(json: string, place: number, batchBytes: number): ClosedBatch | null {
    // A UTF-16 unit takes at most three bytes of UTF-8: to count them exactly is needed only near the end.
    let bytes = json.length * 3 + 1
    if (this.length + bytes > Math.min(this.capacity, batchBytes)) bytes = Buffer.byteLength(json) + 1
    const full = this.length + bytes > batchBytes || this.#places.length === VOLUME_LIMITS.records
    const closed = full && this.#places.length > 0 ? this.close() : null
    if (closed) {
      this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.capacity)
      this.length = 0
      this.#places = []
    }
    this.#reserve(bytes)
    this.length += this.#buffer.write(json, this.length)
    this.#buffer[this.length++] = NEWLINE
    this.#places.push(place)
    return closed
  }

  close(): ClosedBatch {
    return { lines: this.#buffer.subarray(0, this.length), records: this.#places.length, places: this.#places }
  }

  #reserve(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.capacity) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.capacity * 2))
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}

const NEWLINE = 0x0a
const NONE: readonly ClosedBatch[] = []
