import { once } from 'node:events'
import { createWriteStream, watch } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import process from 'node:process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Corestore from 'corestore'
import Hypercore from 'hypercore'
import { parseBootstrap } from '../../bin/addresses.js'
import { parseKey, parseLink } from '../../lib/dataset/link.js'
import { manifestPath } from '../../lib/pull/manifest.js'
import { pull } from '../../lib/pull/pull.js'
import { writeCorpus } from '../helpers/corpus.js'
import { Net } from '../helpers/net.js'
import { MB, median, settleDisk, type Figure } from './figure.js'
import { Scope } from './scope.js'
import { makeDataset, type Dataset } from './dataset.js'
import { plainSwarm } from './plain-swarm.js'

const BYTES = 480 * MB
const FEW_BYTES = 16 * MB
const RUNS = 5
const HOST = '127.0.0.1'
const SERVE_CORE = fileURLToPath(new URL('serve-core.js', import.meta.url))
const TOPIC = Buffer.alloc(32, 7)

/**
 * What a pull makes of its blocks on the way from the wire to a file: beside plain replication of the same blocks from the
 * same process, and beside the same kind of text stored one record a block.
 */
export function benchPull(): Promise<Figure[]> {
  return Scope.use(async (scope) => {
    const net = await Net.start(scope)
    const dataset = await makeDataset(net, BYTES)
    const [seeder, few] = [await net.party(), await scope.tmp()]
    await dataset.seed(seeder)

    const file = join(few, 'few.jsonl')
    await writeCorpus(file, FEW_BYTES, { seed: 2 })
    const records = await serveRecords(scope, net.bootstrap, join(few, 'store'), file)

    const raw: number[] = []
    const wire: number[] = []
    const text: number[] = []
    const wireRates: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const folder = await scope.tmp()
      await settleDisk()
      // The ratio of each pair that ran one after the other, so that what else the machine does slows both.
      raw.push(dataset.bytes / MB / (await replicate(join(folder, 'raw'), net.bootstrap, dataset)))
      await settleDisk()
      const took = await timePull(folder, net.bootstrap, dataset)
      wire.push(dataset.bytes / MB / took)
      text.push(dataset.rawBytes / MB / took)
      wireRates.push(wire[run]! / raw[run]!)
      // What later runs write to then costs the same as what the first one wrote to.
      await rm(folder, { recursive: true })
    }
    // Apart from the others: its millions of objects would be collected in their time.
    const single: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const folder = await scope.tmp()
      const took = await copyRecords(join(folder, 'single'), net.bootstrap, records, join(folder, 'few'))
      single.push(FEW_BYTES / MB / took)
      await rm(folder, { recursive: true })
    }
    const against = { volumes: 'raw hypercore replication of the same blocks', records: 'one record a block' }
    return [
      { name: against.volumes, value: median(raw), unit: 'MB/s' },
      {
        name: 'pull, wire rate',
        value: median(wire),
        unit: 'MB/s',
        ratio: median(wireRates),
        against: against.volumes,
        target: { least: 0.7 }
      },
      { name: against.records, value: median(single), unit: 'MB/s of text' },
      {
        name: 'pull, text rate',
        value: median(text),
        unit: 'MB/s of text',
        ratio: median(text) / median(single),
        against: against.records,
        target: { least: 2.5 }
      }
    ]
  })
}

/**
 * Seconds from the moment that it is known what to fetch to the finished file, which is on the disk and has its name. As
 * with plain replication, that the node and the store are closed afterwards is not counted.
 */
async function timePull(folder: string, bootstrap: string, { link }: Dataset): Promise<number> {
  const output = join(folder, 'out.jsonl')
  let started = 0
  let finished = 0
  const watcher = watch(folder, (_event, name) => {
    if (name === basename(manifestPath(output))) finished = performance.now()
  })
  try {
    await pull({
      home: join(folder, 'home'),
      link,
      output,
      format: 'jsonl',
      where: [],
      limit: Infinity,
      network: networkOf(bootstrap),
      onEvent: ({ event }) => {
        if (event === 'plan') started = performance.now()
      }
    })
  } finally {
    watcher.close()
  }
  if (finished === 0) throw new Error('The file was not seen to be finished')
  return (finished - started) / 1000
}

/** Seconds that hypercore takes to replicate the dataset's volumes from the same seeder. */
function replicate(directory: string, bootstrap: string, { link, volumes }: Dataset): Promise<number> {
  const topic = topicOf(link)
  return connected(
    directory,
    bootstrap,
    topic,
    volumes.map((id) => parseKey(id)),
    async (cores) => {
      await Promise.all(cores.map((core) => core.download({ start: 0, end: core.length }).done()))
    }
  )
}

/** Seconds to get a core of one record a block, and to write it to a file. */
function copyRecords(directory: string, bootstrap: string, key: Buffer, output: string): Promise<number> {
  return connected(directory, bootstrap, TOPIC, [key], async ([core]) => {
    const range = core!.download({ start: 0, end: core!.length })
    const file = createWriteStream(output)
    for (let i = 0; i < core!.length; i++) if (!file.write(await core!.get(i))) await once(file, 'drain')
    file.end()
    await once(file, 'close')
    await range.done()
  })
}

async function connected(
  directory: string,
  bootstrap: string,
  topic: Buffer,
  keys: Buffer[],
  run: (cores: Hypercore[]) => Promise<void>
): Promise<number> {
  const store = new Corestore(directory)
  const swarm = plainSwarm(store, bootstrap, HOST)
  try {
    swarm.join(topic, { server: false, client: true })
    const cores = keys.map((key) => store.get({ key }))
    await Promise.all(
      cores.map(async (core) => {
        await core.ready()
        if (core.length === 0) await once(core, 'append')
      })
    )
    const started = performance.now()
    await run(cores)
    return (performance.now() - started) / 1000
  } finally {
    await swarm.destroy()
    await store.close()
  }
}

async function serveRecords(scope: Scope, bootstrap: string, directory: string, file: string): Promise<Buffer> {
  const child = spawn(process.execPath, [SERVE_CORE, directory, bootstrap, HOST, file], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  scope.teardown(() => child.kill('SIGKILL'))
  const [key] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return Buffer.from(key, 'hex')
}

function topicOf(link: string): Buffer {
  return Hypercore.discoveryKey(parseLink(link).key)
}

function networkOf(bootstrap: string) {
  return { bootstrap: parseBootstrap(bootstrap) ?? [], host: HOST }
}
