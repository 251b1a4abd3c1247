// The order of records is that of the dataset, whatever arrives first.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { Dataset } from '../../lib/pull/dataset.js'
import { pull } from '../../lib/pull/pull.js'
import { decodeZoneMap } from '../../lib/volume/zonemap-codec.js'
import { privateNetwork } from '../helpers/network.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset } from './helpers/dataset.js'
import { host } from './helpers/hosts.js'

test('what comes last from the network can be first in the file', { timeout: 600_000 }, async (t) => {
  const network = await privateNetwork(t)
  const parts = ['a', 'b', 'c', 'd', 'e'].map((topic) => texts(200, { topic }))
  const dataset = await cachedDataset(
    await t.tmp(),
    parts.map((part) => [part.slice(0, 120), part.slice(120)])
  )
  const expected = parts
    .flat()
    .map((record) => JSON.stringify(record) + '\n')
    .join('')
  const ids = dataset.volumes.map(({ id }) => id)
  const late = dataset.volumes.slice(2)
  const zones = late.flatMap(({ entry }) => decodeZoneMap(entry.zone_map))
  const bytes = zones.reduce((sum, { wireBytes }) => sum + wireBytes, 0)

  // The last three volumes come first, all of them; then the first two.
  await host(
    t,
    network,
    dataset,
    late.map(({ id }) => id)
  )
  let others: Promise<unknown> | null = null
  const home = await t.tmp()
  const output = join(home, 'all.jsonl')
  const result = await pull({
    home,
    link: dataset.link,
    network,
    output,
    format: 'jsonl',
    onEvent: (event) => {
      if (event.event !== 'progress') return
      if (!others && event.received === bytes) {
        t.is(event.records, 0, 'nothing can be written yet')
        others = host(t, network, dataset, ids.slice(0, 2))
      }
    }
  })
  t.ok(others)
  await others
  t.is(result.records, 1000)
  t.is(await readFile(output, 'utf8'), expected)

  const read = await Dataset.open(dataset.link, { home, network, offline: true })
  let text = ''
  for await (const record of read.records()) text += JSON.stringify(record) + '\n'
  await read.close()
  t.is(text, expected, 'the library has the same order')
})
