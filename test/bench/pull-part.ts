import { rm } from 'node:fs/promises'
import { Net, type Party } from '../helpers/net.js'
import { writeCorpus } from '../helpers/corpus.js'
import type { CliEvent } from '../helpers/cli.js'
import { makeDataset } from './dataset.js'
import { MB, median, seconds, type Figure } from './figure.js'
import { Scope } from './scope.js'

const BYTES = 200 * MB
const RUNS = 3
/** Each topic is a twentieth of the records. */
const TOPICS = Array.from({ length: 20 }, (_, i) => `topic-${i}`)
const GROWTH = 0.01

/** What a part of a dataset costs: a selection, a single record, and what is new since the last pull. */
export function benchPartialPull(): Promise<Figure[]> {
  return Scope.use(async (scope) => {
    const net = await Net.start(scope)
    const dataset = await makeDataset(net, BYTES, { seed: 1, topics: TOPICS })
    const pull = async (reader: Party, ...args: string[]): Promise<[took: number, done: CliEvent]> => {
      return seconds(() => reader.result('pull', reader.path('out.jsonl'), '--from', dataset.link, ...args))
    }
    const cold = async (...args: string[]) => {
      const times: number[] = []
      let fetched = 0
      for (let run = 0; run < RUNS; run++) {
        const reader = await net.party()
        const [took, done] = await pull(reader, ...args)
        times.push(took)
        fetched = Number(done.fetched)
        await rm(reader.home, { recursive: true, force: true })
      }
      return { took: median(times), share: fetched / dataset.bytes, fetched }
    }
    const selection = await cold('--where', `topic=${TOPICS[7]}`)
    const one = await cold('--sql', `SELECT * FROM records WHERE topic = '${TOPICS[3]}' LIMIT 1`)

    const reader = await net.party()
    await pull(reader)
    const file = reader.path('more.jsonl')
    await writeCorpus(file, BYTES * GROWTH, { seed: 2, topics: TOPICS })
    await dataset.contribute(file)
    const [again, { fetched }] = await pull(reader)
    const share = Number(fetched) / dataset.bytes
    return [
      { name: 'a selection of 5 % of the records', value: selection.took, unit: 's' },
      {
        name: 'bytes that it moves',
        value: selection.fetched / MB,
        unit: 'MB',
        ratio: selection.share,
        against: 'all bytes',
        target: { most: 0.07 }
      },
      { name: 'one record by SQL', value: one.took, unit: 's', note: `${(one.fetched / MB).toFixed(2)} MB moved` },
      { name: 'a pull again, after 1 % more', value: again, unit: 's' },
      {
        name: 'bytes that it moves',
        value: Number(fetched) / MB,
        unit: 'MB',
        ratio: share,
        against: 'all bytes',
        target: { most: 0.02 }
      }
    ]
  })
}
