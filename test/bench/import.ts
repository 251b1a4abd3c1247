import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { prepareShare } from '../../lib/dataset/prepare.js'
import { Identity } from '../../lib/network/identity.js'
import { writeCorpus } from '../helpers/corpus.js'
import { MB, median, seconds, type Figure } from './figure.js'
import { Scope } from './scope.js'

const BYTES = 150 * MB
const RUNS = 3
const LINK = `vdata://${'y'.repeat(52)}`

/** From a file of JSON Lines to a sealed volume, all that `vdata share` does before it goes online. */
export function benchImport(): Promise<Figure[]> {
  return Scope.use(async (scope) => {
    const folder = await scope.tmp()
    const file = join(folder, 'corpus.jsonl')
    await writeCorpus(file, BYTES, { seed: 1, topics: ['law', 'health', 'work', 'home'] })
    const { size } = await stat(file)
    const parsing: number[] = []
    const sharing: number[] = []
    const cpu: number[] = []
    const stages: { [stage: string]: number[] } = { hash: [], import: [], seal: [] }
    for (let run = 0; run < RUNS; run++) {
      parsing.push((await seconds(() => parseAll(file)))[0])
      const home = join(folder, `home-${run}`)
      const identity = await Identity.load(home)
      const marks = { reading: 0, sealing: 0 }
      const before = process.cpuUsage()
      const [total] = await seconds(async () => {
        const started = performance.now()
        await prepareShare({
          home,
          identity,
          link: LINK,
          files: [file],
          name: '',
          read: {},
          tool: 'bench',
          onEvent: ({ event }) => {
            if (event === 'reading' || event === 'sealing') marks[event] ||= performance.now() - started
          }
        })
      })
      const { user, system } = process.cpuUsage(before)
      cpu.push((user + system) / 1e6)
      sharing.push(total)
      stages.hash!.push(marks.reading / 1000)
      stages.import!.push((marks.sealing - marks.reading) / 1000)
      stages.seal!.push(total - marks.sealing / 1000)
    }
    const rate = (times: number[]) => size / MB / median(times)
    const parts = Object.entries(stages).map(([stage, times]) => `${stage} ${median(times).toFixed(2)} s`)
    return [
      { name: 'JSON.parse of every line', value: rate(parsing), unit: 'MB/s' },
      {
        name: 'share, from file to sealed volume',
        value: rate(sharing),
        unit: 'MB/s',
        target: { least: 60 },
        note: `${parts.join(', ')}; ${median(cpu).toFixed(2)} s of processor time on all threads`
      },
      {
        name: 'share, for each byte',
        value: median(sharing) / median(parsing),
        unit: 'times',
        ratio: median(sharing) / median(parsing),
        against: 'JSON.parse of every line'
      }
    ]
  })
}

async function parseAll(file: string): Promise<number> {
  let fields = 0
  for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 256 * 1024 }) })) {
    fields += Object.keys(JSON.parse(line) as object).length
  }
  return fields
}
