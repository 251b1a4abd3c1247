import { parseLink } from '../dataset/link.js'
import type { NodeOptions } from '../network/node.js'
import { COLUMNS, type Column } from '../record/fields.js'
import type { TrainingRecord } from '../record/types.js'
import { matches, WHERE_FIELDS, type Where, type WhereField } from '../record/where.js'
import { decodeBatch, splitLines } from '../volume/frame.js'
import { loadRecords } from './answer.js'
import { arriving, MissingParts } from './batches.js'
import { CacheLedger, CacheUse } from './cache.js'
import { withoutDropped } from './drops.js'
import { LOAD_THREADS, openEngine } from './engines.js'
import { Fetcher } from './fetch.js'
import { always, whereFilter, type Filter } from './filter.js'
import type { ReachOptions } from './options.js'
import { planPull, wavesOf, type Plan } from './plan.js'
import { missingVolumes } from './pull.js'
import { openSession, type PullSession } from './session.js'
import type { SqlLimits } from './sql/remote.js'
import { readStatement } from './sql/statement.js'
import { readState, type DatasetState } from './state.js'

export interface OpenOptions extends Omit<ReachOptions, 'link' | 'network'> {
  /** How the network is entered; the public DHT if nothing is said. */
  network?: NodeOptions
  /** What it is opened for, which others who wait for the same cache are told. */
  purpose?: string
}

export interface RecordsQuery<C extends Column = Column> {
  /** For each field the value, or one of the values, that a record must have. */
  where?: { readonly [field in WhereField]?: string | readonly string[] }
  /** Only these fields of each record. */
  columns?: readonly C[]
  limit?: number
  signal?: AbortSignal
}

/** Records that came together: some of one volume's. */
export interface RecordBatch {
  volume: string
  contributor: string
  records: TrainingRecord[]
}

export interface SqlQuery {
  limits?: Partial<SqlLimits>
  signal?: AbortSignal
}

/** A row of an answer: what JSON has; times are RFC 3339, in UTC. */
export type Row = { [column: string]: unknown }

const STALL = 60_000
const LOOKAHEAD = 4

/** A dataset that is open for reading: it holds the cache of its home until it is closed. */
export class Dataset {
  private readonly options: OpenOptions & { link: string }
  private readonly session: PullSession
  private readonly state: DatasetState
  private readonly ledger: CacheLedger

  private constructor(
    options: OpenOptions & { link: string },
    session: PullSession,
    state: DatasetState,
    ledger: CacheLedger
  ) {
    this.options = options
    this.session = session
    this.state = state
    this.ledger = ledger
  }

  /**
   * Opens a dataset, or one of its releases.
   * @throws VdataError BAD_LINK, NO_PEERS, NO_RELEASE, INDEX_BEHIND, INDEX_DIFFERS.
   */
  static async open(link: string, options: OpenOptions): Promise<Dataset> {
    const { release } = parseLink(link)
    const network = options.network ?? { bootstrap: null }
    const session = await openSession({ ...options, link, network, purpose: options.purpose ?? 'a program' })
    try {
      const state = await readState(session.index, release, options.at)
      return new Dataset({ ...options, link }, session, state, await CacheLedger.open(options.home))
    } catch (error) {
      await session.close()
      throw error
    }
  }

  get name(): string {
    return this.state.name
  }

  /** Names of contributors by their keys, as far as the index has them. */
  get names(): ReadonlyMap<string, string> {
    return this.state.names
  }

  /** The accepted volumes and what they hold. */
  get volumes(): { id: string; contributor: string; license: string; records: number; bytes: number }[] {
    return this.state.volumes.map(({ id, entry }) => {
      const { contributor, license, records, bytes } = entry
      return { id, contributor, license, records, bytes }
    })
  }

  /**
   * The records that meet the conditions, in the dataset's order, as their batches arrive. What cannot be in a batch is not
   * fetched; whoever stops iterating stops the fetching.
   *
   * @throws VdataError MISSING_VOLUMES after the last record where some could not be fetched.
   */
  async *records<C extends Column = Column>(query: RecordsQuery<C> = {}): AsyncGenerator<Pick<AnyRecord, C>> {
    for await (const { records } of this.batches(query)) {
      for (const record of records) yield picked(record, query.columns)
    }
  }

  /** The same records whole, in groups of one volume each, with who gave them. */
  async *batches(query: Omit<RecordsQuery, 'columns'> = {}): AsyncGenerator<RecordBatch> {
    const where = toWhere(query.where)
    const { limit = Infinity, signal } = query
    const plan = this.plan(where.length > 0 ? whereFilter(where) : always, limit)
    const fetcher = this.fetcher(signal)
    const missing = new MissingParts()
    const cache = await this.useCache(plan)
    let left = limit
    try {
      if (limit === Infinity) fetcher.request(plan.volumes)
      for (const wave of limit === Infinity ? [plan.volumes] : wavesOf(plan.volumes)) {
        if (limit !== Infinity) fetcher.request(wave)
        for await (const { arrived, lines } of arriving(fetcher, wave, LOOKAHEAD, async (arrived) => {
          const { block, batch } = arrived
          if (!block) return { arrived, lines: null }
          const { raw } = await decodeBatch(block)
          return { arrived, lines: splitLines(batch.drops.length > 0 ? withoutDropped(raw, batch.drops) : raw) }
        })) {
          if (!lines) missing.add(arrived)
          const { volume, batch } = arrived
          const all = (lines ?? []).map((line) => JSON.parse(line) as TrainingRecord)
          const records = (batch.whole ? all : all.filter((record) => matches(record, where))).slice(0, left)
          left -= records.length
          if (records.length > 0) yield { volume: volume.id, contributor: volume.entry.contributor, records }
          if (left <= 0) return
        }
      }
      this.refuseMissing(missing, fetcher)
    } catch (error) {
      throw fetcher.signal.aborted ? fetcher.signal.reason : error
    } finally {
      await fetcher.close()
      await cache.end(fetcher.opened, this.options.cacheBytes)
    }
  }

  /**
   * The rows of a SELECT about the tables `records`, `volumes`, `contributors` and `releases`; only the batches that can
   * hold an answer are fetched.
   *
   * @throws VdataError usage where the statement is not one SELECT; SQL_TIME, SQL_MEMORY, MISSING_VOLUMES.
   */
  async *query(sql: string, { limits, signal }: SqlQuery = {}): AsyncGenerator<Row> {
    const engine = await openEngine(this.options.home, limits, signal)
    try {
      const statement = await readStatement(engine, sql)
      const plan = this.plan(statement.analysis.filter)
      const fetcher = this.fetcher(signal)
      const missing = new MissingParts()
      const cache = await this.useCache(plan)
      try {
        const { scratch } = this.session
        const { sides } = this.state
        await loadRecords({ engine, statement, plan, fetcher, scratch, sides, missing, onBatch() {} })
        this.refuseMissing(missing, fetcher)
      } finally {
        await fetcher.close()
        await cache.end(fetcher.opened, this.options.cacheBytes)
      }
      await engine.call('lock', statement.analysis.inOrder ? LOAD_THREADS : 1)
      const columns = await engine.call('ask', sql)
      await engine.call('start', columns, false)
      for (let part = await engine.call('next'); part; part = await engine.call('next')) {
        for (const line of part.lines.split('\n')) if (line !== '') yield JSON.parse(line) as Row
      }
    } finally {
      await engine.close()
    }
  }

  async close(): Promise<void> {
    await this.session.close()
  }

  private useCache(plan: Plan): Promise<CacheUse> {
    return CacheUse.begin(this.ledger, this.session.store, this.state.index, plan)
  }

  private refuseMissing(missing: MissingParts, fetcher: Fetcher): void {
    const parts = missing.list(this.ledger.seen, fetcher.opened)
    if (parts.length > 0) throw missingVolumes(parts, this.options.offline)
  }

  private plan(filter: Filter, limit?: number): Plan {
    return planPull(this.state.volumes, { filter, limit, drops: this.state.drops })
  }

  private fetcher(signal: AbortSignal | undefined): Fetcher {
    const { stall = STALL, offline } = this.options
    const both = [signal, this.options.signal].filter((each) => each !== undefined)
    const either = both.length > 0 ? AbortSignal.any(both) : undefined
    const fetcher = new Fetcher(this.session.store, { stall, offline, signal: either })
    return fetcher.on('waiting', () => this.session.lookAgain())
  }
}

/** All fields that a record of any kind can have. */
export type AnyRecord = { [field in Column]?: Fields<TrainingRecord, field> }
type Fields<R, F extends string> = R extends { [field in F]?: infer V } ? V : never

function toWhere(where: RecordsQuery['where'] = {}): Where[] {
  return WHERE_FIELDS.flatMap((field) => {
    const value = where[field]
    if (value === undefined) return []
    return [{ field, values: typeof value === 'string' ? [value] : value }]
  })
}

function picked<C extends Column>(record: TrainingRecord, columns: readonly C[] | undefined): Pick<AnyRecord, C> {
  const fields: AnyRecord = record
  const chosen: AnyRecord = {}
  for (const column of columns ?? COLUMNS) {
    if (fields[column] !== undefined) Object.assign(chosen, { [column]: fields[column] })
  }
  return chosen as Pick<AnyRecord, C>
}
