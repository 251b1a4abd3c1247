// A dataset that is being served, to which volumes can be given, and which can be pulled.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assert } from 'brittle'
import type Hypercore from 'hypercore'
import type { DatasetEntry } from '../../lib/dataset/entries.js'
import { formatKey } from '../../lib/dataset/link.js'
import { LocalDesk } from '../../lib/dataset/local-desk.js'
import type { Moderator } from '../../lib/dataset/moderator.js'
import type { ModeratorOptions } from '../../lib/dataset/moderator-options.js'
import type { NodeOptions } from '../../lib/network/node.js'
import { pull, type PullResult } from '../../lib/pull/pull.js'
import { makeVolume, newModerator, Offerer, offerOf, privateNetwork, textLines, until } from '../helpers/network.js'

export class Served {
  readonly desk: LocalDesk
  readonly moderator: Moderator
  readonly network: NodeOptions
  readonly offerer: Offerer
  readonly #t: Assert
  #pulls = 0

  private constructor(t: Assert, moderator: Moderator, network: NodeOptions, offerer: Offerer) {
    this.#t = t
    this.moderator = moderator
    this.desk = new LocalDesk(moderator)
    this.network = network
    this.offerer = offerer
  }

  static async create(
    t: Assert,
    options: Partial<ModeratorOptions> & { entry?: Partial<DatasetEntry> } = {}
  ): Promise<Served> {
    const network = await privateNetwork(t)
    const moderator = await newModerator(t, options)
    await moderator.serve(network)
    const offerer = await Offerer.create(t)
    offerer.online(t, moderator.index.core.discoveryKey, network)
    return new Served(t, moderator, network, offerer)
  }

  get contributor(): string {
    return formatKey(this.offerer.contributor.publicKey)
  }

  /** Offers a volume with these batches of lines. */
  async offer(...batches: string[][]): Promise<Hypercore> {
    const volume = await makeVolume(this.offerer.store, { contributor: this.offerer.contributor, batches })
    const records = batches.flat().length
    this.offerer.offer(offerOf(volume, this.moderator.index.core.key, this.offerer.contributor, { records }))
    return volume
  }

  /** Offers a volume and waits until the dataset has it. */
  async give(...batches: string[][]): Promise<string> {
    const volume = await this.offer(...batches)
    const id = formatKey(volume.key)
    await until(() => this.moderator.index.volume(id))
    return id
  }

  /** Text records in batches. */
  lines(seed: string, ...counts: number[]): string[][] {
    return counts.map((count, batch) => textLines(count, `${seed} ${batch}`))
  }

  /** Pulls the dataset, or a release, as somebody new. */
  async pull(release = '', home?: string): Promise<PullResult & { text: string; lines: string[] }> {
    const own = home ?? (await this.#t.tmp())
    const output = join(own, `out-${this.#pulls++}.jsonl`)
    const link = this.moderator.link + (release && `/${release}`)
    const result = await pull({
      home: own,
      link,
      output,
      format: 'jsonl',
      network: this.network,
      where: [],
      limit: Infinity
    })
    const text = await readFile(output, 'utf8')
    return { ...result, text, lines: text.split('\n').filter(Boolean) }
  }
}
