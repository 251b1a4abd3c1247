// What kill.test.ts does, as often as it is promised.
import test from 'brittle'
import { killAgainAndAgain, tellKilled } from './helpers/kill.js'

const KILLS = 30

test(`killed at ${KILLS} random moments under load`, { timeout: 15 * 60_000 }, async (t) => {
  tellKilled(t, await killAgainAndAgain(t, KILLS))
})

test(
  `killed at ${KILLS} random moments, with less room than there are volumes`,
  { timeout: 15 * 60_000 },
  async (t) => {
    tellKilled(t, await killAgainAndAgain(t, KILLS, 28e6))
  }
)
