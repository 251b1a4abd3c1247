import { rm } from 'node:fs/promises'
import { writeCorpus, type CorpusOptions } from '../helpers/corpus.js'
import { cutOff, type Net, type Party } from '../helpers/net.js'

/** The text of these datasets: of four topics. */
export const CORPUS: CorpusOptions = { seed: 1, topics: ['law', 'health', 'work', 'home'] }

/** A dataset of one contribution, which its moderator serves. */
export interface Dataset {
  link: string
  volumes: string[]
  /** Bytes on the wire, and of text. */
  bytes: number
  rawBytes: number
  records: number
  /** Has a seeder copy all of it, stops the moderator, and leaves the seeder alone with it; returns the seeder's end. */
  seed(seeder: Party): Promise<() => Promise<void>>
  /** Adds a file's records, while the moderator is there. */
  contribute(file: string): Promise<void>
}

/** Makes a dataset of so many bytes of made-up text. */
export async function makeDataset(net: Net, bytes: number, corpus = CORPUS): Promise<Dataset> {
  const { moderator, link } = await net.dataset('bench')
  const desk = await moderator.serve('index', 'serve')
  const contributor = await net.party()
  const file = contributor.path('corpus.jsonl')
  await writeCorpus(file, bytes, corpus)
  const shared = await contributor.result('share', file, '--to', link, '--wait', '600')
  await rm(file)
  const volumes = shared.volumes as { id: string; bytes: number; raw_bytes: number; records: number }[]
  const sum = (field: 'bytes' | 'raw_bytes' | 'records') => volumes.reduce((total, volume) => total + volume[field], 0)
  return {
    link,
    volumes: volumes.map(({ id }) => id),
    bytes: sum('bytes'),
    rawBytes: sum('raw_bytes'),
    records: sum('records'),
    async contribute(more) {
      await contributor.result('share', more, '--to', link, '--wait', '600')
    },
    async seed(seeder) {
      const seeding = await seeder.serve('seed', link)
      await seeding.event('synced', ({ volumes: listed }) => listed === volumes.length)
      await desk.stop()
      return () => cutOff(seeding)
    }
  }
}
