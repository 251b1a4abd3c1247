// What a contributor learns, before and after: the checks by the dataset's own rules, reasons by the lines of the own file.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import test from 'brittle'
import type { CheckReport } from '../../lib/check/report.js'
import type { CliEvent } from '../helpers/cli.js'
import { Net, type Party } from '../helpers/net.js'

const LONG = { timeout: 600_000 }
const TOPICS = ['law', 'health', 'work']

interface Listed {
  records: number
  refused: number
  left_out: number
  volumes: { id: string; reasons: { code: string; note: string; lines: { file: string; line: number }[] }[] }[]
}

/** 60 lines in three topics, which a volume sorts: line 5 is no record, and these have a fault unless they are mended. */
const FAULTY = [2, 9, 10, 33, 60]

/** A sentence of a benchmark, which line 8 has. */
const ITEM = 'The lighthouse keeper counted grey gulls above the harbour wall.'

function linesOf(mended: boolean): string {
  const words = ['river', 'court', 'nurse', 'bridge', 'garden', 'letter', 'window']
  const lines = Array.from({ length: 60 }, (_, i) => {
    const said = words.map((word, at) => `${word} ${(i * 7 + at * 13) % 101}`).join(', ')
    const fault = !mended && FAULTY.includes(i + 1) ? ` Write to person${i}@acme.org.` : ''
    const item = i === 7 ? ` ${ITEM}` : ''
    return JSON.stringify({ kind: 'text', text: `Note ${i} on ${said}.${fault}${item}`, topic: TOPICS[i % 3] })
  })
  lines[4] = 'not json'
  return lines.join('\n') + '\n'
}

async function statusOf(party: Party): Promise<Listed[]> {
  return JSON.parse((await party.run(['share', '--status'])).stdout) as Listed[]
}

function eventOf(events: readonly CliEvent[], name: string): CliEvent {
  const found = events.find(({ event }) => event === name)
  if (!found) throw new Error(`no event ${name} in ${JSON.stringify(events)}`)
  return found
}

test('told before what the moderator sees, told after why, by line; mended, appealed once', LONG, async (t) => {
  const net = await Net.start(t)
  const owner = await net.party()
  const rules = owner.path('rules.json')
  await writeFile(rules, '{"checks":{"licence":{"levels":{"license_missing":"off"}}}}')
  const { link } = await owner.result('index', 'create', 'notes', '--rules', rules)
  const to = ['--to', String(link), '--license', 'CC0-1.0']
  const benchmark = owner.path('benchmark.jsonl')
  await writeFile(benchmark, JSON.stringify({ item: ITEM }) + '\n')
  const desk = await owner.serve('index', 'serve', '--benchmarks', benchmark)
  const contributor = await net.party()
  const [file, mended] = [contributor.path('notes.jsonl'), contributor.path('mended.jsonl')]
  await writeFile(file, linesOf(false))
  await writeFile(mended, linesOf(true))

  const only = await contributor.run(['share', file, ...to, '--check-only'])
  t.is(only.code, 8)
  const { event: _, bias, ...checked } = eventOf(only.events, 'checked')
  t.alike(checked, { rules: 'notes', records: 59, faulty: 5, passes: false })
  t.is((bias as { texts: number }).texts, 59, 'with the bias of what is to be given')
  t.is((await contributor.run(['share', file, ...to, '--strict'])).events.at(-1)?.code, 'FAULTS')
  t.alike(await statusOf(contributor), [], 'nothing was shared')

  const local = contributor.path('local.json')
  const shared = await contributor.run(['share', file, ...to, '--report', local, '--wait', '0'])
  t.is(shared.code, 8, 'a line was no record')
  const id = String(eventOf(shared.events, 'offered').volume)
  await desk.event('queued', ({ volume }) => volume === id)
  const moderators = owner.path('report.json')
  const shown = await owner.result('index', 'show', id, '--report', moderators)
  t.is(shown.state, 'ready', 'too many faults for --auto accept')
  t.alike(await readFile(moderators), await readFile(local), 'the same report, byte for byte')
  t.alike(
    (shown.report as CheckReport).dataset?.findings.map(({ code, records }) => [code, records.refuse]),
    [['contamination', 1]],
    'but for what needs the dataset and its benchmarks'
  )

  const note = 'Real addresses.'
  await owner.result('index', 'reject', id, '--reason', 'pii', '--note', note)
  t.is((await contributor.run(['share', '--resume'])).code, 8)
  const [refused] = await statusOf(contributor)
  t.alike(
    refused?.volumes[0]?.reasons.map(({ code, note: said, lines }) => ({ code, note: said, lines })),
    [{ code: 'pii', note, lines: FAULTY.map((line) => ({ file, line })) }]
  )
  const status = (await contributor.result('status')).shares as {
    accept_rate: number
    refusals: { reasons: unknown }[]
  }
  t.alike([status.accept_rate, status.refusals[0]?.reasons], [0, refused?.volumes[0]?.reasons])

  const again = await contributor.run(['share', mended, ...to])
  t.is((eventOf(again.events, 'verdict').verdict as { status: string }).status, 'accepted', 'mended, it passes')
  const kept = (await readdir(contributor.path('shares'), { recursive: true })).map(String)
  t.alike(kept.filter((name) => /\.(?:places|report\.json)$/.test(name)).length, 2, 'notes of the refused one only')

  const thin = await contributor.run(['share', file, ...to, '--leave-out', '--wait', '0'])
  const done = eventOf(thin.events, 'done') as unknown as Listed
  t.alike([done.records, done.refused, done.left_out], [54, 1, 5])

  const appealing = contributor.start(['share', '--appeal', id, '--note', 'They are made up.', '--wait', '600'])
  const { appeal } = await desk.event('queued', ({ volume, appeal: said }) => volume === id && said !== null)
  t.is(appeal, 'They are made up.')
  await owner.result('index', 'reject', id, '--reason', 'pii', '--note', 'They are not.', '--records', '0,2-3')
  t.is((await appealing.exited).code, 8)
  const appealed = (await statusOf(contributor)).flatMap(({ volumes }) => volumes).find((volume) => volume.id === id)
  t.is(appealed?.reasons[0]?.lines.length, 3, 'the records that the moderator named')
  t.is((await contributor.run(['share', '--appeal', id, '--note', 'Still.'])).events.at(-1)?.code, 'APPEALED')
})
