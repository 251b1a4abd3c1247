import { createReadStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { codeOf, messageOf, VdataError } from '../../errors.js'
import { Appender } from './appender.js'
import { entrySchema, type Entry, type EntryOf } from './entries.js'
import { Offsets } from './offsets.js'

export interface Answered {
  raw: string
  /** When the answer came, RFC 3339. */
  at: string
}

/** A batch that was submitted, or was about to be when the process ended: then `id` is missing. */
export interface OpenBatch {
  name: string
  id?: string
  reserved: number | null
  count: number
}

/** What a journal's answers cost. */
export interface Spending {
  /** Dollars for answers whose usage the provider told. */
  known: number
  /** Dollars at most for what may have been billed without an answer that says so. */
  possible: number
  /** Answers of which the price is not known. */
  unpriced: number
  inputTokens: number
  outputTokens: number
}

export type JournalFacts = Pick<Journal, 'answers' | 'refusals' | 'spending' | 'committed' | 'batches' | 'damaged'>

const MAX_LINE = 64 * 1024 * 1024

/**
 * What was asked and answered for one output file, beside it: every answer that was paid, keyed by its request's hash.
 * Append only; the answer is on the disk before anybody looks at it. A last line that a crash tore is cut off.
 */
export class Journal {
  readonly file: string
  readonly spending: Spending = { known: 0, possible: 0, unpriced: 0, inputTokens: 0, outputTokens: 0 }
  /** Lines that can't be read; they are skipped. */
  damaged = 0
  #appender!: Appender
  readonly #answers = new Offsets()
  readonly #refused = new Map<string, EntryOf<'refused'>>()
  /** Requests that were sent and of which nothing more is known, with what they may cost. */
  readonly #pending = new Map<string, number | null>()
  readonly #batches = new Map<string, OpenBatch>()

  private constructor(file: string) {
    this.file = file
  }

  /** Opens the journal, or begins one. `fresh` puts an existing one aside under another name: it was paid for. */
  static async open(file: string, options: { fresh?: boolean } = {}): Promise<Journal> {
    if (options.fresh) await setAside(file)
    const journal = new Journal(file)
    const end = await journal.#scan()
    journal.#appender = await Appender.open(file, end)
    if (end === 0) await journal.#append({ type: 'journal', version: 1, at: new Date().toISOString() }, true)
    return journal
  }

  /** Reads what a journal holds, and leaves the file alone. */
  static async inspect(file: string): Promise<JournalFacts> {
    const journal = new Journal(file)
    await journal.#scan()
    const { answers, refusals, spending, committed, batches, damaged } = journal
    return { answers, refusals, spending, committed, batches, damaged }
  }

  get answers(): number {
    return this.#answers.size
  }

  get refusals(): number {
    return this.#refused.size
  }

  get batches(): OpenBatch[] {
    return [...this.#batches.values()]
  }

  /** Dollars that are gone, or may be: known, possible, and what was in flight when a process was killed. */
  get committed(): number {
    let pending = 0
    for (const reserved of this.#pending.values()) pending += reserved ?? 0
    for (const { reserved } of this.#batches.values()) pending += reserved ?? 0
    return this.spending.known + this.spending.possible + pending
  }

  has(id: string): boolean {
    return this.#answers.get(id) !== undefined || this.#refused.has(id)
  }

  refusal(id: string): EntryOf<'refused'> | undefined {
    return this.#refused.get(id)
  }

  async answer(id: string): Promise<Answered | undefined> {
    const place = this.#answers.get(id)
    if (!place) return undefined
    const entry = parseEntry(await this.#appender.read(place.offset, place.length))
    return entry?.type === 'answer' ? { raw: entry.raw, at: entry.at } : undefined
  }

  /** Each kind of line is written by one of these. */
  async sent(id: string, reserved: number | null): Promise<void> {
    await this.#append({ type: 'sent', id, reserved }, false)
  }

  /** `written` is called when the answer survives the process; the promise is for when it survives a power cut. */
  async answered(id: string, raw: string, written?: () => void): Promise<Answered> {
    const at = new Date().toISOString()
    await this.#append({ type: 'answer', id, at, raw }, true, written)
    return { raw, at }
  }

  async paid(entry: Omit<EntryOf<'paid'>, 'type'>): Promise<void> {
    await this.#append({ type: 'paid', ...entry }, false)
  }

  async failed(entry: Omit<EntryOf<'failed'>, 'type'>): Promise<void> {
    await this.#append({ type: 'failed', ...entry }, false)
  }

  async refuse(id: string, kind: string, message: string): Promise<void> {
    await this.#append({ type: 'refused', id, at: new Date().toISOString(), kind, message }, true)
  }

  async batch(entry: Entry & { type: 'batch' | 'submitted' | 'collected' }): Promise<void> {
    await this.#append(entry, true)
  }

  async close(): Promise<void> {
    await this.#appender.close()
  }

  async #append(entry: Entry, sync: boolean, written?: () => void): Promise<void> {
    const line = JSON.stringify(entry)
    try {
      const { offset, synced } = await this.#appender.append(line)
      this.#apply(entry, offset, Buffer.byteLength(line))
      written?.()
      if (sync) await synced()
    } catch (error) {
      throw new VdataError(
        'error',
        'JOURNAL_WRITE',
        `The journal ${this.file} could not be written: ${messageOf(error)}.`,
        'Make room on the disk and run the same command again; nothing that is in the journal is lost.'
      )
    }
  }

  #apply(entry: Entry, offset: number, length: number): void {
    switch (entry.type) {
      case 'sent':
        this.#settle(entry.id, true)
        this.#pending.set(entry.id, entry.reserved)
        break
      case 'answer':
        this.#answers.set(entry.id, offset, length)
        this.#refused.delete(entry.id)
        break
      case 'paid':
        this.#pay(entry)
        break
      case 'failed':
        this.#settle(entry.id, entry.billed)
        if (entry.void) this.#answers.delete(entry.id)
        break
      case 'refused':
        this.#settle(entry.id, false)
        this.#refused.set(entry.id, entry)
        break
      case 'batch':
        this.#batches.set(entry.name, { name: entry.name, reserved: entry.reserved, count: entry.count })
        break
      case 'submitted': {
        const open = this.#batches.get(entry.name)
        if (open) open.id = entry.batch
        break
      }
      case 'collected':
        this.#batches.delete(entry.name)
        break
      case 'journal':
        break
    }
  }

  #pay({ id, cost, input, output }: EntryOf<'paid'>): void {
    // Without the provider's word on its usage an answer counts as what it could have cost at most.
    this.#settle(id, cost === null)
    if (cost === null) this.spending.unpriced++
    else this.spending.known += cost
    this.spending.inputTokens += input ?? 0
    this.spending.outputTokens += output ?? 0
  }

  #settle(id: string, billed: boolean): void {
    const reserved = this.#pending.get(id)
    if (reserved === undefined) return
    this.#pending.delete(id)
    if (billed) this.spending.possible += reserved ?? 0
  }

  /** Reads the whole file once, line by line. Returns where the last whole line ends. */
  async #scan(): Promise<number> {
    const exists = await stat(this.file).catch(() => undefined)
    if (!exists) return 0
    let rest: Buffer[] = []
    let size = 0
    let offset = 0
    for await (const chunk of createReadStream(this.file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, end)])
        rest = []
        size = 0
        from = end + 1
        this.#line(line, offset)
        offset += line.byteLength + 1
      }
      rest.push(chunk.subarray(from))
      size += chunk.byteLength - from
      if (size > MAX_LINE) throw notAJournal(this.file)
    }
    return offset
  }

  #line(line: Buffer, offset: number): void {
    const entry = parseEntry(line.toString('utf8'))
    if (offset === 0 && entry?.type !== 'journal') throw notAJournal(this.file)
    if (entry) this.#apply(entry, offset, line.byteLength)
    else this.damaged++
  }
}

function parseEntry(line: string): Entry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

function notAJournal(file: string): VdataError {
  return new VdataError(
    'error',
    'JOURNAL_UNREADABLE',
    `${file} is no journal of vdata.`,
    'Choose another output, or move that file away.'
  )
}

async function setAside(file: string): Promise<void> {
  for (let number = 1; ; number++) {
    const aside = `${file}.${number}`
    if (await stat(aside).catch(() => undefined)) continue
    await rename(file, aside).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
    })
    return
  }
}
