import test from 'brittle'
import { killAgainAndAgain, tellKilled } from './helpers/kill.js'

test(
  'killed at random moments while volumes come and go: within the quota, nothing fetched twice, all served',
  { timeout: 600_000 },
  async (t) => tellKilled(t, await killAgainAndAgain(t, 8))
)

test('killed with less room than there are volumes: within the quota', { timeout: 600_000 }, async (t) =>
  tellKilled(t, await killAgainAndAgain(t, 4, 28e6))
)
