import { writeFile } from 'node:fs/promises'
import test from 'brittle'
import { parseLines } from '../helpers/cli.js'
import { Net } from '../helpers/net.js'
import { toLines } from './records.js'

test(
  'with --json every command prints lines of JSON and nothing else, however it ends',
  { timeout: 600_000 },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('spoken')
    const party = await net.party()
    const rows = Array.from({ length: 20 }, (_, i) => ({ kind: 'text', text: `Text ${i}\u001b[31m\u2028` }))
    await writeFile(party.path('in.jsonl'), toLines(rows))
    const desk = await moderator.serve('index', 'serve', '--auto', 'review')
    const seeding = await party.serve('seed', link)
    await seeding.event('synced')

    const shared = await party.run(['share', 'in.jsonl', '--to', link, '--wait', '0'])
    const { volume } = await desk.event('queued')
    const unknown = `vdata://${'y'.repeat(52)}`
    const calls: [expected: number, party: typeof party, args: string[]][] = [
      [0, moderator, ['index', 'queue']],
      [0, moderator, ['index', 'show', String(volume)]],
      [1, moderator, ['index', 'show', 'nothing']],
      [1, moderator, ['index', 'create', 'spoken']],
      [0, moderator, ['index', 'reject', String(volume), '--reason', 'quality', '--note', 'No.']],
      [0, moderator, ['index', 'log']],
      [0, party, ['info', link]],
      [0, party, ['pull', 'out.jsonl', '--from', link]],
      [4, party, ['pull', 'out.jsonl', '--from', unknown, '--timeout', '1']],
      [4, party, ['info', unknown, '--timeout', '1']],
      [8, party, ['share', '--resume']],
      [0, party, ['share', '--status']],
      [1, party, ['share', 'absent.jsonl', '--to', link]],
      [0, party, ['config', 'set', 'dataset', link]],
      [0, party, ['config', 'get']],
      [2, party, ['share']],
      [2, party, ['pull']],
      [2, party, ['pull', 'out.jsonl', '--where', 'colour=red']],
      [2, party, ['index', 'create', 'Not A Name']],
      [2, party, ['seed', '--inbox-quota', 'much']],
      [2, party, ['dht', '--port', '70000']],
      [2, party, ['info', 'http://example.org']]
    ]
    t.is(shared.code, 0)
    for (const [expected, who, args] of calls) {
      const { code, stdout, stderr } = await who.run(args)
      t.is(
        code,
        expected,
        `vdata ${args.slice(0, 3).join(' ')} ends with ${expected}` + (code === expected ? '' : stderr)
      )
      const lines = parseLines(stdout)
      t.ok(lines.length > 0 && lines.every((line) => typeof line === 'object'), 'and says something')
      if (expected > 0 && expected < 8)
        t.ok(
          lines.some(({ event }) => event === 'error'),
          'an error'
        )
      t.is(stderr, '', 'on stdout alone')
    }
    for (const running of [desk, seeding]) t.is((await running.stop()).stderr, '')
    t.ok([...desk.events, ...seeding.events].every(({ event }) => typeof event === 'string'))
  }
)
