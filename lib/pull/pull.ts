import { VdataError } from '../errors.js'
import { Assembler } from './assemble.js'
import type { BenchmarkTableData } from '../check/benchmarks.js'
import { loadRecords } from './answer.js'
import { MissingParts, type MissingPart } from './batches.js'
import { CacheLedger, CacheUse } from './cache.js'
import { checkPlace, commitOutput, finishCommit } from './commit.js'
import { LOAD_THREADS, openWriter } from './engines.js'
import type { Decontamination } from './decontaminate.js'
import { Fetcher } from './fetch.js'
import { manifestOf } from './manifest.js'
import { checkOptions, type PullOptions, type PullResult } from './options.js'
import { FileThreads } from './output/file-thread.js'
import type { WrittenFile } from './output/sink.js'
import { openTarget, type Target } from './output/target.js'
import { withPlan, type PlannedWork } from './planned.js'
import { rowsAreEnough, writeRows, writeRowsAsRecords } from './query.js'
import { writeRecords } from './records.js'
import type { RenderSpec } from './render/render.js'
import type { RemoteEngine } from './sql/remote.js'
import type { Statement } from './sql/statement.js'

export type { PullEvent, PullOptions, PullResult } from './options.js'

const STALL = 60_000
const PROGRESS_MS = 100
/** How often a pull says that it still waits, where nothing comes. */
const WAITING_MS = 500

/**
 * Gets a dataset, or what is wanted of it, into a file, a folder or a stream. Every block is verified against its
 * volume's key, and every volume is one that the index lists. The order is that of acceptance, whatever arrives first.
 *
 * @throws VdataError NO_PEERS, MISSING_VOLUMES (what arrived is kept), INDEX_BEHIND, INDEX_DIFFERS, a volume's fault, or
 * what is wrong with the statement.
 */
export async function pull(options: PullOptions): Promise<PullResult> {
  checkOptions(options)
  if (typeof options.output === 'string' && !options.folder) await checkPlace(options.output)
  const clean = await decontamination(options)
  const threads = new FileThreads()
  try {
    if (typeof options.output === 'string' && !options.folder && options.format !== 'parquet') threads.prepare()
    const asked = { ...options, benchmarks: clean?.benchmarks }
    return await withPlan(options, (work) => new Pull(asked, work, threads, clean?.table).run())
  } finally {
    await threads.close()
  }
}

/** Loaded only where it is asked for: few pulls need its tables. */
async function decontamination(options: PullOptions): Promise<Decontamination | undefined> {
  if (!options.decontaminate && !options.benchmarks) return undefined
  const { readDecontamination } = await import('./decontaminate.js')
  return readDecontamination(options)
}

class Pull {
  private readonly options: PullOptions
  private readonly work: PlannedWork
  private readonly threads: FileThreads
  private readonly fetcher: Fetcher
  private readonly missing = new MissingParts()
  private readonly spec: RenderSpec
  private read = 0
  private told = 0
  private records = () => 0

  constructor(options: PullOptions, work: PlannedWork, threads: FileThreads, benchmarks?: BenchmarkTableData) {
    this.options = options
    this.work = work
    this.threads = threads
    const { stall = STALL, offline, signal } = options
    this.fetcher = new Fetcher(work.session.store, { stall, offline, signal })
    this.spec = { ...specOf(options), benchmarks }
  }

  async run(): Promise<PullResult> {
    const { onEvent } = this.options
    const { session, state, plan } = this.work
    const ledger = await CacheLedger.open(this.options.home)
    const cache = await CacheUse.begin(ledger, session.store, state.index, plan)
    onEvent?.({
      event: 'plan',
      batches: plan.batches,
      bytes: plan.bytes,
      records: plan.records,
      skipped: plan.totalBytes - plan.bytes
    })
    const waiting = setInterval(() => this.tell(WAITING_MS), WAITING_MS)
    try {
      const target = await this.open()
      try {
        const left = await this.write(target)
        const missing = this.missing.list(ledger.seen, this.fetcher.opened)
        this.refuseMissing(missing)
        const files = await this.commit(target, missing)
        return this.result(files, left, missing)
      } catch (error) {
        await target.discard()
        // What broke off the wait for a block is the cause, not that the wait was broken off.
        throw this.fetcher.signal.aborted ? this.fetcher.signal.reason : error
      }
    } finally {
      clearInterval(waiting)
      await this.fetcher.close()
      await cache.end(this.fetcher.opened, this.options.cacheBytes)
    }
  }

  private async open(): Promise<Target> {
    const { scratch } = this.work.session
    const { home, signal, output } = this.options
    if (typeof output === 'string') await finishCommit(output)
    return openTarget(this.options, { scratch, threads: this.threads, engine: () => openWriter(home, signal) })
  }

  /** Returns how many records were left out, by reason. */
  private async write(target: Target): Promise<{ [reason: string]: number }> {
    const { plan, engine, statement } = this.work
    this.fetcher.on('block', () => this.tell(PROGRESS_MS))
    this.fetcher.on('waiting', () => this.work.session.lookAgain())
    const onBatch = (wireBytes: number) => {
      this.read += wireBytes
      this.tell(PROGRESS_MS)
    }
    const { fetcher, missing, spec } = this
    const { limit = Infinity, dedup } = this.options
    if (engine && statement) {
      const { session, state } = this.work
      const loading = { engine, statement, plan, fetcher, missing, onBatch }
      await loadRecords({ ...loading, scratch: session.scratch, sides: state.sides })
      this.tell(0)
      if (missing.any && !this.options.partial) return {}
      this.options.onEvent?.({ event: 'query' })
      return this.ask(target, engine, statement)
    }
    const outputs = target.outputs()
    this.records = () => outputs.records
    const assembler = new Assembler(outputs, { limit, dedup })
    await writeRecords({ plan, fetcher, spec, assembler, limit, missing, onBatch })
    this.tell(0)
    return Object.fromEntries(assembler.left)
  }

  private async ask(target: Target, engine: RemoteEngine, statement: Statement): Promise<{ [reason: string]: number }> {
    const { spec } = this
    const { guard, dedup, format } = this.options
    const native = target.nativePath && rowsAreEnough(spec) ? target.nativePath : undefined
    // Several threads finish groups in any order.
    await engine.call('lock', statement.analysis.inOrder ? LOAD_THREADS : 1, native)
    const columns = await engine.call('ask', statement.sql)
    if (native !== undefined) {
      target.wroteNative(await engine.call('writeParquet', 'answer', native))
      return {}
    }
    const outputs = target.outputs(rowsAreEnough(spec) ? columns : undefined)
    this.records = () => outputs.records
    if (rowsAreEnough(spec)) {
      await writeRows(engine, columns, format === 'parquet' ? 'jsonl' : format, outputs, guard)
      return {}
    }
    const assembler = new Assembler(outputs, { dedup })
    await writeRowsAsRecords(engine, columns, spec, assembler)
    return Object.fromEntries(assembler.left)
  }

  private refuseMissing(missing: MissingPart[]): void {
    if (missing.length === 0) return
    this.options.onEvent?.({ event: 'missing', volumes: missing })
    if (!this.options.partial) throw missingVolumes(missing, this.options.offline)
  }

  private async commit(target: Target, missing: MissingPart[]): Promise<WrittenFile[]> {
    const { state, plan } = this.work
    this.options.signal?.throwIfAborted()
    const files = await target.finish({ state, plan })
    this.records = () => target.records
    const { output } = this.options
    const manifest = manifestOf(this.options, state, plan, { files, missing, records: target.records })
    if (typeof output === 'string') await commitOutput(output, manifest, () => target.commit())
    else await target.commit()
    return files
  }

  private result(files: WrittenFile[], left: { [reason: string]: number }, missing: MissingPart[]): PullResult {
    const { session, state, plan } = this.work
    const { received } = this.fetcher
    // A statement or a limit can be done before all that was planned is read; what is missing was needed.
    const needed = missing.length > 0 ? plan.bytes : Math.max(this.read, received)
    const whole = needed === plan.bytes && plan.batches === plan.totalBatches
    return {
      dataset: state.name,
      link: this.options.link,
      records: this.records(),
      fetched: received,
      cached: Math.max(0, this.read - received),
      skipped: whole ? 0 : plan.totalBytes - needed,
      batches: plan.batches,
      volumes: plan.volumes.length,
      index: { length: state.length, fresh: session.fresh },
      files: files.map(({ path, bytes, records }) => ({ path, bytes, records })),
      left,
      missing,
      purged: state.purgedSince,
      ...(state.donation && { donation: state.donation })
    }
  }

  private tell(least: number): void {
    if (Date.now() - this.told < least) return
    this.told = Date.now()
    const { received } = this.fetcher
    const { session, plan } = this.work
    this.options.onEvent?.({
      event: 'progress',
      received,
      read: this.read,
      total: plan.bytes,
      records: this.records(),
      peers: session.peers()
    })
  }
}

function specOf(options: PullOptions): RenderSpec {
  const { format, shape, where = [], guard, split, sample, seed = 0, maxTokens, dedup, limit } = options
  return {
    format: format === 'parquet' ? 'jsonl' : format,
    shape,
    where,
    guard,
    split,
    sample,
    seed,
    maxTokens,
    ids: dedup,
    ends: limit !== undefined && limit !== Infinity
  }
}

export function missingVolumes(missing: MissingPart[], offline = false): VdataError {
  const named = missing.slice(0, 5).map(({ volume, last_seen }) => {
    return `${volume} (${last_seen === null ? 'never seen here' : `last seen ${last_seen}`})`
  })
  const rest = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  const records = missing.reduce((sum, part) => sum + part.records, 0)
  const what = missing.length === 1 ? 'volume' : 'volumes'
  return new VdataError(
    'unfinished',
    'MISSING_VOLUMES',
    offline
      ? `The ${what} ${named.join(', ')}${rest}, with ${records} of the records, are not whole on this computer.`
      : `Nobody who has the ${what} ${named.join(', ')}${rest} can be reached, which hold ${records} of the records.`,
    offline
      ? 'Run it without --offline. With --partial it writes what there is.'
      : 'Run the same command again later: what arrived is kept. With --partial it writes what there is.'
  )
}
