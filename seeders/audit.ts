import { mkdir, mkdtemp, appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type Corestore from 'corestore'
import { messageOf } from '../lib/errors.js'
import { DatasetSession, type SessionOptions } from '../lib/dataset/session.js'
import { formatKey } from '../lib/dataset/link.js'
import type { ListedVolume } from '../lib/dataset/reader.js'
import type { Connection } from '../lib/network/node.js'
import { prefixOf } from '../lib/network/seeder/statement.js'
import { closeStore, openStore } from '../lib/network/store.js'
import { Survey } from './survey.js'

/** One block that a seeder was asked for. */
export interface Receipt {
  at: string
  /** Public key of the seeder, key of the volume, z-base-32. */
  seeder: string
  volume: string
  block: number
  /** Milliseconds until it came and had proved itself; null where it did not. */
  ms: number | null
  problem: string | null
}

export interface AuditOptions extends Omit<SessionOptions, 'purpose' | 'onNode' | 'onEvent'> {
  /** Blocks that each seeder is asked for, and milliseconds that it may take for one. */
  blocks?: number
  patience?: number
  /** Milliseconds to wait for statements. */
  listen?: number
  onReceipt?: (receipt: Receipt) => void
}

export interface Audited {
  seeder: string
  /** Volumes that it says it holds. */
  claims: number
  asked: number
  answered: number
  /** Milliseconds: of the middle answer. */
  median: number | null
}

/**
 * Asks every seeder that is connected for random blocks of volumes that it says it holds. A block comes with the proof that
 * it is the volume's, so an answer cannot be made up; whether the seeder fetched it from somebody else just then, nobody
 * can tell but by the time that it took. Each answer is a line in `<home>/audits/<index>.jsonl`.
 */
export async function audit(options: AuditOptions): Promise<Audited[]> {
  const { home, signal, blocks = 8, patience = 10_000, listen = 3_000 } = options
  const survey = new Survey()
  const session = await DatasetSession.open({
    ...options,
    purpose: 'seed audit',
    onNode: (node) => survey.attach(node)
  })
  try {
    const { index } = session
    survey.follow(index.core.key)
    await survey.listen(listen, signal)
    const volumes = await index.volumes()
    const file = join(home, 'audits', `${index.id}.jsonl`)
    await mkdir(join(home, 'audits'), { recursive: true })
    const results: Audited[] = []
    for (const { statement, connection, holds } of survey.neighbours.connected(index.core.key)) {
      signal?.throwIfAborted()
      const claimed = volumes.filter(({ key }) => holds(prefixOf(key).toString('hex')))
      const seeder = formatKey(statement.seeder)
      const receipts = await withEmptyStore(home, (store) =>
        ask(store, connection, seeder, claimed, { blocks, patience, signal })
      )
      for (const receipt of receipts) options.onReceipt?.(receipt)
      await appendFile(file, receipts.map((receipt) => JSON.stringify(receipt) + '\n').join(''))
      results.push(summarize(seeder, claimed.length, receipts))
    }
    return results
  } finally {
    await session.close()
  }
}

async function ask(
  store: Corestore,
  connection: Connection,
  seeder: string,
  claimed: readonly ListedVolume[],
  { blocks, patience, signal }: { blocks: number; patience: number; signal?: AbortSignal }
): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  for (let i = 0; i < blocks && claimed.length > 0; i++) {
    signal?.throwIfAborted()
    const { id, key, entry } = claimed[Math.floor(Math.random() * claimed.length)]!
    const block = Math.floor(Math.random() * entry.length)
    const core = store.get({ key })
    await core.ready()
    // Nobody else can answer: this store knows one connection only.
    core.replicate(connection)
    const started = performance.now()
    const receipt = { at: new Date().toISOString(), seeder, volume: id, block }
    try {
      await core.get(block, { timeout: patience })
      receipts.push({ ...receipt, ms: Math.round(performance.now() - started), problem: null })
    } catch (error) {
      receipts.push({ ...receipt, ms: null, problem: messageOf(error).slice(0, 200) })
    } finally {
      await core.close()
    }
  }
  return receipts
}

/** A store of its own for each seeder: what one of them sent must not answer for the next. */
async function withEmptyStore<T>(home: string, use: (store: Corestore) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(home, 'audit-'))
  try {
    const store = await openStore(join(directory, 'store'), {
      purpose: 'seed audit',
      passive: true,
      writeBuffer: 1024 * 1024
    })
    return await use(store).finally(() => closeStore(store, join(directory, 'store')))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function summarize(seeder: string, claims: number, receipts: Receipt[]): Audited {
  const times = receipts.flatMap(({ ms }) => (ms === null ? [] : [ms])).sort((a, b) => a - b)
  return {
    seeder,
    claims,
    asked: receipts.length,
    answered: times.length,
    median: times[Math.floor(times.length / 2)] ?? null
  }
}
