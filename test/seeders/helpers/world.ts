// A dataset with volumes of random bytes, somebody who serves all of it, and seeders of this process on 127.0.0.1.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Assert } from 'brittle'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { DatasetEntry, VolumeEntry } from '../../../lib/dataset/entries.js'
import { formatKey, formatLink } from '../../../lib/dataset/link.js'
import { IndexWriter } from '../../../lib/dataset/writer.js'
import { BootstrapNode } from '../../../lib/network/bootstrap.js'
import { Identity } from '../../../lib/network/identity.js'
import { NetworkNode, type NodeOptions } from '../../../lib/network/node.js'
import { Bucket } from '../../../lib/network/bucket.js'
import { Serving } from '../../../lib/network/serving.js'
import { closeStore, openStore } from '../../../lib/network/store.js'
import { toVolume } from '../../../lib/volume/static.js'
import { encodeZoneMap } from '../../../lib/volume/zonemap-codec.js'
import { Seeder } from '../../../seeders/seeder.js'
import type { SeederOptions } from '../../../seeders/options.js'

export interface Puller {
  store: Corestore
  node: NetworkNode
  close(): Promise<void>
}

type Ends = Pick<Assert, 'tmp' | 'teardown'>

/** Intervals with which minutes become seconds. */
export const QUICK = {
  look: 500,
  dwell: 1_000,
  patience: 1_500,
  again: 1_000,
  announce: 100,
  grace: 1_000,
  lonely: 1_500
}

export class World {
  readonly link: string
  readonly network: NodeOptions
  private readonly t: Ends
  private readonly seeders = new Set<Seeder>()

  private constructor(
    t: Ends,
    network: NodeOptions,
    readonly store: Corestore,
    readonly index: IndexWriter,
    readonly source: NetworkNode,
    /** What the source served. */
    readonly served: Serving
  ) {
    this.t = t
    this.network = network
    this.link = formatLink(index.core.key)
  }

  /** @param beside another world, whose network is to be this one's too */
  static async create(t: Ends, name = 'things', beside?: World): Promise<World> {
    const dht = beside ? null : await BootstrapNode.start({ host: '127.0.0.1' })
    const network = beside?.network ?? { bootstrap: [dht!.address], host: '127.0.0.1' }
    const home = await t.tmp()
    const store = await openStore(join(home, 'store'), { purpose: 'test' })
    const served = new Serving(store, new Bucket())
    const index = await IndexWriter.openNamed(store, 'index')
    const source = new NetworkNode(store, network)
    await index.describe(describe(name, formatKey(source.publicKey)))
    const world = new World(t, network, store, index, source, served)
    source.join(index.core.discoveryKey, { server: true, client: true })
    await source.searched(2_000)
    t.teardown(
      async () => {
        for (const seeder of world.seeders) await seeder.close()
        await source.close()
        await closeStore(store, join(home, 'store'))
        await dht?.close()
      },
      { order: beside ? 90 : 100, force: true }
    )
    return world
  }

  /** What a command of the command line needs to be in this network. */
  get env(): { VDATA_BOOTSTRAP: string } {
    const [dht] = this.network.bootstrap!
    return { VDATA_BOOTSTRAP: `${dht!.host}:${dht!.port}` }
  }

  /** A volume of so many blocks of so many random bytes; not listed. */
  async volume(blocks = 4, size = 64 * 1024): Promise<Hypercore> {
    const core = this.store.get({ name: randomBytes(8).toString('hex') })
    await core.ready()
    await core.append(Array.from({ length: blocks }, () => randomBytes(size)))
    return toVolume(this.store, core)
  }

  /** Lists a volume, as the moderator does. */
  async list(volume: Hypercore, facts: Partial<VolumeEntry> = {}): Promise<string> {
    const id = formatKey(volume.key)
    await this.index.accept(id, { ...entryOf(volume), ...facts })
    return id
  }

  async volumes(count: number, blocks = 4, size = 64 * 1024): Promise<string[]> {
    const ids: string[] = []
    for (let i = 0; i < count; i++) ids.push(await this.list(await this.volume(blocks, size)))
    return ids
  }

  /** Takes a volume out of the dataset. */
  async withdraw(id: string): Promise<void> {
    const batch = this.index.bee.batch()
    await batch.del(`volume/${id}`)
    await batch.flush()
  }

  /** Has records of a volume purged; each of its batches has ten. */
  async purge(id: string, from: number, to = from): Promise<void> {
    await this.index.drop(id, {
      ranges: [{ from, to }],
      code: 'pii',
      scope: 'purge',
      note: '',
      records: to - from + 1,
      raw_bytes: 1,
      facets: {},
      hidden: [],
      at: new Date().toISOString()
    })
  }

  async seed(options: Partial<SeederOptions> = {}): Promise<Seeder> {
    const home = options.home ?? (await this.t.tmp())
    const seeder = await Seeder.open({
      home,
      identity: await Identity.load(home),
      links: [this.link],
      network: this.network,
      keepFree: 0,
      timing: QUICK,
      ...options
    })
    this.seeders.add(seeder)
    return seeder
  }

  /** Somebody who looks for the dataset's volumes, with a store of its own that is gone afterwards. */
  async puller(): Promise<Puller> {
    const home = await this.t.tmp()
    const store = await openStore(join(home, 'store'), { purpose: 'test' })
    const node = new NetworkNode(store, this.network)
    const puller = { store, node, close: async () => (await node.close(), closeStore(store, join(home, 'store'))) }
    this.t.teardown(() => puller.close(), { order: 50, force: true })
    node.join(this.index.core.discoveryKey, { server: false, client: true })
    return puller
  }

  async stop(seeder: Seeder): Promise<void> {
    this.seeders.delete(seeder)
    await seeder.close()
  }
}

/** Waits until something holds, looking after each of the seeder's events and now and then. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'it holds'): Promise<void> {
  for (let i = 0; i < 12_000; i++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`ten minutes passed before ${what}`)
}

function describe(name: string, moderator: string): DatasetEntry {
  return {
    version: 1,
    name,
    title: '',
    description: '',
    licenses: [],
    kinds: ['text'],
    thresholds: {},
    moderators: [{ name: 'test', key: moderator }],
    created_at: new Date().toISOString()
  }
}

/** An entry for a volume; what a seeder does not look at is made up. */
function entryOf(volume: Hypercore): VolumeEntry {
  const batches = volume.length - 1
  const facets = () => ({ values: [], missing: true })
  const zone = {
    records: 10,
    rawBytes: 1000,
    wireBytes: 1000,
    createdAt: null,
    facets: {
      topic: facets(),
      language: facets(),
      tags: facets(),
      model: facets(),
      provider: facets(),
      license: facets(),
      kind: facets()
    }
  }
  return {
    length: volume.length,
    bytes: volume.byteLength,
    raw_bytes: volume.byteLength * 3,
    records: batches * 10,
    contributor: formatKey(Buffer.alloc(32, 7)),
    signature: '0'.repeat(128),
    expiry: 0,
    license: 'CC0-1.0',
    facets: {},
    zone_map: encodeZoneMap(Array.from({ length: batches }, () => zone)),
    check: {},
    bias: null,
    accepted_at: new Date().toISOString()
  }
}
