import { readdir, readFile, writeFile } from 'node:fs/promises'
import test from 'brittle'
import type { CliEvent } from '../helpers/cli.js'
import { Net } from '../helpers/net.js'
import { rowsOf, sorted, toLines, type Row } from './records.js'

const LONG = { timeout: 600_000 }

interface Done extends CliEvent {
  id: string
  known: boolean
  records: number
  refused: number
  volumes: { id: string; records: number; held: boolean; verdict: { status: string } | null }[]
}

function doneOf(events: readonly CliEvent[]): Done {
  const done = events.at(-1)
  if (done?.event !== 'done') throw new Error(`the last event is ${JSON.stringify(done)}`)
  return done as Done
}

test('lines that are not records are named, do not stop the others, and make the exit code 8', LONG, async (t) => {
  const net = await Net.start(t)
  const { link } = await net.dataset('some')
  const contributor = await net.party()
  const good = [
    { kind: 'text', text: 'one' },
    { kind: 'text', text: 'two' }
  ]
  const lines = [
    JSON.stringify(good[0]),
    '{"kind":"text"',
    '[1,2]',
    JSON.stringify(good[1]),
    '{"kind":"text","text":7}'
  ]
  const file = contributor.path('mixed.jsonl')
  await writeFile(file, lines.join('\n') + '\n')

  const args = ['share', file, '--to', link, '--detach']
  const mixed = await contributor.run(args)
  t.is(mixed.code, 8)
  const refused = mixed.events.filter(({ event }) => event === 'refused')
  t.alike(
    refused.map(({ file: name, line }) => [name, line]),
    [2, 3, 5].map((line) => [file, line])
  )
  t.ok(refused.every(({ reason }) => typeof reason === 'string' && reason.length > 0))
  const done = doneOf(mixed.events)
  t.alike([done.records, done.refused, done.known], [2, 3, false])

  const again = await contributor.run(args)
  t.is(again.code, 0, 'nothing is refused, because nothing is done')
  t.alike([doneOf(again.events).known, doneOf(again.events).id], [true, done.id])
  t.alike(doneOf(again.events).volumes, done.volumes)

  const nothing = contributor.path('nothing.jsonl')
  await writeFile(nothing, '{"a":1}\n')
  const none = await contributor.run(['share', nothing, '--to', link, '--detach'])
  t.is(none.code, 1)
  t.is(none.events.at(-1)?.code, 'NO_RECORDS')
})

test('a file that is shared by two processes at once becomes one share', LONG, async (t) => {
  const net = await Net.start(t)
  const { link } = await net.dataset('once')
  const contributor = await net.party()
  const file = contributor.path('same.jsonl')
  await writeFile(
    file,
    toLines(Array.from({ length: 20_000 }, (_, i) => ({ kind: 'text', text: `Text number ${i}.` })))
  )
  const args = ['share', file, '--to', link, '--detach']
  const both = await Promise.all([contributor.run(args), contributor.run(args)])
  t.alike(
    both.map(({ code }) => code),
    [0, 0]
  )
  const [one, other] = both.map(({ events }) => doneOf(events)) as [Done, Done]
  t.alike(one.volumes, other.volumes)
  t.alike([one.known, other.known].sort(), [false, true])
  t.is((await readdir(contributor.path('shares'))).length, 1)
})

test('every way to give records: several files, shapes, standard input, detached and resumed', LONG, async (t) => {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('ways')
  const [contributor, reader] = [await net.party(), await net.party()]
  const path = (name: string) => contributor.path(name)
  await writeFile(
    path('a.csv'),
    'question,answer,topic,mood\n"How, then?",Like this.,law,good\nWhy?,Because.,law,bad\n'
  )
  await writeFile(
    path('b.json'),
    JSON.stringify([{ instruction: 'Say it.', input: 'It', output: 'It!' }, { text: 'Só.' }])
  )
  await writeFile(path('c.txt'), 'First paragraph,\ntwo lines.\n\nSecond paragraph.\n')
  const chat = {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' }
    ]
  }

  const shares = [
    await contributor.run([
      'share',
      path('a.csv'),
      '--to',
      link,
      '--detach',
      '--map',
      'prompt=question',
      '--map',
      'response=answer'
    ]),
    await contributor.run(['share', path('b.json'), path('c.txt'), '--to', link, '--detach']),
    await contributor.run(['share', '-', '--to', link, '--detach'], { stdin: JSON.stringify(chat) + '\n' })
  ]
  t.alike(
    shares.map(({ code }) => code),
    [0, 0, 0]
  )
  t.alike(
    shares.map(({ events }) => doneOf(events).records),
    [2, 4, 1]
  )
  const again = await contributor.run(['share', '-', '--to', link, '--detach'], { stdin: JSON.stringify(chat) + '\n' })
  t.ok(doneOf(again.events).known, 'standard input is known by what it says')
  t.is((await readdir(path('shares'))).filter((name) => name.startsWith('input-')).length, 0)

  await moderator.serve('index', 'serve')
  const resumed = await contributor.run(['share', '--resume'])
  t.is(resumed.code, 0)
  t.is(resumed.events.filter(({ event }) => event === 'done').length, 3)
  const status = JSON.parse((await contributor.run(['share', '--status'])).stdout) as Done[]
  t.ok(status.every(({ volumes }) => volumes[0]?.verdict?.status === 'accepted'))

  const output = reader.path('out.jsonl')
  await reader.result('pull', output, '--from', link)
  const expected: Row[] = [
    { kind: 'instruction', prompt: 'How, then?', response: 'Like this.', topic: 'law', extra: { mood: 'good' } },
    { kind: 'instruction', prompt: 'Why?', response: 'Because.', topic: 'law', extra: { mood: 'bad' } },
    { kind: 'instruction', prompt: 'Say it.\n\nIt', response: 'It!', extra: { input_at: 9 } },
    { kind: 'text', text: 'Só.' },
    { kind: 'text', text: 'First paragraph,\ntwo lines.' },
    { kind: 'text', text: 'Second paragraph.' },
    { kind: 'chat', ...chat }
  ]
  t.alike(sorted(await rowsOf(output)), sorted(expected))

  await reader.result('pull', reader.path('law.csv'), '--from', link, '--where', 'topic=law')
  const csv = await readFile(reader.path('law.csv'), 'utf8')
  t.is(csv.trimEnd().split('\n').length, 3)
  t.ok(csv.includes('"How, then?",Like this.'))
  await reader.result('pull', reader.path('out.txt'), '--from', link, '-t')
  const text = await readFile(reader.path('out.txt'), 'utf8')
  t.ok(['Like this.', 'Second paragraph.', 'Só.'].every((part) => text.includes(part)))
})

test('a volume that the dataset does not take is refused, while others are taken', LONG, async (t) => {
  const net = await Net.start(t)
  const { moderator, link } = await net.dataset('strict', '--license', 'CC0-1.0', '--kind', 'text')
  const desk = await moderator.serve('index', 'serve')
  const parties = [await net.party(), await net.party(), await net.party()] as const
  const offer = async (party: (typeof parties)[number], row: Row, license: string) => {
    await writeFile(party.path('in.jsonl'), toLines([row]))
    return party.run(['share', party.path('in.jsonl'), '--to', link, '--license', license])
  }
  const text = { kind: 'text', text: 'Taken.' }
  const [licence, kind, good] = await Promise.all([
    offer(parties[0], text, 'CC-BY-NC-4.0'),
    offer(parties[1], { kind: 'instruction', prompt: 'a', response: 'b' }, 'CC0-1.0'),
    offer(parties[2], text, 'CC0-1.0')
  ])
  t.alike([licence.code, kind.code, good.code], [8, 8, 0])
  t.alike(
    [licence, kind].map((share) => reasonsOf(share).map(({ code }) => code)),
    [['license'], ['kind']]
  )
  const reader = await net.party()
  await reader.result('pull', reader.path('out.jsonl'), '--from', link)
  t.alike(await rowsOf(reader.path('out.jsonl')), [text])
  await reader.result('info', link)
  await desk.stop()
})

/** The reasons of a share's first verdict. */
function reasonsOf({ events }: { events: CliEvent[] }): { code: string }[] {
  return (events.find(({ event }) => event === 'verdict')!.verdict as { reasons: { code: string }[] }).reasons
}
