// A seeder killed at 30 random moments under load: see test/seeders/helpers/kill.ts.
//
//   node dist/test/bench/seed-kill.js [kills]
import process from 'node:process'
import test from 'brittle'
import { killAgainAndAgain } from '../seeders/helpers/kill.js'

test('kill', { timeout: 15 * 60_000 }, async (t) => {
  t.comment(JSON.stringify(await killAgainAndAgain(t, Number(process.argv[2] ?? 30))))
  t.pass()
})
