import { setTimeout as sleep } from 'node:timers/promises'
import type { ListedVolume } from '../lib/dataset/reader.js'
import type { Connection, NetworkNode } from '../lib/network/node.js'
import { SeederChannel } from '../lib/network/seeder/channel.js'
import { prefixOf, type Statement } from '../lib/network/seeder/statement.js'
import { Neighbours } from './neighbours.js'

/** How alive a dataset is, by the statements of its seeders. */
export interface Liveness {
  seeders: number
  /** Copies at seeders: of the rarest volume, on average, and of each volume, by its key in z-base-32. */
  copies: { least: number; mean: number; of: { [volume: string]: number } }
  /** Bytes that seeders keep of it, and that they served this month, over all their datasets. */
  stored: number
  served: number
  /** Hundredths a month that their owners say it costs, by currency. */
  costs: { [currency: string]: number }
}

/** Keeps more statements than it would have to: it does not know the dataset yet when the first of them come. */
const EARLY = 4_096

/** Listens to seeders without being one. */
export class Survey {
  readonly neighbours = new Neighbours()
  private readonly early: [Statement, Connection][] = []
  private heard = performance.now()

  attach(node: NetworkNode): void {
    node.on('connection', (connection: Connection) => {
      new SeederChannel(connection, {
        onstatement: (statement) => {
          if (this.early.length < EARLY) this.early.push([statement, connection])
          if (this.neighbours.accept(statement, connection)) this.heard = performance.now()
        }
      })
      connection.once('close', () => this.neighbours.left(connection))
    })
  }

  follow(index: Buffer): void {
    this.neighbours.follow(index)
    for (const [statement, connection] of this.early.splice(0)) this.neighbours.accept(statement, connection)
  }

  /** Waits until nobody has said anything new for a second, `most` milliseconds in all. */
  async listen(most: number, signal?: AbortSignal): Promise<void> {
    const end = performance.now() + most
    this.heard = performance.now()
    while (performance.now() < end && performance.now() - this.heard < 1_000) {
      await sleep(100, undefined, { signal })
    }
  }

  liveness(index: Buffer, volumes: readonly Pick<ListedVolume, 'id' | 'key'>[]): Liveness {
    const statements = this.neighbours.statements(index)
    const holders = this.neighbours.holders(index, false)
    const of: { [volume: string]: number } = {}
    let all = 0
    let least = volumes.length === 0 ? 0 : Infinity
    for (const { id, key } of volumes) {
      const copies = holders.get(prefixOf(key).toString('hex'))?.length ?? 0
      of[id] = copies
      all += copies
      least = Math.min(least, copies)
    }
    const costs: { [currency: string]: number } = {}
    for (const { cost } of statements) if (cost) costs[cost.currency] = (costs[cost.currency] ?? 0) + cost.cents
    return {
      seeders: statements.length,
      copies: { least, mean: volumes.length === 0 ? 0 : all / volumes.length, of },
      stored: statements.reduce((sum, { stored }) => sum + stored, 0),
      served: statements.reduce((sum, { served }) => sum + served, 0),
      costs
    }
  }
}
