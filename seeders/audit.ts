import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type Corestore from 'corestore'
import { messageOf } from '../lib/errors.js'
import { DatasetSession, type SessionOptions } from '../lib/dataset/session.js'
import { formatKey } from '../lib/dataset/link.js'
import type { ListedVolume } from '../lib/dataset/reader.js'
import type { Connection } from '../lib/network/node.js'
import { prefixOf } from '../lib/network/seeder/statement.js'
import { closeStore, openStore } from '../lib/network/store.js'
import { Receipts, type Receipt } from './receipts.js'
import { summarize, type Answers } from './speed.js'
import { Survey } from './survey.js'

export interface AuditOptions extends Omit<SessionOptions, 'purpose' | 'onNode' | 'onEvent'> {
  /** Blocks that each seeder is asked for, and milliseconds that it may take for one. */
  blocks?: number
  patience?: number
  /** Milliseconds to wait for statements. */
  listen?: number
  onReceipt?: (receipt: Receipt) => void
}

export interface Audited extends Answers {
  seeder: string
  /** Volumes that it says it holds. */
  claims: number
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
    const kept = new Receipts(home, index.id)
    const results: Audited[] = []
    for (const { statement, connection, holds } of survey.neighbours.connected(index.core.key)) {
      signal?.throwIfAborted()
      const claimed = volumes.filter(({ key }) => holds(prefixOf(key).toString('hex')))
      const seeder = formatKey(statement.seeder)
      const receipts = await withEmptyStore(home, (store) =>
        ask(store, connection, seeder, claimed, { blocks, patience, signal })
      )
      for (const receipt of receipts) options.onReceipt?.(receipt)
      await kept.append(receipts)
      results.push({ seeder, claims: claimed.length, ...summarize(receipts) })
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
      const data = await core.get(block, { timeout: patience })
      const ms = Math.round((performance.now() - started) * 100) / 100
      receipts.push({ ...receipt, bytes: data?.length ?? 0, ms, problem: null })
    } catch (error) {
      receipts.push({ ...receipt, bytes: 0, ms: null, problem: messageOf(error).slice(0, 200) })
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
