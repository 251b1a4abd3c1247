// An intake at work on a node of its own, and what to feed it.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Assert } from 'brittle'
import type Hypercore from 'hypercore'
import { Intake } from '../../../lib/dataset/intake.js'
import type { IntakeOptions } from '../../../lib/dataset/intake-options.js'
import type { IntakeItem } from '../../../lib/dataset/items.js'
import type { NodeOptions } from '../../../lib/network/node.js'
import { openStore } from '../../../lib/network/store.js'
import { connect, newNode, sealBlocks, type Offerer } from '../../helpers/network.js'

export const INDEX = randomBytes(32)
export const TOPIC = randomBytes(32)

export interface Bench {
  intake: Intake
  folder: string
  complete: string[]
  failed: [id: string, code: string][]
  faults: unknown[]
}

/** An intake on a node of its own. */
export async function newIntake(
  t: Assert,
  network: NodeOptions,
  { folder, ...options }: Partial<IntakeOptions> & { folder?: string } = {}
): Promise<Bench> {
  folder ??= await t.tmp()
  const store = await openStore(join(folder, 'quarantine'), { purpose: 'test' })
  const directory = join(folder, 'queue')
  const intake = await Intake.open({ quota: 1e9, ...options, store, directory })
  const node = newNode(t, null, {
    ...network,
    inbox: { accepts: true, onoffer: (offer, inbox) => intake.take(offer, inbox) }
  })
  node.join(TOPIC, { server: true, client: true })
  t.teardown(
    async () => {
      await node.close()
      await intake.close()
      await store.close()
    },
    { order: 15, force: true }
  )
  const bench: Bench = { intake, folder, complete: [], failed: [], faults: [] }
  intake.on('complete', ({ id }: IntakeItem) => bench.complete.push(id))
  intake.on('failed', ({ id }: IntakeItem, code: string) => bench.failed.push([id, code]))
  intake.on('fault', (error) => bench.faults.push(error))
  return bench
}

/** A volume of random blocks, of which the size is known. */
export async function randomVolume(offerer: Offerer, blocks: number, size: number): Promise<Hypercore> {
  return sealBlocks(
    offerer.store,
    Array.from({ length: blocks }, () => randomBytes(size))
  )
}

/** Gives a peer the first blocks of a volume that another one has. */
export async function copyBlocks(
  t: Assert,
  from: Offerer,
  to: Offerer,
  volume: Hypercore,
  count: number
): Promise<void> {
  const part = connect(t, from.store, to.store)
  const copy = to.store.get({ key: volume.key })
  await copy.ready()
  await copy.download({ start: 0, end: count }).done()
  part()
}
