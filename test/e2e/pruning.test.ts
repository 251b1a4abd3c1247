import test from 'brittle'
import Corestore from 'corestore'
import type { Party } from '../helpers/net.js'
import { writeCorpus } from '../helpers/corpus.js'
import { Net } from '../helpers/net.js'
import { parseKey } from '../../lib/dataset/link.js'
import { VolumeReader } from '../../lib/volume/reader.js'
import { rowsOf, sorted } from './records.js'

const TOPICS = ['law', 'health', 'work', 'home', 'school', 'sport', 'music', 'food', 'travel', 'money']

/** The volume as it lies in one of the stores of a party whose processes have ended: which blocks are there. */
async function open(t: { teardown(run: () => unknown): void }, party: Party, store: string[], id: string) {
  const corestore = new Corestore(party.path(...store))
  t.teardown(() => corestore.close())
  const core = corestore.get({ key: parseKey(id) })
  await core.ready()
  return core
}

test(
  'a pull of one topic of ten fetches hardly more than the batches that hold it',
  { timeout: 120_000 },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('topics')
    const [contributor, reader] = [await net.party(), await net.party()]
    await moderator.serve('index', 'serve')
    const file = contributor.path('topics.jsonl')
    await writeCorpus(file, 25_000_000, { seed: 7, topics: TOPICS })
    const shared = (await contributor.result('share', file, '--to', link)) as unknown as {
      id: string
      volumes: { id: string; length: number }[]
    }
    t.is(shared.volumes.length, 1)
    const { id } = shared.volumes[0]!

    const wanted = (await rowsOf(file)).filter(({ topic }) => topic === 'music')
    const output = reader.path('music.jsonl')
    const pulled = await reader.result('pull', output, '--from', link, '--where', 'topic=music')
    t.is(pulled.records, wanted.length)
    t.alike(sorted(await rowsOf(output)), sorted(wanted))

    // Which batches hold it, and which came, is read from the blocks themselves.
    const whole = await open(t, contributor, ['shares', shared.id, 'store'], id)
    const part = await open(t, reader, ['cache', 'store'], id)
    const volume = new VolumeReader(whole)
    let needed = 0
    let fetched = 0
    let all = 0
    for await (const { index, wireBytes, raw } of volume.batches()) {
      all += wireBytes
      if (raw.includes('"topic":"music"')) needed += wireBytes
      if (await part.has(index + 1)) fetched += wireBytes
    }
    await volume.close()
    t.ok(fetched >= needed && needed > 0)
    t.ok(fetched <= 1.3 * needed, `${(fetched / needed).toFixed(2)} times the bytes of the batches that hold it`)
    t.ok(needed <= all / 5, 'most batches hold other topics')
    t.is(pulled.fetched, fetched, 'and the command says how much it was')
    t.is(pulled.skipped, whole.byteLength - fetched)
  }
)

test('--limit takes the first records, and fetches only what they need', { timeout: 60_000 }, async (t) => {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('limited')
  const [contributor, reader] = [await net.party(), await net.party()]
  await moderator.serve('index', 'serve')
  const file = contributor.path('all.jsonl')
  await writeCorpus(file, 6_000_000, { seed: 8 })
  await contributor.result('share', file, '--to', link)
  const rows = await rowsOf(file)

  const few = await reader.result('pull', reader.path('few.jsonl'), '--from', link, '--limit', '10')
  t.alike(await rowsOf(reader.path('few.jsonl')), rows.slice(0, 10))
  t.is(few.records, 10)
  t.ok(Number(few.skipped) > 3 * Number(few.fetched), 'most was not fetched')
  const more = await reader.result('pull', reader.path('all.jsonl'), '--from', link, '--limit', '1000000')
  t.alike(await rowsOf(reader.path('all.jsonl')), rows)
  t.is(more.cached, few.fetched, 'what was here is not fetched again')
})
