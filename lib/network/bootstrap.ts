import DHT from 'hyperdht'
import type { Address } from './address.js'

export interface BootstrapOptions {
  /** The address to bind, and to be reached at. */
  host: string
  /** 0 takes a free one. */
  port?: number
  /** Nodes of an existing network to join; none starts a new one. */
  bootstrap?: Address[]
}

/**
 * The DHT of a private network. A single node cannot answer look-ups alone (it does not list itself), so two companions
 * run beside it; peers need only the first one's address.
 */
export class BootstrapNode {
  readonly address: Address
  private readonly nodes: DHT[]

  private constructor(address: Address, nodes: DHT[]) {
    this.address = address
    this.nodes = nodes
  }

  static async start({ host, port = 0, bootstrap = [] }: BootstrapOptions): Promise<BootstrapNode> {
    const nodes: DHT[] = []
    try {
      const first = await startNode(host, port, bootstrap, nodes)
      const known = [...bootstrap, first]
      for (let i = 0; i < 2; i++) await startNode(host, 0, known, nodes)
      return new BootstrapNode(first, nodes)
    } catch (error) {
      await Promise.all(nodes.map((node) => node.destroy({ force: true })))
      throw error
    }
  }

  async close(): Promise<void> {
    for (const node of this.nodes.toReversed()) await node.destroy()
  }
}

async function startNode(host: string, port: number, bootstrap: Address[], started: DHT[]): Promise<Address> {
  const node = new DHT({ host, port, bootstrap, ephemeral: false, firewalled: false, anyPort: port === 0 })
  started.push(node)
  await node.fullyBootstrapped()
  return { host, port: node.address()!.port }
}
