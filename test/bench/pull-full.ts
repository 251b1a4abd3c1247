import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Net } from '../helpers/net.js'
import { writeCorpus } from '../helpers/corpus.js'
import { CORPUS, makeDataset } from './dataset.js'
import { MB, median, seconds, settleDisk, type Figure } from './figure.js'
import { compressed, isInstalled, serveDrive, serveHttp, serveTorrent, type Fetch } from './rivals.js'
import { Scope } from './scope.js'

const BYTES = 300 * MB
const RUNS = 5

interface Rival {
  name: string
  target?: { most: number }
  fetch: Fetch
}

/**
 * 300 MB of JSON Lines over loopback, from the start of the command to the file that can be read, beside other programs
 * that do the same, in turn.
 */
export function benchFullPull(): Promise<Figure[]> {
  return Scope.use(async (scope) => {
    const net = await Net.start(scope)
    const dataset = await makeDataset(net, BYTES)
    await dataset.seed(await net.party())
    const file = join(await scope.tmp(), 'data.jsonl')
    await writeCorpus(file, BYTES, CORPUS)
    const { rivals, absent } = await startRivals(scope, net.bootstrap, file)

    const own: number[] = []
    const times = new Map<string, number[]>(rivals.map(({ name }) => [name, []]))
    for (let run = 0; run < RUNS; run++) {
      const reader = await net.party()
      await settleDisk()
      const [took] = await seconds(() => reader.result('pull', reader.path('out.jsonl'), '--from', dataset.link))
      await rm(reader.home, { recursive: true, force: true })
      own.push(took)
      for (const { name, fetch } of rivals) {
        const folder = await scope.tmp()
        await settleDisk()
        times.get(name)!.push(await fetch(folder))
        await rm(folder, { recursive: true, force: true })
      }
    }
    const figures: Figure[] = [
      {
        name: 'vdata pull, 300 MB',
        value: median(own),
        unit: 's',
        note: `${(dataset.bytes / MB).toFixed(0)} MB on the wire`
      }
    ]
    for (const { name, target } of rivals) {
      const theirs = times.get(name)!
      figures.push({ name, value: median(theirs), unit: 's' })
      const ratio = median(own.map((took, run) => took / theirs[run]!))
      figures.push({ name: 'vdata pull', value: median(own), unit: 's', ratio, against: name, target })
    }
    return [...figures, ...absent.map((name) => ({ name, value: NaN, unit: 's', note: 'not installed here' }))]
  })
}

async function startRivals(
  scope: Scope,
  bootstrap: string,
  file: string
): Promise<{ rivals: Rival[]; absent: string[] }> {
  const rivals: Rival[] = []
  const absent: string[] = []
  rivals.push({
    name: 'hyperdrive, .jsonl',
    target: { most: 0.5 },
    fetch: await serveDrive(scope, bootstrap, file)
  })
  if (!(await isInstalled('zstd'))) return { rivals, absent: ['aria2 and zstd', 'curl and zstd'] }
  const zst = await compressed(file)
  const size = ((await stat(zst)).size / MB).toFixed(0)
  rivals.push({
    name: `hyperdrive, .jsonl.zst of ${size} MB, zstd -d`,
    fetch: await serveDrive(scope, bootstrap, zst)
  })
  if (await isInstalled('aria2c')) {
    const name = `aria2, .jsonl.zst of ${size} MB, zstd -d`
    rivals.push({ name, target: { most: 0.6 }, fetch: await serveTorrent(scope, zst) })
  } else absent.push('aria2 and zstd')
  if (await isInstalled('curl')) {
    rivals.push({ name: `curl, .jsonl.zst of ${size} MB, zstd -d`, fetch: await serveHttp(scope, zst) })
  } else absent.push('curl and zstd')
  return { rivals, absent }
}
