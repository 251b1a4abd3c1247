import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import test from 'brittle'
import {
  donationNote,
  mayShowDonation,
  NOTE_EVERY,
  readDonateState,
  SILENT_AFTER_GIVING,
  writeDonateState,
  type DonateQuestion
} from '../../bin/donate.js'
import { Cli } from '../helpers/cli.js'
import { writeFile } from 'node:fs/promises'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const YES: DonateQuestion = {
  after: 'pull',
  env: {},
  live: true,
  interactive: true,
  setting: undefined,
  state: { pulls: 4 },
  now: NOW
}

test('the note is shown after a pull, but not to whoever only tries vdata out', (t) => {
  t.ok(mayShowDonation(YES))
  for (const pulls of [1, 2, 3]) t.absent(mayShowDonation({ ...YES, state: { pulls } }))
  t.ok(mayShowDonation({ ...YES, after: 'contribution', state: { pulls: 0 } }))
})

test('at most once in 30 days, and never for a year after having given', (t) => {
  const day = 86_400_000
  t.is(NOTE_EVERY, 30 * day)
  t.absent(mayShowDonation({ ...YES, state: { pulls: 9, shownAt: NOW - 29 * day } }))
  t.ok(mayShowDonation({ ...YES, state: { pulls: 9, shownAt: NOW - 30 * day } }))
  t.ok(mayShowDonation({ ...YES, state: { pulls: 9, shownAt: NOW + 400 * day } }), 'a clock that was wrong')
  const given = { pulls: 9, givenUntil: NOW + SILENT_AFTER_GIVING }
  t.absent(mayShowDonation({ ...YES, state: given }))
  t.absent(mayShowDonation({ ...YES, after: 'contribution', state: given }))
  t.ok(mayShowDonation({ ...YES, state: given, now: NOW + 366 * day }))
})

test('never where nobody looks, and never against a wish', (t) => {
  for (const after of ['pull', 'contribution'] as const) {
    t.absent(mayShowDonation({ ...YES, after, live: false }))
    t.absent(mayShowDonation({ ...YES, after, interactive: false }))
    t.absent(mayShowDonation({ ...YES, after, setting: 'off' }))
    for (const name of [
      'VDATA_NO_DONATE',
      'DO_NOT_TRACK',
      'ADBLOCK',
      'DISABLE_OPENCOLLECTIVE',
      'OPEN_SOURCE_CONTRIBUTOR',
      'CI'
    ]) {
      t.absent(mayShowDonation({ ...YES, after, env: { [name]: '1' } }), name)
      t.ok(mayShowDonation({ ...YES, after, env: { [name]: '0' } }), name)
    }
  }
})

test('three lines, with the link and the way to switch it off', (t) => {
  const lines = donationNote(
    'law',
    { url: 'https://example.org/give', text: 'Disks cost $20 a month\nand more' },
    '7 volunteers served you 412 MB.'
  )
  t.is(lines.length, 3)
  t.ok(lines[1]!.includes('https://example.org/give'))
  t.ok(lines[2]!.includes('vdata config set donate_note off'))
  t.ok(lines.every((line) => !line.includes('\n') && stripVTControlCharacters(line) === line))
})

test('what is remembered survives, and nonsense is forgotten', async (t) => {
  const home = await t.tmp()
  t.alike(readDonateState(home), { pulls: 0 })
  writeDonateState(home, { pulls: 3, shownAt: NOW })
  t.alike(readDonateState(home), { pulls: 3, shownAt: NOW })
  await writeFile(join(home, 'donate.json'), '{"pulls": "many"}')
  t.alike(readDonateState(home), { pulls: 0 })
})

test('vdata donate shows the ways, and takes note of who gave', async (t) => {
  const cli = await Cli.create(t)
  const { stdout, code } = await cli.run(['donate'])
  t.is(code, 0)
  t.ok(stdout.includes('vdata seed') && stdout.includes('donate_note off'))
  t.is((await cli.run(['donate', '--gave'])).code, 0)
  t.ok(readDonateState(cli.home).givenUntil! > Date.now() + 364 * 86_400_000)
})
