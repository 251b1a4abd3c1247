import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import test, { type Assert } from 'brittle'
import { writeCorpus } from '../helpers/corpus.js'
import { atEvent, atRandom, killed, timed } from '../helpers/kills.js'
import { Net, type Party } from '../helpers/net.js'
import { rowsOf, sorted, type Row } from './records.js'

const KILLS = 20
const TOPICS = ['law', 'health', 'work', 'home']

interface Given {
  net: Net
  link: string
  records: Row[]
}

/** A dataset whose shares were all killed on their way once. */
async function shareAndKill(t: Assert): Promise<Given> {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('survivor')
  await moderator.serve('index', 'serve')
  const contributor = await net.party()
  const records: Row[] = []
  const file = async (seed: number) => {
    const path = contributor.path(`part-${seed}.jsonl`)
    await writeCorpus(path, 2_000_000, { seed, topics: TOPICS })
    records.push(...(await rowsOf(path)))
    return path
  }
  const share = async (path: string) => ['share', path, '--to', link, '--license', 'CC0-1.0']
  const [, usual] = await timed(contributor.result(...(await share(await file(999)))))

  const ways = [
    atRandom,
    atEvent('reading', 1),
    atEvent('reading', 5),
    atEvent('sealing'),
    atRandom,
    atEvent('online'),
    atEvent('offered')
  ]
  const alive = await killed(KILLS, 1, ways, async (way, random, nth) => {
    const args = await share(await file(nth))
    const met = await way(contributor.start(args), random, usual)
    const again = await contributor.run(args)
    const done = again.events.at(-1) as unknown as { event: string; volumes: { verdict: Row | null }[] }
    const verdicts = done.event === 'done' ? done.volumes.map(({ verdict }) => verdict?.status) : [done.event]
    if (again.code !== 0 || verdicts.some((status) => status !== 'accepted')) {
      t.fail(`share ${nth}: ended with ${again.code}, ${verdicts.join()}\n${again.stderr}${again.stdout}`)
    }
    return met
  })
  t.is(alive, KILLS, 'shares that were killed alive, and went on')
  t.alike(await leftovers(contributor), [], 'nothing temporary is left')
  return { net, link, records }
}

async function leftovers(contributor: Party): Promise<string[]> {
  const names = (await readdir(contributor.path('shares'), { recursive: true })).map(String)
  return names.filter((name) => /spool|\.tmp|input-|\.holder$/.test(name))
}

test('share and pull killed at any moment go on, lose nothing and double nothing', { timeout: 300_000 }, async (t) => {
  const { net, link, records } = await shareAndKill(t)

  // One whole pull says what must come out of all others.
  const first = await net.party()
  const [whole, usual] = await timed(first.result('pull', first.path('all.jsonl'), '--from', link))
  t.is(whole.records, records.length)
  t.alike(sorted(await rowsOf(first.path('all.jsonl'))), sorted(records), 'every record once')
  const expected = await readFile(first.path('all.jsonl'))

  let reader = first
  const ways = [
    atRandom,
    atEvent('connecting'),
    atEvent('index'),
    atEvent('plan'),
    atEvent('progress'),
    atEvent('progress', 3),
    atRandom
  ]
  const alive = await killed(KILLS, 2, ways, async (way, random, nth) => {
    // In every other round the blocks are here already, so that the kill meets the writing.
    if (nth % 2 === 0) reader = await net.party()
    const target = reader.path('out', 'all.jsonl')
    await reader.folder('out')
    await writeFile(target, 'what stood here before')
    const pulling = reader.start(['pull', target, '--from', link])
    const met = await way(pulling, random, usual)
    const after = await readFile(target)
    const before = after.toString() === 'what stood here before'
    if (!before && !after.equals(expected)) t.fail(`pull ${nth}: the target is half written, ${after.length} bytes`)
    const again = await reader.run(['pull', target, '--from', link])
    if (again.code !== 0) t.fail(`pull ${nth}: ended with ${again.code}\n${again.stderr}${again.stdout}`)
    if (!(await readFile(target)).equals(expected)) t.fail(`pull ${nth}: the target is not the dataset`)
    const beside = await readdir(reader.path('out'))
    const wanted = [basename(target), `${basename(target)}.vdata.json`]
    if (beside.sort().join() !== wanted.join()) t.fail(`pull ${nth}: left ${beside.join()}`)
    return met
  })
  t.is(alive, KILLS, 'pulls that were killed alive, and went on')
})
