// Volumes that nobody has: everything else is fetched, what is missing is named, and the target stays what it was.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import test, { type Assert } from 'brittle'
import { Cli } from '../helpers/cli.js'
import { Party } from '../helpers/net.js'
import { privateNetwork } from '../helpers/network.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset } from './helpers/dataset.js'
import { host } from './helpers/hosts.js'

const LONG = { timeout: 600_000 }
const BEFORE = 'what stood here before\n'

/** Three volumes of two batches, of a topic each; and a reader in the same network. */
async function world(t: Assert) {
  const network = await privateNetwork(t)
  const parts = ['a', 'b', 'c', 'd', 'e', 'f'].map((topic) => texts(20, { topic }))
  const volumes = [parts.slice(0, 2), parts.slice(2, 4), parts.slice(4)]
  const dataset = await cachedDataset(await t.tmp(), volumes)
  const [{ host: address, port }] = network.bootstrap as [{ host: string; port: number }]
  const reader = new Party(await Cli.create(t), `${address}:${port}`)
  const ids = dataset.volumes.map(({ id }) => id)
  const lines = parts.map((part) => part.map((record) => JSON.stringify(record) + '\n').join(''))
  return { network, dataset, ids, reader, lines }
}

test('exit 7 names what nobody has and since when; the rest is kept, and the next pull completes', LONG, async (t) => {
  const { network, dataset, ids, reader, lines } = await world(t)
  const everything = await host(t, network, dataset, ids)
  const began = Date.now()
  await reader.result('pull', reader.path('b.jsonl'), '--from', dataset.link, '--where', 'topic=c')
  const ended = Date.now()
  await everything.close()
  await host(t, network, dataset, [ids[0]!, ids[2]!])

  const output = reader.path('all.jsonl')
  await writeFile(output, BEFORE)
  const args = ['pull', output, '--from', dataset.link, '--stall', '2']
  const failed = await reader.run(args)
  t.is(failed.code, 7)
  const missing = failed.events.find(({ event }) => event === 'missing')?.volumes as {
    volume: string
    batches: number
    records: number
    last_seen: string
  }[]
  t.alike(
    missing.map(({ volume, batches, records }) => ({ volume, batches, records })),
    [{ volume: ids[1], batches: 1, records: 20 }]
  )
  const seen = Date.parse(missing[0]!.last_seen)
  t.ok(seen >= began && seen <= ended, 'last seen when somebody had it')
  const error = failed.events.at(-1)!
  t.is(error.code, 'MISSING_VOLUMES')
  t.ok(String(error.message).includes(`${ids[1]} (last seen ${missing[0]!.last_seen})`))
  t.is(await readFile(output, 'utf8'), BEFORE, 'the target is what it was')
  t.alike(
    (await readdir(reader.home)).filter((name) => name.startsWith('all')),
    ['all.jsonl'],
    'nothing temporary is left'
  )

  const partial = await reader.run([...args, '--partial'])
  t.is(partial.code, 7)
  const part = partial.events.find(({ event }) => event === 'done')!
  t.alike([part.records, part.fetched], [100, 0], 'what arrived before was kept')
  t.is(await readFile(output, 'utf8'), lines.filter((_, i) => i !== 3).join(''))
  const manifest = JSON.parse(await readFile(`${output}.vdata.json`, 'utf8')) as { missing: unknown }
  t.alike(manifest.missing, [{ volume: ids[1], records: 20 }], 'and the manifest says so')
  t.is((await reader.run(['verify', output])).code, 0)

  const sql = ['--sql', 'SELECT topic, count(*) AS n FROM records GROUP BY topic ORDER BY topic', '-c']
  const answer = reader.path('answer.csv')
  const asked = await reader.run(['pull', answer, '--from', dataset.link, '--stall', '2', ...sql])
  t.is(asked.code, 7)
  t.absent((await readdir(reader.home)).includes('answer.csv'))
  const some = await reader.run(['pull', answer, '--from', dataset.link, '--stall', '2', '--partial', ...sql])
  t.is(some.code, 7)
  t.is(await readFile(answer, 'utf8'), 'topic,n\r\na,20\r\nb,20\r\nc,20\r\ne,20\r\nf,20\r\n')
  const law = await reader.run([
    'pull',
    answer,
    '--from',
    dataset.link,
    '--sql',
    "SELECT count(*) AS n FROM records WHERE topic = 'a'",
    '-c'
  ])
  t.is(law.code, 0, 'a statement that does not need it has its answer')

  await host(t, network, dataset, [ids[1]!])
  const whole = await reader.result(...args)
  t.is(whole.records, 120)
  t.is(await readFile(output, 'utf8'), lines.join(''))
})

test('--offline never asks anybody', LONG, async (t) => {
  const { network, dataset, ids, reader, lines } = await world(t)
  const node = await host(t, network, dataset, ids)
  const output = reader.path('all.jsonl')
  const never = await reader.run(['pull', output, '--from', dataset.link, '--offline'])
  t.alike([never.code, never.events.at(-1)?.code], [4, 'NOT_HERE'])
  await reader.result('pull', output, '--from', dataset.link, '--where', 'topic=a')
  const { uploaded } = { uploaded: node.connections.size }
  const offline = await reader.run(['pull', output, '--from', dataset.link, '--offline'])
  t.is(offline.code, 7)
  t.ok(String(offline.events.at(-1)?.advice).includes('without --offline'))
  t.is(await readFile(output, 'utf8'), lines[0])
  const again = await reader.result('pull', output, '--from', dataset.link, '--offline', '--where', 'topic=a', '-c')
  t.alike([again.fetched, again.records], [0, 20])
  t.is(node.connections.size, uploaded, 'nobody came')
})
