import test from 'brittle'
import Corestore from 'corestore'
import type { Party } from '../helpers/net.js'
import { writeCorpus } from '../helpers/corpus.js'
import { Net } from '../helpers/net.js'
import { parseKey } from '../../lib/dataset/link.js'
import { VolumeReader } from '../../lib/volume/reader.js'
import { rowsOf, sorted, type Row } from './records.js'

const TOPICS = ['law', 'health', 'work', 'home']
const LANGUAGES = ['en', 'de']
const SQL = `SELECT prompt, response FROM records WHERE topic = 'work' AND language = 'de'`

/** The volume as it lies in one of the stores of a party whose processes have ended: which blocks are there. */
async function open(t: { teardown(run: () => unknown): void }, party: Party, store: string[], id: string) {
  const corestore = new Corestore(party.path(...store))
  t.teardown(() => corestore.close())
  const core = corestore.get({ key: parseKey(id) })
  await core.ready()
  return core
}

test(
  'one topic in one language: at most 1.2 times the bytes of the batches that hold an answer',
  { timeout: 600_000 },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('topics')
    const [contributor, reader] = [await net.party(), await net.party()]
    await moderator.serve('index', 'serve')
    const file = contributor.path('topics.jsonl')
    await writeCorpus(file, 10_000_000, { seed: 7, topics: TOPICS, languages: LANGUAGES })
    const shared = (await contributor.result('share', file, '--to', link, '--wait', '300')) as unknown as {
      id: string
      volumes: { id: string; length: number }[]
    }
    t.is(shared.volumes.length, 1)
    const { id } = shared.volumes[0]!

    const ours = ({ topic, language }: Row) => topic === 'work' && language === 'de'
    const wanted = (await rowsOf(file)).filter(ours)
    const output = reader.path('work.jsonl')
    const pulled = await reader.result('pull', output, '--from', link, '--sql', SQL)
    t.is(pulled.records, wanted.length)
    const answer = wanted.map(({ prompt, response }) => ({ prompt, response }))
    t.alike(sorted(await rowsOf(output)), sorted(answer))

    // Which batches hold it, and which came, is read from the blocks themselves.
    const whole = await open(t, contributor, ['shares', shared.id, 'store'], id)
    const part = await open(t, reader, ['cache', 'store'], id)
    const volume = new VolumeReader(whole)
    let needed = 0
    let fetched = 0
    let all = 0
    for await (const { index, wireBytes, raw } of volume.batches()) {
      all += wireBytes
      const rows = raw.toString().trimEnd().split('\n')
      if (rows.some((line) => ours(JSON.parse(line) as Row))) needed += wireBytes
      if (await part.has(index + 1)) fetched += wireBytes
    }
    await volume.close()
    t.ok(fetched >= needed && needed > 0)
    t.ok(fetched <= 1.2 * needed, `${(fetched / needed).toFixed(2)} times the bytes of the batches that hold it`)
    t.ok(needed <= all / 5, 'most batches hold others')
    t.is(pulled.fetched, fetched, 'and the command says how much it was')
    t.is(pulled.skipped, whole.byteLength - fetched)
  }
)

test('--limit takes the first records, and fetches only what they need', { timeout: 600_000 }, async (t) => {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('limited')
  const [contributor, reader] = [await net.party(), await net.party()]
  await moderator.serve('index', 'serve')
  const file = contributor.path('all.jsonl')
  await writeCorpus(file, 6_000_000, { seed: 8 })
  await contributor.result('share', file, '--to', link, '--wait', '300')
  const rows = await rowsOf(file)

  const few = await reader.result('pull', reader.path('few.jsonl'), '--from', link, '--limit', '10')
  t.alike(await rowsOf(reader.path('few.jsonl')), rows.slice(0, 10))
  t.is(few.records, 10)
  t.ok(Number(few.skipped) > 3 * Number(few.fetched), 'most was not fetched')
  const more = await reader.result('pull', reader.path('all.jsonl'), '--from', link, '--limit', '1000000')
  t.alike(await rowsOf(reader.path('all.jsonl')), rows)
  t.is(more.cached, few.fetched, 'what was here is not fetched again')
})
