import { readdir } from 'node:fs/promises'
import type { Assert } from 'brittle'
import { writeCorpus } from '../helpers/corpus.js'
import { atEvent, atRandom, killed, timed, type Round } from '../helpers/kills.js'
import { Net, type Party } from '../helpers/net.js'
import { rowsOf, sorted, type Row } from './records.js'

const LANES = 2
const BYTES = 400_000
const TOPICS = ['law', 'health', 'work', 'home']

/** Kills shares at random moments, so many times: they go on, lose nothing and double nothing. */
export async function killShares(t: Assert, kills: number): Promise<void> {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('survivor')
  await moderator.serve('index', 'serve')
  const contributors = await Promise.all(Array.from({ length: LANES }, () => net.party()))
  const free = [...contributors]
  const records: Row[] = []
  const file = async (contributor: Party, seed: number) => {
    const path = contributor.path(`part-${seed}.jsonl`)
    await writeCorpus(path, BYTES, { seed, topics: TOPICS })
    records.push(...(await rowsOf(path)))
    return path
  }
  const share = (path: string) => ['share', path, '--to', link, '--license', 'CC0-1.0']
  const [, usual] = await timed(free[0]!.result(...share(await file(free[0]!, 999))))

  const ways = [
    atRandom,
    atEvent('reading'),
    atEvent('looking'),
    atEvent('checking'),
    atEvent('sealing'),
    atRandom,
    atEvent('online'),
    atEvent('offered')
  ]
  const round: Round = async (way, random, nth) => {
    const contributor = free.pop()!
    const args = share(await file(contributor, nth))
    const met = await way(contributor.start(args), random, usual)
    const again = await contributor.run(args)
    const done = again.events.at(-1) as unknown as { event: string; volumes: { verdict: Row | null }[] }
    const verdicts = done.event === 'done' ? done.volumes.map(({ verdict }) => verdict?.status) : [done.event]
    if (again.code !== 0 || verdicts.some((status) => status !== 'accepted')) {
      t.fail(`share ${nth}: ended with ${again.code}, ${verdicts.join()}\n${again.stderr}${again.stdout}`)
    }
    free.push(contributor)
    return met
  }
  const alive = await killed(kills, 1, ways, round, LANES)
  t.ok(alive >= kills, `${alive} times killed alive, and went on`)
  for (const contributor of contributors) t.alike(await leftovers(contributor), [], 'nothing temporary is left')

  const reader = await net.party()
  const { records: pulled } = await reader.result('pull', reader.path('all.jsonl'), '--from', link)
  t.is(pulled, records.length)
  t.alike(sorted(await rowsOf(reader.path('all.jsonl'))), sorted(records), 'every record once')
}

async function leftovers(contributor: Party): Promise<string[]> {
  const names = (await readdir(contributor.path('shares'), { recursive: true })).map(String)
  return names.filter((name) => /spool|\.tmp|input-|\.holder$/.test(name))
}
