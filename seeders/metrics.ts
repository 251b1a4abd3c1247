import HypercoreStats from 'hypercore-stats'
import HyperswarmStats from 'hyperswarm-stats'
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { Seeder } from './seeder.js'
import type { SeederStatus } from './status.js'

type Read = (status: SeederStatus) => number

const GAUGES: { readonly [name: string]: readonly [help: string, read: Read] } = {
  vdata_seed_disk_used_bytes: ['Bytes that everything takes on disk', ({ disk }) => disk.used],
  vdata_seed_disk_quota_bytes: ['Bytes that it may take', ({ disk }) => disk.quota],
  vdata_seed_disk_free_bytes: ['Free bytes of the file system', ({ disk }) => disk.free],
  vdata_seed_served_month_bytes: ['Bytes served this month', ({ traffic }) => traffic.served],
  vdata_seed_fetched_month_bytes: ['Bytes fetched this month', ({ traffic }) => traffic.fetched],
  vdata_seed_served_bytes: ['Bytes served since the start', ({ traffic }) => traffic.served_since_start],
  vdata_seed_connections: ['Connections', ({ connections }) => connections],
  vdata_seed_halted: ['1 where it is paused or the month is used up', ({ state }) => Number(isHalted(state))],
  vdata_seed_inbox_offers: ['Offers held for absent moderators', ({ inbox }) => inbox.offers],
  vdata_seed_inbox_bytes: ['Bytes of their volumes', ({ inbox }) => inbox.bytes]
}

type ReadDataset = (dataset: SeederStatus['datasets'][number]) => number

const BY_DATASET: { readonly [name: string]: readonly [help: string, read: ReadDataset] } = {
  vdata_dataset_index_entries: ['Entries of the index that are here', ({ index }) => index],
  vdata_dataset_volumes: ['Volumes that the owner chose', ({ volumes }) => volumes],
  vdata_dataset_volumes_held: ['Volumes that are here whole', ({ complete }) => complete],
  vdata_dataset_held_bytes: ['Bytes of them', ({ bytes_complete }) => bytes_complete],
  vdata_dataset_seeders: ['Other seeders that are known', ({ seeders }) => seeders],
  vdata_dataset_copies_least: ['Copies of the rarest volume', ({ copies }) => copies.least],
  vdata_dataset_copies_mean: ['Copies of a volume, on average', ({ copies }) => copies.mean],
  vdata_dataset_volumes_short: ['Volumes with fewer copies than they should have', ({ copies }) => copies.short],
  vdata_dataset_fault: ['1 where its index cannot be used', ({ fault }) => Number(fault !== null)]
}

/** What Prometheus is told: the seeder's own figures, and those of the network below it by the ecosystem's packages. */
export class Metrics {
  private readonly registry = new Registry()

  constructor(seeder: Seeder) {
    const registers = [this.registry]
    for (const [name, [help, read]] of Object.entries(GAUGES)) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read(seeder.status()))
        }
      })
    }
    for (const [name, [help, read]] of Object.entries(BY_DATASET)) {
      new Gauge({
        name,
        help,
        registers,
        labelNames: ['dataset'],
        collect() {
          this.reset()
          for (const dataset of seeder.status().datasets) this.set({ dataset: dataset.link }, read(dataset))
        }
      })
    }
    collectDefaultMetrics({ register: this.registry })
    // These packages make gauges of whatever class they are handed, in its default registry: ours is handed in its place.
    const registry = this.registry
    const inRegistry = {
      Gauge: class extends Gauge {
        constructor(options: ConstructorParameters<typeof Gauge>[0]) {
          super({ ...options, registers: [registry] })
        }
      }
    }
    seeder.node.instrument((swarm) => new HyperswarmStats(swarm).registerPrometheusMetrics(inRegistry))
    HypercoreStats.fromCorestore(seeder.store).registerPrometheusMetrics(inRegistry)
  }

  get contentType(): string {
    return this.registry.contentType
  }

  text(): Promise<string> {
    return this.registry.metrics()
  }
}

function isHalted(state: SeederStatus['state']): boolean {
  return state === 'paused' || state === 'month'
}
