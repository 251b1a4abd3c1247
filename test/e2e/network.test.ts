import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'brittle'
import { cutOff, Net } from '../helpers/net.js'
import { needsShared, sharedPath } from '../helpers/shared.js'
import { rowsOf, sorted, type Row } from './records.js'

const HARMLESS = 'data/hh-harmless-test.jsonl'
const DAVINCI = 'data/text-davinci-003.jsonl'
const PLAIN_READER = fileURLToPath(new URL('fixtures/plain-reader.mjs', import.meta.url))
const LONG = { timeout: 600_000 }

/** What the two files hold, as the design says that it is stored. */
async function expected(): Promise<{ pairs: Row[]; answers: Row[] }> {
  const pairs = (await rowsOf(sharedPath(HARMLESS))).map((row) => ({ kind: 'preference', prompt: '', ...row }))
  const answers = (await rowsOf(sharedPath(DAVINCI))).map(({ prompt, response, ...extra }) => {
    return { kind: 'instruction', prompt, response, extra }
  })
  return { pairs, answers }
}

test(
  'what two contributors gave comes from a seeder, field for field, when they and the moderator are gone',
  { ...LONG, ...needsShared(HARMLESS, DAVINCI) },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('everything')
    const desk = await moderator.serve('index', 'serve', '--auto', 'accept')
    const [seeder, alice, bob, reader] = await Promise.all([net.party(), net.party(), net.party(), net.party()])
    const seeding = await seeder.serve('seed', link)

    const shares = [
      alice.start(['share', sharedPath(HARMLESS), '--to', link, '--wait', '600']),
      bob.start(['share', sharedPath(DAVINCI), '--to', link, '--wait', '600'])
    ]
    const volumes: string[] = []
    for (const share of shares) {
      const { volume } = await share.event('offered')
      const { status } = await desk.event('decided', (event) => event.volume === volume)
      t.is(status, 'accepted')
      volumes.push(String(volume))
    }
    await cutOff(...shares)

    await seeding.event('synced', ({ volumes: listed }) => listed === 2)
    await cutOff(desk)

    const { pairs, answers } = await expected()
    const output = reader.path('all.jsonl')
    const pulled = await reader.result('pull', output, '--from', link)
    t.is(pulled.records, pairs.length + answers.length)
    t.is(pairs.length, 2312)
    const rows = await rowsOf(output)
    t.alike(sorted(rows), sorted([...pairs, ...answers]))
    t.alike(
      rows.filter(({ kind }) => kind === 'instruction'),
      answers,
      'those of one file stand in the order of the file'
    )

    // A stranger's program, written from the design alone.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [PLAIN_READER, volumes[1]!, link.slice('vdata://'.length), net.bootstrap, reader.path('plain')],
      { timeout: 600_000 }
    )
    const plain = JSON.parse(stdout) as { length: number; header: Row; batch: Row; lines: string }
    t.is(plain.header.format, 'vdata/volume')
    t.is(plain.header.records, answers.length)
    t.alike([plain.length, plain.batch.version, plain.batch.records], [2, 1, answers.length])
    t.is(plain.batch.rawLength, Buffer.byteLength(plain.lines))
    t.alike(
      plain.lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Row),
      answers
    )
  }
)

test(
  'contributor and moderator never meet: a seeder keeps the offer, and the verdict finds its way back',
  { ...LONG, ...needsShared(DAVINCI) },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('letters', '--license', 'Apache-2.0')
    // Nobody can know a dataset before its index was seen once: the seeder takes it over, and the moderator leaves.
    const first = await moderator.serve('index', 'serve')
    const seeder = await net.party()
    const seeding = await seeder.serve('seed', link)
    await seeding.event('synced')
    await first.stop()

    const contributor = await net.party()
    const share = (license: string) =>
      contributor.run(['share', sharedPath(DAVINCI), '--to', link, '--license', license])
    const good = await share('Apache-2.0')
    t.is(good.code, 0, 'the contributor may leave: ' + good.stderr)
    t.ok(good.events.some(({ event, by }) => event === 'held' && by === 'seeder'))
    const bad = await share('CC-BY-4.0')
    t.is(bad.code, 0, 'a seeder does not judge')

    const desk = await moderator.serve('index', 'serve')
    const decided = [await desk.event('decided', ({ status }) => status === 'accepted')]
    decided.push(await desk.event('decided', ({ status }) => status === 'rejected'))
    await seeding.event('volume')
    await desk.stop()

    const resumed = await contributor.run(['share', '--resume'])
    t.is(resumed.code, 8, 'one of them was refused')
    const verdicts = resumed.events.filter(({ event }) => event === 'verdict').map(({ verdict }) => verdict as Row)
    t.alike(verdicts.map(({ status }) => status).sort(), ['accepted', 'rejected'])
    t.alike(
      verdicts.find(({ status }) => status === 'rejected')?.reasons,
      decided[1]!.reasons,
      'with the reason that the moderator gave'
    )
    const listed = JSON.parse((await contributor.run(['share', '--status'])).stdout) as {
      volumes: { verdict: Row }[]
    }[]
    t.alike(listed.map(({ volumes }) => volumes[0]!.verdict.status).sort(), ['accepted', 'rejected'])
    t.is((await contributor.run(['share', '--resume'])).code, 0, 'nothing is left to wait for')

    const reader = await net.party()
    const pulled = await reader.result('pull', join(reader.home, 'out.jsonl'), '--from', link)
    t.is(pulled.records, 252)
  }
)
